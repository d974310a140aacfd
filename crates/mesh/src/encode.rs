//! A mesh service as the resources of each kind of peer. Pure; called once for every change of a service.

mod cluster;
mod listener;
#[cfg(any(test, fuzzing))]
pub(crate) mod oracle;
mod service_entry;
mod wrap;

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use prost_types::Any;

use crate::{
    kind::Kind,
    resource::Resource,
    settings::Translation,
    translate::{MeshService, ServicePort},
};

pub(crate) use cluster::{empty_assignment, is_assignment_name};
pub(crate) use wrap::{Wrapped, wrap};

/// All resources of a service.
pub(crate) fn resources(service: &MeshService, settings: &Translation) -> Vec<(Kind, Resource)> {
    let mut resources = service_entry::resources(service, settings);
    for at in 0..service.ports.len() {
        resources.push((Kind::Cluster, cluster::cluster(service, at)));
        if !cluster::is_by_name(service, at) {
            resources.push((Kind::Assignment, cluster::assignment(service, at)));
        }
    }
    resources.extend(listener::resources(service));
    resources
}

/// `outbound|PORT||HOST`, as Istio and Nacos 3 name clusters (`spec/mesh` §8.3).
pub(crate) fn cluster_name(port: &ServicePort, host: &str) -> Arc<str> {
    format!("outbound|{}||{host}", port.number).into()
}

fn resource(name: Arc<str>, message: &impl Message) -> Resource {
    Resource::new(name, Bytes::from(message.encode_to_vec()))
}

fn any(type_url: &str, message: &impl Message) -> Any {
    Any { type_url: type_url.to_owned(), value: message.encode_to_vec() }
}

#[cfg(test)]
mod tests;
