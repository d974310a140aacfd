//! How istiods of different ages differ as sinks (`spec/mesh.md` §6).

/// A release, for all that take resources as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Takes no second version of an entry, and an entry only with its time of creation.
    Istio1_11,
    /// 1.12 and 1.13: an entry only with its time of creation.
    Istio1_13,
    /// 1.16 to 1.23: serves proxies only after every type was answered.
    Istio1_23,
    /// The newest; from 1.24 on most types have the version `v1`.
    Istio1_30,
}

impl Age {
    pub const ALL: [Age; 4] = [Age::Istio1_11, Age::Istio1_13, Age::Istio1_23, Age::Istio1_30];

    /// The types that are asked for, beside the mesh configuration, in the order of the requests.
    pub fn types(self) -> Vec<String> {
        let named = |place: &str, kinds: &[&str]| -> Vec<String> {
            kinds.iter().map(|kind| format!("{place}/{kind}")).collect()
        };
        let security = ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"];
        let networking = [
            "DestinationRule",
            "Gateway",
            "ServiceEntry",
            "Sidecar",
            "VirtualService",
            "WorkloadEntry",
            "WorkloadGroup",
        ];
        let is_v1 = self >= Self::Istio1_30;
        let mut types = named("networking.istio.io/v1alpha3", &["EnvoyFilter"]);
        types.extend(named(
            if is_v1 { "security.istio.io/v1" } else { "security.istio.io/v1beta1" },
            &security,
        ));
        types.extend(named(
            if is_v1 { "networking.istio.io/v1" } else { "networking.istio.io/v1alpha3" },
            &networking,
        ));
        types.extend(named(
            if is_v1 { "telemetry.istio.io/v1" } else { "telemetry.istio.io/v1alpha1" },
            &["Telemetry"],
        ));
        if self >= Self::Istio1_13 {
            types.extend(named("extensions.istio.io/v1alpha1", &["WasmPlugin"]));
        }
        if self >= Self::Istio1_23 {
            types.extend(named("networking.istio.io/v1beta1", &["ProxyConfig"]));
        }
        if is_v1 {
            types.extend(named("extensions.istio.io/v1alpha1", &["TrafficExtension"]));
        }
        types.sort_by(|a, b| kind_of(a).cmp(kind_of(b)));
        types
    }

    /// The type of service entries.
    pub fn service_entry(self) -> &'static str {
        match self {
            Self::Istio1_30 => "networking.istio.io/v1/ServiceEntry",
            Self::Istio1_11 | Self::Istio1_13 | Self::Istio1_23 => {
                "networking.istio.io/v1alpha3/ServiceEntry"
            }
        }
    }

    /// Up to 1.11 pod and namespace are made up, later they are istiod's own.
    pub(super) fn node_id(self) -> &'static str {
        match self {
            Self::Istio1_11 => "sidecar~10.9.0.1~test-1.default~default.svc.cluster.local",
            Self::Istio1_13 | Self::Istio1_23 | Self::Istio1_30 => {
                "sidecar~10.9.0.1~istiod-0.istio-system~istio-system.svc.cluster.local"
            }
        }
    }

    /// Whether it serves no proxy before every type was answered.
    pub(super) fn waits_for_all(self) -> bool {
        self >= Self::Istio1_23
    }

    /// Whether an entry without a time of creation is dropped.
    pub(super) fn needs_create_time(self) -> bool {
        self <= Self::Istio1_13
    }

    /// Whether a known entry that has a version is refused as being in conflict.
    pub(super) fn refuses_versions(self) -> bool {
        self == Self::Istio1_11
    }
}

/// Requests come in the order of their kinds.
fn kind_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_age_asks_in_the_order_that_was_seen() {
        let seen = [
            "security.istio.io/v1/AuthorizationPolicy",
            "networking.istio.io/v1/DestinationRule",
            "networking.istio.io/v1alpha3/EnvoyFilter",
            "networking.istio.io/v1/Gateway",
            "security.istio.io/v1/PeerAuthentication",
            "networking.istio.io/v1beta1/ProxyConfig",
            "security.istio.io/v1/RequestAuthentication",
            "networking.istio.io/v1/ServiceEntry",
            "networking.istio.io/v1/Sidecar",
            "telemetry.istio.io/v1/Telemetry",
            "extensions.istio.io/v1alpha1/TrafficExtension",
            "networking.istio.io/v1/VirtualService",
            "extensions.istio.io/v1alpha1/WasmPlugin",
            "networking.istio.io/v1/WorkloadEntry",
            "networking.istio.io/v1/WorkloadGroup",
        ];
        assert_eq!(Age::Istio1_30.types(), seen);
        assert_eq!(Age::ALL.map(|age| age.types().len()), [12, 13, 14, 15]);
        assert!(Age::ALL.iter().all(|age| age.types().iter().any(|kind| kind == age.service_entry())));
    }
}
