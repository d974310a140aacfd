//! Services and instances as consoles list them (`spec/http-naming-core` §9.3, §10.2, §11.2).

use std::sync::Arc;

use navaid_core::{ClusterName, Instance, NamespaceId, ServiceKey};
use navaid_naming::Page;
use navaid_wire::{
    http,
    naming::catalog::{CatalogInstancesV1, CatalogInstancesV2, CatalogServicesV1},
};

use super::{
    dialect::Dialect,
    failure::{unlisted_cluster, unlisted_service},
    service_params::{PageParams, bound_page, named_service, namespace, positive_page_or, service},
    shown::ShownService,
};
use crate::http::{call::Call, failure::Failure, params::Params, reply::Reply};

/// v1: a service with the settings of its clusters.
pub(crate) async fn show_service(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    // The reference looks for the service without a name, and does not find it.
    let key = named_service(&call.params, dialect)?.ok_or_else(|| unlisted_service("@@"))?;
    Ok(dialect.answer(&listed(&call, &key)?.catalog_detail()))
}

/// v1: a page of the instances of a cluster.
pub(crate) async fn list_instances(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let cluster = call.params.get("clusterName").ok_or_else(|| dialect.missing("clusterName", "String"))?;
    let page = bound_page(&call.params, |name| dialect.missing(name, "int"))?;
    let service = listed(&call, &key)?;
    let hosts = of_cluster(&service, &ClusterName::parse(cluster)?)?;
    let count = hosts.len();
    let hosts = page.of(hosts);
    let list = service.hosts(hosts.iter().map(|host| &***host));
    Ok(dialect.answer(&CatalogInstancesV1 { list, count }))
}

/// v2: a page of the instances of a service. The filters compare: `false` finds the unhealthy, or the disabled.
pub(crate) async fn list_all_instances(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let page = bound_page(&call.params, |name| dialect.missing(name, "int"))?;
    let health = call.params.text("healthyOnly").map(http::flag::lenient);
    let enabled = call.params.text("enabledOnly").map(http::flag::lenient);
    let service = ShownService::of(&call, &key);
    let is_wanted = |host: &Instance| {
        health.is_none_or(|wanted| wanted == host.healthy)
            && enabled.is_none_or(|wanted| wanted == host.enabled)
    };
    let hosts: Vec<_> = service.view.hosts().iter().filter(|host| is_wanted(host)).collect();
    let count = hosts.len();
    let hosts = page.of(hosts);
    let instances = (!hosts.is_empty()).then(|| service.hosts(hosts.iter().map(|host| &***host)));
    Ok(dialect.answer(&CatalogInstancesV2 { instances, count }))
}

/// v3: the instances of a cluster, disabled ones included.
pub(crate) async fn list_cluster(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let cluster = ClusterName::parse(call.params.text("clusterName").unwrap_or_default())?;
    let service = listed(&call, &key)?;
    let hosts = wanted_of_cluster(&call, &service, &cluster)?;
    Ok(dialect.answer(&service.hosts(hosts.iter().map(|host| &***host))))
}

/// Console of v3: the same by page.
pub(crate) async fn page_cluster(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let page = positive_page_or(&call.params, PageParams { number: 1, size: 100 })?;
    let cluster = ClusterName::parse(call.params.text("clusterName").unwrap_or_default())?;
    let service = listed(&call, &key)?;
    let hosts = wanted_of_cluster(&call, &service, &cluster)?;
    let total = hosts.len();
    let hosts = page.of(hosts);
    let items = hosts.iter().map(|host| service.host(host)).collect();
    Ok(dialect.answer(&page.shown(total, items)))
}

/// The instances of a cluster that the call wants: the healthy ones, or all.
fn wanted_of_cluster<'s>(
    call: &Call,
    service: &'s ShownService,
    cluster: &ClusterName,
) -> Result<Vec<&'s Arc<Instance>>, Failure> {
    let mut hosts = of_cluster(service, cluster)?;
    if call.params.strict_flag("healthyOnly", false) {
        hosts.retain(|host| host.healthy);
    }
    Ok(hosts)
}

/// The instances of a cluster, which must have some.
fn of_cluster<'s>(
    service: &'s ShownService,
    cluster: &ClusterName,
) -> Result<Vec<&'s Arc<Instance>>, Failure> {
    let hosts: Vec<_> = service.view.hosts().iter().filter(|host| host.cluster == *cluster).collect();
    if hosts.is_empty() { Err(unlisted_cluster(cluster)) } else { Ok(hosts) }
}

/// A service that is in the lists.
pub(super) fn listed(call: &Call, key: &ServiceKey) -> Result<ShownService, Failure> {
    match call.node.naming.service(key) {
        Some(_) => Ok(ShownService::of(call, key)),
        None => Err(unlisted_service(key.grouped())),
    }
}

/// v1: a page of services, as counts or with their instances.
pub(crate) async fn list_services(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    // The reference has no number for one that is absent, and fails (recorded: `ns1-catalog-services`).
    let page = bound_page(&call.params, |_| Failure::Unconvertible { text: String::new(), kind: "int" })?;
    let (count, services) = Search::read(&call.params, "hasIpCount")?.page(&call, page);
    if call.params.strict_flag("withInstances", false) {
        return Ok(dialect.answer(&services.iter().map(ShownService::with_hosts_v1).collect::<Vec<_>>()));
    }
    let service_list = services.iter().map(ShownService::row).collect();
    Ok(dialect.answer(&CatalogServicesV1 { count, service_list }))
}

/// v3: the same, in the pages of v3.
pub(crate) async fn page_services(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let page = positive_page_or(&call.params, PageParams { number: 1, size: 100 })?;
    let (total, services) = Search::read(&call.params, "ignoreEmptyService")?.page(&call, page);
    if call.params.strict_flag("withInstances", false) {
        let items: Vec<_> = services.iter().map(ShownService::with_hosts_v3).collect();
        return Ok(dialect.answer(&page.shown(total, items)));
    }
    let items: Vec<_> = services.iter().map(ShownService::row).collect();
    Ok(dialect.answer(&page.shown(total, items)))
}

/// What a list of services looks for.
struct Search<'a> {
    namespace: NamespaceId,
    /// Parts of names and groups; empty for any.
    name: &'a str,
    group: &'a str,
    only_with_instances: bool,
}

impl<'a> Search<'a> {
    /// `flag` names the parameter that leaves empty services out.
    fn read(params: &'a Params, flag: &str) -> Result<Self, Failure> {
        Ok(Self {
            namespace: namespace(params)?,
            name: params.text("serviceNameParam").unwrap_or_default(),
            group: params.text("groupNameParam").unwrap_or_default(),
            only_with_instances: params.strict_flag(flag, false),
        })
    }

    /// How many services there are, and those of a page. Walks over the names only where something is looked for.
    fn page(&self, call: &Call, page: PageParams) -> (usize, Vec<ShownService>) {
        let naming = &call.node.naming;
        let shown = |keys: Vec<ServiceKey>| keys.iter().map(|key| ShownService::of(call, key)).collect();
        if self.name.is_empty() && self.group.is_empty() && !self.only_with_instances {
            let found = naming.services(&self.namespace, None, page.page());
            return (found.count, shown(found.keys));
        }
        let mut keys = naming.services(&self.namespace, None, Page::ALL).keys;
        keys.retain(|key| {
            key.name().contains(self.name)
                && key.group().contains(self.group)
                && (!self.only_with_instances || naming.instance_count(key).unwrap_or(0) > 0)
        });
        (keys.len(), shown(page.of(keys)))
    }
}
