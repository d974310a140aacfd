//! The one table from refusals of discovery to failures of HTTP. Texts are the reference's; which one stands for a
//! missing service depends on what the call was about.

use http::StatusCode;
use navaid_core::{ClusterName, Lifetime, ServiceKey, command::OverlayTarget};
use navaid_naming::{NamingError, UnknownGenerator};
use navaid_wire::{
    http::{ErrorCode, error_text},
    naming::{
        client,
        instance_answer::{NO_MATCH_TEXT, no_instance_text},
        legality::{IllegalInstance, WeightError},
        refused::{self, Registration},
        selector::SelectorError,
    },
};

use super::dialect::Generation;
use crate::http::failure::Failure;

/// What a call was about, where the words of a refusal depend on it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About<'a> {
    /// An instance, which the call says to be of this lifetime.
    Instance(&'a OverlayTarget, Lifetime),
    /// A service that is to be created, changed or removed.
    Service,
    /// The settings of a cluster.
    Cluster(Generation),
    /// The health of an instance.
    Health(&'a OverlayTarget),
}

/// Tells of a refusal by the engine of a call to the service `key`.
pub(crate) fn refusal(error: NamingError, key: &ServiceKey, about: About<'_>) -> Failure {
    match error {
        NamingError::LifetimeMismatch { service } => Failure::Runtime {
            status: StatusCode::BAD_REQUEST,
            text: refused::lifetime_mismatch(key, service, Registration::Single),
        },
        NamingError::WrongClient { client } => {
            Failure::Runtime { status: StatusCode::BAD_REQUEST, text: refused::disconnected(&client) }
        }
        NamingError::ServiceNotFound { key } => no_service(&key, about),
        NamingError::ServiceExists { key } => bad_request(
            ErrorCode::SERVICE_ALREADY_EXIST,
            format!("specified service {} already exists!", key.grouped()),
        ),
        NamingError::ServiceNotEmpty { key } => bad_request(
            ErrorCode::SERVICE_DELETE_FAILURE,
            format!(
                "Service {} is not empty, can't be delete. Please unregister instance first",
                key.grouped()
            ),
        ),
        NamingError::NoInstances { key } => no_instances(&key, about),
        NamingError::InstanceNotFound { .. } => absent_instance(),
        NamingError::HealthIsChecked { key, target } => still_checked(&key, &target),
        NamingError::LimitReached { .. } => bad_request(ErrorCode::INSTANCE_ERROR, error.to_string()),
        NamingError::Commit(error) => error.into(),
    }
}

fn no_service(key: &ServiceKey, about: About<'_>) -> Failure {
    match about {
        About::Instance(_, lifetime) => bad_request(
            ErrorCode::INSTANCE_ERROR,
            format!(
                "service not found, namespace: {namespace}, service: Service{{namespace='{namespace}', \
                 group='{}', name='{}', ephemeral={}, revision=0}}",
                key.group(),
                key.name(),
                lifetime.is_ephemeral(),
                namespace = key.namespace(),
            ),
        ),
        About::Service => {
            bad_request(ErrorCode::SERVICE_NOT_EXIST, format!("service {} not found!", key.grouped()))
        }
        About::Cluster(Generation::V1) => {
            bad_request(ErrorCode::SERVER_ERROR, format!("service not found:{}", key.grouped()))
        }
        About::Cluster(Generation::V2 | Generation::V3) => bad_request(
            ErrorCode::SERVER_ERROR,
            format!("service not found groupName: {},serviceName: {}", key.group(), key.name()),
        ),
        About::Health(target) => still_checked(key, target),
    }
}

fn no_instances(key: &ServiceKey, about: About<'_>) -> Failure {
    match about {
        About::Instance(target, _) | About::Health(target) => absent_cluster(&target.cluster, key),
        About::Service | About::Cluster(_) => not_found(ErrorCode::RESOURCE_NOT_FOUND, NO_MATCH_TEXT.into()),
    }
}

fn still_checked(key: &ServiceKey, target: &OverlayTarget) -> Failure {
    let (service, cluster) = (key.grouped(), &target.cluster);
    bad_request(
        ErrorCode::SERVER_ERROR,
        format!("health check is still working, service: {service}, cluster: {cluster}"),
    )
}

/// Reading an instance of a service that has none at all.
pub(crate) fn absent_cluster(cluster: &ClusterName, key: &ServiceKey) -> Failure {
    not_found(ErrorCode::RESOURCE_NOT_FOUND, no_instance_text(cluster, key))
}

/// Reading an instance that its service does not have.
pub(crate) fn absent_instance() -> Failure {
    not_found(ErrorCode::RESOURCE_NOT_FOUND, NO_MATCH_TEXT.into())
}

/// Reading a service that is not listed.
pub(crate) fn absent_service(key: &ServiceKey) -> Failure {
    let text = format!("service not found, namespace: {}, serviceName: {}", key.namespace(), key.grouped());
    bad_request(ErrorCode::SERVICE_NOT_EXIST, text)
}

/// Listing the instances of a service, named as `group@@name`, that is not listed.
pub(crate) fn unlisted_service(grouped: &str) -> Failure {
    not_found(ErrorCode::SERVER_ERROR, format!("service {grouped} is not found!"))
}

/// Listing the instances of a cluster that has none.
pub(crate) fn unlisted_cluster(cluster: &ClusterName) -> Failure {
    not_found(ErrorCode::SERVER_ERROR, format!("cluster {cluster} is not found!"))
}

/// Asking about a client that is not there.
pub(crate) fn absent_client(id: &str) -> Failure {
    not_found(ErrorCode::RESOURCE_NOT_FOUND, client::unknown_text(id))
}

fn bad_request(code: ErrorCode, text: String) -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, code, text)
}

fn not_found(code: ErrorCode, text: String) -> Failure {
    Failure::refused(StatusCode::NOT_FOUND, code, text)
}

impl From<WeightError> for Failure {
    fn from(error: WeightError) -> Self {
        match error {
            WeightError::NotANumber(_) => Self::illegal(error.to_string()),
            WeightError::OutOfRange => bad_request(ErrorCode::WEIGHT_ERROR, error.to_string()),
        }
    }
}

impl From<IllegalInstance> for Failure {
    fn from(error: IllegalInstance) -> Self {
        bad_request(ErrorCode::INSTANCE_ERROR, error.to_string())
    }
}

impl From<SelectorError> for Failure {
    fn from(error: SelectorError) -> Self {
        match error {
            SelectorError::Type => bad_request(ErrorCode::SELECTOR_ERROR, error.to_string()),
            SelectorError::Parse(_) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Self::refused(status, ErrorCode::SERVER_ERROR, error.to_string())
            }
        }
    }
}

impl From<UnknownGenerator> for Failure {
    fn from(_: UnknownGenerator) -> Self {
        let text = error_text::caused(["The InstanceIdGenerator type is not found "]);
        Self::refused(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::SERVER_ERROR, text)
    }
}
