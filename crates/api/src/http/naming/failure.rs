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

/// Registering with a generator of ids that does not exist; recorded for v1 as `ns1-instance-id-generators`. The newer
/// generations are told which there are.
pub(crate) fn unknown_generator(unknown: &UnknownGenerator, generation: Generation) -> Failure {
    match generation {
        Generation::V1 => {
            let text = error_text::caused(["The InstanceIdGenerator type is not found "]);
            Failure::refused(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::SERVER_ERROR, text)
        }
        Generation::V2 | Generation::V3 => bad_request(ErrorCode::INSTANCE_ERROR, unknown.to_string()),
    }
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

#[cfg(test)]
mod tests {
    use navaid_core::{Endpoint, GroupName, NamespaceId, ServiceName, Timestamp};

    use super::*;
    use crate::http::failure::Costume;

    fn key() -> ServiceKey {
        ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse("s").unwrap())
    }

    fn target() -> OverlayTarget {
        let endpoint = Endpoint { ip: "10.0.0.1".into(), port: 80 };
        OverlayTarget { endpoint, cluster: ClusterName::parse("C1").unwrap() }
    }

    /// Status and text of a refusal in v1, and its code in v2 and v3.
    fn check(error: NamingError, about: About<'_>, expected: (u16, &str, ErrorCode)) {
        let failure = refusal(error, &key(), about);
        let v1 = failure.reply(Costume::Text, "/", Timestamp(0));
        let body = std::str::from_utf8(&v1.body).unwrap();
        let newer = failure.reply(Costume::Envelope, "/", Timestamp(0));
        let newer: serde_json::Value = serde_json::from_slice(&newer.body).unwrap();
        assert_eq!((v1.status.as_u16(), body), (expected.0, expected.1));
        assert_eq!((&newer["code"], &newer["data"]), (&expected.2.code.into(), &body.into()));
    }

    /// Recorded: `ns1-instance-put-update`, `ns1-service-errors`, `ns1-cluster-update`, `ns1-health-none-checker` on
    /// 2.5.1, `ns3-admin-cluster-health` on 3.1.
    #[test]
    fn a_missing_service_is_told_in_the_words_of_what_was_asked() {
        let missing = || NamingError::ServiceNotFound { key: key() };
        let target = target();
        check(
            missing(),
            About::Instance(&target, Lifetime::Ephemeral),
            (
                400,
                "service not found, namespace: public, service: Service{namespace='public', \
                 group='DEFAULT_GROUP', name='s', ephemeral=true, revision=0}",
                ErrorCode::INSTANCE_ERROR,
            ),
        );
        let not_found = (400, "service DEFAULT_GROUP@@s not found!", ErrorCode::SERVICE_NOT_EXIST);
        check(missing(), About::Service, not_found);
        let v1 = (400, "service not found:DEFAULT_GROUP@@s", ErrorCode::SERVER_ERROR);
        check(missing(), About::Cluster(Generation::V1), v1);
        let v3 = (400, "service not found groupName: DEFAULT_GROUP,serviceName: s", ErrorCode::SERVER_ERROR);
        check(missing(), About::Cluster(Generation::V3), v3);
        let text = "health check is still working, service: DEFAULT_GROUP@@s, cluster: C1";
        check(missing(), About::Health(&target), (400, text, ErrorCode::SERVER_ERROR));
    }

    #[test]
    fn other_refusals_read_as_recorded() {
        let target = target();
        let instance = About::Instance(&target, Lifetime::Ephemeral);
        check(
            NamingError::LifetimeMismatch { service: Lifetime::Persistent },
            instance,
            (
                400,
                "errCode: 400, errMsg: Current service DEFAULT_GROUP@@s is persistent service, can't register \
                 ephemeral instance. ",
                ErrorCode::SERVER_ERROR,
            ),
        );
        check(
            NamingError::NoInstances { key: key() },
            instance,
            (404, "no ips found for cluster C1 in service DEFAULT_GROUP@@s", ErrorCode::RESOURCE_NOT_FOUND),
        );
        check(
            NamingError::InstanceNotFound { key: key(), target: Box::new(target.clone()) },
            instance,
            (404, "no matched ip found!", ErrorCode::RESOURCE_NOT_FOUND),
        );
        check(
            NamingError::ServiceExists { key: key() },
            About::Service,
            (400, "specified service DEFAULT_GROUP@@s already exists!", ErrorCode::SERVICE_ALREADY_EXIST),
        );
    }
}
