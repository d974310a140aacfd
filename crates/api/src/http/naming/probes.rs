//! What active health checks found: the answer to "why is this instance unhealthy". Navaid's own call.

use navaid_core::{
    ClusterName, Endpoint, Instance, Lifetime, service::ClusterMetadata, service::HealthChecker,
};
use navaid_wire::{
    naming::probe_report::{self, ProbedInstance, ProbedService},
    param,
};

use super::{
    catalog::listed,
    dialect::Dialect,
    service_params::{PageParams, positive_page_or, service},
    shown::ShownService,
};
use crate::http::{call::Call, failure::Failure, params::Params, reply::Reply};

/// Instances on one page at most; each comes with its last probes.
const PROBED_PAGE_MAX: i32 = 1_000;

/// The persistent instances of a service with their last probes. A service of ephemeral instances has none, and says
/// why.
pub(crate) async fn list(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let page = positive_page_or(&call.params, PageParams { number: 1, size: 100 })?;
    let page = PageParams { size: page.size.min(PROBED_PAGE_MAX), ..page };
    let wanted = Wanted::of(&call.params)?;
    let service = listed(&call, &key)?;
    let is_probed = service.view.lifetime == Lifetime::Persistent;
    let mut hosts: Vec<_> = service.view.hosts().iter().filter(|_| is_probed).collect();
    hosts.retain(|host| wanted.includes(&host.cluster, &host.endpoint));
    let total = hosts.len();
    let items = page.of(hosts).into_iter().map(|host| probed(&call, &service, host)).collect();
    let explanation = match is_probed {
        false => Some(ProbedService::EPHEMERAL),
        true if !call.node.naming.switches().health_check_enabled => Some(ProbedService::SWITCHED_OFF),
        true => None,
    };
    Ok(dialect.answer(&ProbedService { explanation, page: page.shown(total, items) }))
}

/// Which instances a call asks about; all but what it names.
struct Wanted<'a> {
    cluster: Option<ClusterName>,
    ip: Option<&'a str>,
    port: Option<u16>,
}

impl<'a> Wanted<'a> {
    fn of(params: &'a Params) -> Result<Self, Failure> {
        Ok(Self {
            cluster: params.text("clusterName").map(ClusterName::parse).transpose()?,
            ip: params.text("ip"),
            port: params.text("port").map(param::port_text).transpose()?,
        })
    }

    fn includes(&self, cluster: &ClusterName, endpoint: &Endpoint) -> bool {
        self.cluster.as_ref().is_none_or(|wanted| wanted == cluster)
            && self.ip.is_none_or(|ip| *endpoint.ip == *ip)
            && self.port.is_none_or(|port| endpoint.port == port)
    }
}

fn probed<'h>(call: &Call, service: &'h ShownService, host: &'h Instance) -> ProbedInstance<'h> {
    let cluster: &ClusterMetadata = service.cluster(&host.cluster);
    let report = call.node.probes.report(&service.view.key, &host.endpoint);
    let explanation = match &report {
        _ if cluster.checker == HealthChecker::None => Some(ProbedInstance::UNCHECKED),
        Some(report) if !report.records.is_empty() => None,
        Some(_) | None => Some(ProbedInstance::NEW),
    };
    let next = report.as_ref().and_then(|report| report.next);
    ProbedInstance {
        ip: &host.endpoint.ip,
        port: host.endpoint.port,
        cluster_name: host.cluster.as_str(),
        healthy: host.healthy,
        checker: probe_report::kind(&cluster.checker),
        check_port: cluster.probed_port(host.endpoint.port),
        explanation,
        next_probe_in: next.map(|next| probe_report::millis(next.since(call.now().mono))),
        passed_in_row: report.as_ref().map_or(0, |report| report.passes),
        failed_in_row: report.as_ref().map_or(0, |report| report.failures),
        changes_after: call.node.naming.switches().probe_times,
        probes: report.as_ref().map(probe_report::probes).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::naming::dialect::V3,
        testbed::{Testbed, params},
    };

    #[tokio::test(start_paused = true)]
    async fn call_that_names_no_service_or_an_unknown_one_is_refused() {
        let testbed = Testbed::start();
        let ask = async |form: &str| list(testbed.call(form, &[]), V3).await.unwrap_err();
        assert_eq!(ask("").await, V3.missing("serviceName", "String"));
        assert!(matches!(ask("serviceName=s").await, Failure::Refused { .. }));
        assert!(matches!(ask("serviceName=s&port=x").await, Failure::Check(_)));
        assert!(matches!(ask("serviceName=s&pageNo=0").await, Failure::Illegal(_)));
    }

    #[test]
    fn instances_are_chosen_by_cluster_ip_and_port() {
        let endpoint = Endpoint { ip: "1.1.1.1".into(), port: 80 };
        let includes = |form: &str| {
            let params = params(form);
            Wanted::of(&params).unwrap().includes(&ClusterName::default(), &endpoint)
        };
        for form in ["", "ip=1.1.1.1", "ip=1.1.1.1&port=80", "clusterName=DEFAULT&port=80"] {
            assert!(includes(form), "{form}");
        }
        for form in ["ip=1.1.1.2", "ip=1.1.1.1&port=81", "clusterName=c"] {
            assert!(!includes(form), "{form}");
        }
    }
}
