//! The one access decision. Every route and every payload names what it touches and whether it writes; until access
//! control comes (`docs/adr/0004`) the decision allows everything, and the binary says so in one line at start.

use navaid_core::{
    GroupName, NamespaceId, ServiceKey, ServiceName,
    access::{Action, Resource},
    name::GROUP_SEPARATOR,
};

use crate::http::{
    call::Call,
    failure::Failure,
    params::Params,
    route::{Route, Touches},
};

/// Decides whether a caller may do what it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Everybody may do everything, as Nacos with `nacos.core.auth.enabled=false`.
    Open,
}

impl Guard {
    /// Decides about a resource and an action.
    ///
    /// # Errors
    /// The caller may not, with the text to answer.
    pub(crate) fn decide(self, resource: &Resource, action: Action) -> Result<(), Denied> {
        match self {
            Self::Open => {
                tracing::trace!(?resource, ?action, "access allowed: access control is off");
                Ok(())
            }
        }
    }

    pub(crate) fn admit_http(self, route: &Route, call: &Call) -> Result<(), Failure> {
        let resource = match route.touches {
            Touches::ServiceByPath => service(&call.params, Some(&call.segment())),
            touches => resource(touches, &call.params),
        };
        self.admit(&resource, route.action)
    }

    /// As [`Guard::decide`], for what an HTTP handler finds out by itself: rows named by their ids, other namespaces.
    pub(crate) fn admit(self, resource: &Resource, action: Action) -> Result<(), Failure> {
        self.decide(resource, action).map_err(|denied| Failure::Denied(denied.0))
    }
}

/// A refusal, with the text that the caller reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denied(pub(crate) String);

/// What the parameters of a call point at. Names that are not valid point at the whole namespace: the handler will
/// refuse them, and nothing narrower exists.
fn resource(touches: Touches, params: &Params) -> Resource {
    match touches {
        Touches::Nothing => Resource::Open,
        Touches::Operation(area) => Resource::Operation(area),
        Touches::Config(dialect) => dialect.key(params).map_or_else(
            |_| Resource::ConfigNamespace(dialect.namespace(params).unwrap_or_default()),
            Resource::Config,
        ),
        Touches::Service => service(params, params.text("serviceName")),
        // Such a name is never split, and its group is the default one.
        Touches::Dom => match params.text("dom").map(ServiceName::parse) {
            Some(Ok(name)) => {
                Resource::Service(ServiceKey::new(&namespace(params), &GroupName::default(), &name))
            }
            Some(Err(_)) | None => Resource::ServiceNamespace(namespace(params)),
        },
        Touches::ServiceByPath => Resource::ServiceNamespace(namespace(params)),
    }
}

fn namespace(params: &Params) -> NamespaceId {
    let named = params.text_of(&["namespaceId", "tenant", "namespace"]).unwrap_or_default();
    NamespaceId::parse_tenant(named).unwrap_or_default()
}

/// The service of that name, or else the namespace.
fn service(params: &Params, name: Option<&str>) -> Resource {
    let namespace = namespace(params);
    let key = name.and_then(|name| service_key(&namespace, name, params));
    key.map_or(Resource::ServiceNamespace(namespace), Resource::Service)
}

fn service_key(namespace: &NamespaceId, name: &str, params: &Params) -> Option<ServiceKey> {
    let (group, name) = match name.split_once(GROUP_SEPARATOR) {
        Some((group, name)) => (Some(group), name),
        None => (params.text("groupName"), name),
    };
    let group = group.map_or_else(|| Ok(GroupName::default()), GroupName::parse).ok()?;
    Some(ServiceKey::new(namespace, &group, &ServiceName::parse(name).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{http::config::dialect::V1, testbed::params};

    fn resource_of(touches: Touches, query: &str) -> Resource {
        resource(touches, &params(query))
    }

    #[test]
    fn a_call_names_the_item_or_service_it_touches() {
        let query = "dataId=a&group=g&tenant=n&namespaceId=other";
        let Resource::Config(key) = resource_of(Touches::Config(&V1), query) else { panic!() };
        assert_eq!((key.namespace(), key.group(), key.data_id()), ("n", "g", "a"));
        let Resource::Service(key) = resource_of(Touches::Service, "serviceName=g%40%40s&groupName=x") else {
            panic!()
        };
        assert_eq!(key.as_str(), "public@@g@@s");
    }

    #[test]
    fn a_dom_is_a_service_of_the_default_group() {
        let query = "dom=s&groupName=x&serviceName=other";
        let Resource::Service(key) = resource_of(Touches::Dom, query) else { panic!() };
        assert_eq!(key.as_str(), "public@@DEFAULT_GROUP@@s");
        assert!(matches!(resource_of(Touches::Dom, "serviceName=s"), Resource::ServiceNamespace(_)));
    }

    #[test]
    fn a_call_without_a_name_touches_its_namespace() {
        let namespace = NamespaceId::parse("n").unwrap();
        assert_eq!(
            resource_of(Touches::Config(&V1), "tenant=n"),
            Resource::ConfigNamespace(namespace.clone())
        );
        assert_eq!(resource_of(Touches::Service, "namespaceId=n"), Resource::ServiceNamespace(namespace));
    }
}
