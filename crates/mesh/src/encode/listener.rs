//! What gRPC clients follow from their target to a cluster: a listener by the target's name, and a route
//! (`spec/mesh` §9.3, `spec/clients-on-the-wire` D §3).

use std::sync::Arc;

use prost_types::Any;

use super::{any, cluster::ads, cluster_name, resource};
use crate::{
    kind::Kind,
    proto::envoy::{
        config::{
            listener::v3::{ApiListener, Listener},
            route::v3::{Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost},
        },
        extensions::filters::network::http_connections::v3::{HttpConnectionManager, HttpFilter, Rds},
    },
    resource::Resource,
    translate::{MeshService, Protocol, ServicePort},
};

const CONNECTION_MANAGER: &str =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const ROUTER: &str = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";

/// `HOST`, which goes to the port of gRPC, or else to the first, and `HOST:PORT` for each port; for each host name.
pub(super) fn resources(service: &MeshService) -> Vec<(Kind, Resource)> {
    let grpc = service.ports.iter().find(|port| port.protocol == Protocol::Grpc);
    let mut resources = Vec::new();
    for host in &service.hosts {
        if let Some(port) = grpc.or(service.ports.first()) {
            resources.push((Kind::Listener, listener(host.clone(), &route_name(host, port))));
        }
        for port in &service.ports {
            let name = route_name(host, port);
            resources.push((Kind::Listener, listener(name.clone(), &name)));
            let cluster = cluster_name(port, &service.hosts[0]);
            resources.push((Kind::Route, route(name, &cluster)));
        }
    }
    resources
}

fn route_name(host: &str, port: &ServicePort) -> Arc<str> {
    format!("{host}:{}", port.number).into()
}

fn listener(name: Arc<str>, route: &str) -> Resource {
    let manager = HttpConnectionManager {
        rds: Some(Rds { config_source: Some(ads()), route_config_name: route.to_owned() }),
        http_filters: vec![HttpFilter {
            name: "router".to_owned(),
            typed_config: Some(Any { type_url: ROUTER.to_owned(), value: Vec::new() }),
        }],
    };
    let api = ApiListener { api_listener: Some(any(CONNECTION_MANAGER, &manager)) };
    resource(name.clone(), &Listener { name: name.to_string(), api_listener: Some(api) })
}

fn route(name: Arc<str>, cluster: &str) -> Resource {
    let host = VirtualHost {
        name: name.to_string(),
        domains: vec!["*".to_owned()],
        routes: vec![Route {
            r#match: Some(RouteMatch { prefix: Some(String::new()) }),
            route: Some(RouteAction { cluster: cluster.to_owned() }),
        }],
    };
    resource(name.clone(), &RouteConfiguration { name: name.to_string(), virtual_hosts: vec![host] })
}
