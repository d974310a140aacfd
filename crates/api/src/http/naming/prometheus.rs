//! Discovery for Prometheus (`spec/http-naming-core` §14.3): every enabled instance is an address to be scraped. A
//! service or namespace that nobody knows has none.

use std::sync::Arc;

use navaid_core::{NamespaceId, ServiceKey};
use navaid_naming::{Page, View};
use navaid_wire::{http::grouped_name, naming::scrape_target::ScrapeTarget};

use crate::http::{call::Call, failure::Failure, reply::Reply};

/// Instances of all namespaces.
pub(crate) async fn list_all(call: Call) -> Result<Reply, Failure> {
    let namespaces = call.node.naming.namespaces();
    let namespaces = namespaces.iter().filter_map(|(name, _)| NamespaceId::parse(name).ok());
    let keys: Vec<_> = namespaces.flat_map(|namespace| services(&call, &namespace)).collect();
    Ok(targets(&call, &keys))
}

/// Instances of the namespace that the path names.
pub(crate) async fn list_namespace(call: Call) -> Result<Reply, Failure> {
    let namespace = NamespaceId::parse(&call.segment())?;
    Ok(targets(&call, &services(&call, &namespace)))
}

/// Instances of the service that the path names, grouped or of the default group.
pub(crate) async fn list_service(call: Call) -> Result<Reply, Failure> {
    let namespace = NamespaceId::parse(&call.segment_from_end(2))?;
    let (group, name) =
        grouped_name::parse(&call.segment(), "").map_err(|refused| Failure::illegal(refused.to_string()))?;
    Ok(targets(&call, &[ServiceKey::new(&namespace, &group, &name)]))
}

fn services(call: &Call, namespace: &NamespaceId) -> Vec<ServiceKey> {
    call.node.naming.services(namespace, None, Page::ALL).keys
}

fn targets(call: &Call, keys: &[ServiceKey]) -> Reply {
    let now = call.now();
    let views: Vec<Arc<View>> = keys.iter().map(|key| call.node.naming.view(key, now)).collect();
    let hosts = views.iter().flat_map(|view| view.hosts()).filter(|host| host.enabled);
    Reply::json(&hosts.map(|host| ScrapeTarget::from(&**host)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        http::naming::{dialect::V1, instance::register},
        testbed::Testbed,
    };

    #[tokio::test]
    async fn targets_are_the_enabled_instances_of_what_the_path_names() {
        let bed = Testbed::start();
        for form in [
            "serviceName=s&ip=10.0.0.1&port=80",
            "serviceName=g@@s&ip=10.0.0.2&port=80",
            "serviceName=s&ip=10.0.0.3&port=80&enabled=false",
            "serviceName=s&ip=10.0.0.4&port=80&namespaceId=n",
        ] {
            register(bed.call(form, &[]), V1).await.unwrap();
        }
        let call = |path: &str| Call { path: path.to_owned(), ..bed.call("", &[]) };
        let addresses = |reply: Result<Reply, Failure>| {
            let shown: Vec<Value> = serde_json::from_slice(&reply.unwrap().body).unwrap();
            shown.iter().map(|target| target["targets"][0].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let mut all = addresses(list_all(call("/prometheus")).await);
        all.sort();
        assert_eq!(all, ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.4:80"]);
        let of_namespace = list_namespace(call("/prometheus/namespaceId/n")).await;
        assert_eq!(addresses(of_namespace), ["10.0.0.4:80"]);
        assert!(addresses(list_namespace(call("/prometheus/namespaceId/x")).await).is_empty());
        let of_service = list_service(call("/prometheus/namespaceId/public/service/g%40%40s")).await;
        assert_eq!(addresses(of_service), ["10.0.0.2:80"]);
        assert!(list_service(call("/prometheus/namespaceId/public/service/@@s")).await.is_err());
    }
}
