//! What Envoy is started with.

use serde_json::{Value, json};

/// The request header that names a cluster.
pub(super) const CLUSTER_HEADER: &str = "x-cluster";

/// Clusters and endpoints come from the source at that port, over aggregated discovery of that type; requests to the
/// listener go to the cluster that they name.
pub(super) fn bootstrap(api_type: &str, source: u16, listener: u16, admin: u16) -> Value {
    json!({
        "node": {"id": "envoy-of-a-test", "cluster": "mesh-check"},
        "admin": {"address": address(admin)},
        "dynamic_resources": {
            "ads_config": {
                "api_type": api_type,
                "transport_api_version": "V3",
                "set_node_on_first_message_only": true,
                "grpc_services": [{"envoy_grpc": {"cluster_name": "navaid"}}],
            },
            "cds_config": {"resource_api_version": "V3", "ads": {}},
        },
        "static_resources": {
            "clusters": [{
                "name": "navaid",
                "type": "STATIC",
                "connect_timeout": "5s",
                "typed_extension_protocol_options": {
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                        "explicit_http_config": {"http2_protocol_options": {}},
                    },
                },
                "load_assignment": {
                    "cluster_name": "navaid",
                    "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(source)}}]}],
                },
            }],
            "listeners": [{"name": "door", "address": address(listener), "filter_chains": [filters()]}],
        },
    })
}

fn address(port: u16) -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}

fn filters() -> Value {
    let manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    let router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    let route = json!({"match": {"prefix": "/"}, "route": {"cluster_header": CLUSTER_HEADER}});
    json!({"filters": [{
        "name": "http",
        "typed_config": {
            "@type": manager,
            "stat_prefix": "door",
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
            "http_filters": [{"name": "router", "typed_config": {"@type": router}}],
        },
    }]})
}
