//! The kinds of resources, and the names by which peers ask for them (`spec/mesh` §2, §3.1, §6).

/// A kind of resource, of which the catalog keeps one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// For istiod, wrapped in the resource of MCP.
    ServiceEntry,
    VirtualService,
    DestinationRule,
    /// For sinks of the old protocol, up to Pilot 1.8, by the rules of 1.4.
    McpServiceEntry,
    /// The same with the annotations of the synthetic collection.
    SyntheticServiceEntry,
    Cluster,
    Assignment,
    Listener,
    Route,
}

const TYPE_PREFIX: &str = "type.googleapis.com/";
const MCP_RESOURCE: &str = "type.googleapis.com/istio.mcp.v1alpha1.Resource";

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::ServiceEntry,
        Self::VirtualService,
        Self::DestinationRule,
        Self::McpServiceEntry,
        Self::SyntheticServiceEntry,
        Self::Cluster,
        Self::Assignment,
        Self::Listener,
        Self::Route,
    ];

    /// Its name in metrics.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::ServiceEntry => "service_entry",
            Self::VirtualService => "virtual_service",
            Self::DestinationRule => "destination_rule",
            Self::McpServiceEntry => "mcp_service_entry",
            Self::SyntheticServiceEntry => "synthetic_service_entry",
            Self::Cluster => "cluster",
            Self::Assignment => "assignment",
            Self::Listener => "listener",
            Self::Route => "route",
        }
    }

    /// The message of the resource itself, without its package.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ServiceEntry | Self::McpServiceEntry | Self::SyntheticServiceEntry => "ServiceEntry",
            Self::VirtualService => "VirtualService",
            Self::DestinationRule => "DestinationRule",
            Self::Cluster => "Cluster",
            Self::Assignment => "ClusterLoadAssignment",
            Self::Listener => "Listener",
            Self::Route => "RouteConfiguration",
        }
    }

    /// The type in the `Any` of an answer's resource.
    pub(crate) fn any_type(self) -> &'static str {
        match self {
            Self::ServiceEntry
            | Self::VirtualService
            | Self::DestinationRule
            | Self::McpServiceEntry
            | Self::SyntheticServiceEntry => MCP_RESOURCE,
            Self::Cluster => "type.googleapis.com/envoy.config.cluster.v3.Cluster",
            Self::Assignment => "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
            Self::Listener => "type.googleapis.com/envoy.config.listener.v3.Listener",
            Self::Route => "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
        }
    }

    /// The kind behind the type of a discovery request: Envoy's by type, Istio's by group and kind, whatever the version
    /// between them (`spec/mesh` §6).
    pub(crate) fn of_type(type_url: &str) -> Option<Self> {
        if type_url.starts_with(TYPE_PREFIX) {
            return [Self::Cluster, Self::Assignment, Self::Listener, Self::Route]
                .into_iter()
                .find(|kind| kind.any_type() == type_url);
        }
        let (_version, kind) = type_url.strip_prefix("networking.istio.io/")?.split_once('/')?;
        match kind {
            "ServiceEntry" => Some(Self::ServiceEntry),
            "VirtualService" => Some(Self::VirtualService),
            "DestinationRule" => Some(Self::DestinationRule),
            _ => None,
        }
    }

    /// The kind behind a collection of the old protocol. (!) Two of its names break the pattern: they are compared, never
    /// taken apart (`spec/mesh` §3.1).
    pub(crate) fn of_collection(collection: &str) -> Option<Self> {
        match collection {
            "istio/networking/v1alpha3/serviceentries" => Some(Self::McpServiceEntry),
            "istio/networking/v1alpha3/synthetic/serviceentries" => Some(Self::SyntheticServiceEntry),
            "istio/networking/v1alpha3/virtualservices" => Some(Self::VirtualService),
            "istio/networking/v1alpha3/destinationrules" => Some(Self::DestinationRule),
            _ => None,
        }
    }

    /// Whether an answer of the state of the world holds every resource asked for, changed or not; an answer without one
    /// takes it away (`spec/mesh` §9.1).
    pub(crate) fn is_complete(self) -> bool {
        !matches!(self, Self::Assignment | Self::Route)
    }
}

/// Whether a type is one of Istio's, `group/version/Kind` (`spec/mesh` §5.1).
pub(crate) fn is_istio_type(type_url: &str) -> bool {
    !type_url.starts_with(TYPE_PREFIX)
}

/// What istiod asks for and must not be given (`spec/mesh` §5.2, `spec/istiod-as-seen` §2).
pub(crate) const MESH_CONFIG: &str = "core/v1alpha1/MeshConfig";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_entry_is_known_in_every_version() {
        for version in ["v1alpha3", "v1beta1", "v1", "v9"] {
            let asked = format!("networking.istio.io/{version}/ServiceEntry");
            assert_eq!(Kind::of_type(&asked), Some(Kind::ServiceEntry));
        }
        assert_eq!(Kind::of_type("networking.istio.io/v1/Gateway"), None);
        assert_eq!(Kind::of_type("networking.istio.io/ServiceEntry"), None);
        assert_eq!(Kind::of_type(MESH_CONFIG), None);
    }

    #[test]
    fn envoys_types_are_known_whole() {
        assert_eq!(Kind::of_type("type.googleapis.com/envoy.config.cluster.v3.Cluster"), Some(Kind::Cluster));
        assert_eq!(Kind::of_type("type.googleapis.com/envoy.api.v2.Cluster"), None);
    }
}
