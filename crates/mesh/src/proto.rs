//! The messages of `proto/`, by package.

#![expect(clippy::all, clippy::pedantic, unreachable_pub, reason = "generated")]

pub(crate) mod google {
    pub(crate) mod rpc {
        include!(concat!(env!("OUT_DIR"), "/google.rpc.rs"));
    }
}
pub(crate) mod istio {
    pub(crate) mod mcp {
        pub(crate) mod v1alpha1 {
            include!(concat!(env!("OUT_DIR"), "/istio.mcp.v1alpha1.rs"));
        }
    }
    pub(crate) mod networking {
        pub(crate) mod v1alpha3 {
            include!(concat!(env!("OUT_DIR"), "/istio.networking.v1alpha3.rs"));
        }
    }
}
pub(crate) mod envoy {
    pub(crate) mod service {
        pub(crate) mod discovery {
            pub(crate) mod v3 {
                include!(concat!(env!("OUT_DIR"), "/envoy.service.discovery.v3.rs"));
            }
        }
    }
    pub(crate) mod config {
        pub(crate) mod core {
            pub(crate) mod v3 {
                include!(concat!(env!("OUT_DIR"), "/envoy.config.core.v3.rs"));
            }
        }
        pub(crate) mod cluster {
            pub(crate) mod v3 {
                include!(concat!(env!("OUT_DIR"), "/envoy.config.cluster.v3.rs"));
            }
        }
        pub(crate) mod endpoint {
            pub(crate) mod v3 {
                include!(concat!(env!("OUT_DIR"), "/envoy.config.endpoint.v3.rs"));
            }
        }
        pub(crate) mod listener {
            pub(crate) mod v3 {
                include!(concat!(env!("OUT_DIR"), "/envoy.config.listener.v3.rs"));
            }
        }
        pub(crate) mod route {
            pub(crate) mod v3 {
                include!(concat!(env!("OUT_DIR"), "/envoy.config.route.v3.rs"));
            }
        }
    }
    pub(crate) mod extensions {
        pub(crate) mod upstreams {
            pub(crate) mod http {
                pub(crate) mod v3 {
                    include!(concat!(env!("OUT_DIR"), "/envoy.extensions.upstreams.http.v3.rs"));
                }
            }
        }
        pub(crate) mod filters {
            pub(crate) mod network {
                pub(crate) mod http_connections {
                    pub(crate) mod v3 {
                        include!(concat!(
                            env!("OUT_DIR"),
                            "/envoy.extensions.filters.network.http_connection_manager.v3.rs"
                        ));
                    }
                }
            }
        }
    }
}
