use navaid_core::{GroupName, NamespaceId, ServiceKey, ServiceName, Timestamp};

use super::{oracle::entry, *};
use crate::{
    proto::{
        envoy::config::{
            cluster::v3::{
                Cluster,
                cluster::{DiscoveryType, DnsLookupFamily},
            },
            endpoint::v3::ClusterLoadAssignment,
        },
        istio::networking::v1alpha3::service_entry::Resolution,
    },
    translate::{Address, Locality, MeshEndpoint, Protocol},
};

fn endpoint(address: &str, weight: u32) -> MeshEndpoint {
    let parsed = address.parse().map_or_else(|_| Address::Name(address.into()), Address::Ip);
    MeshEndpoint {
        address: parsed,
        port: 8080,
        service_port: 0,
        weight,
        locality: Locality::default(),
        labels: Vec::new(),
    }
}

fn service(protocols: &[Protocol], endpoints: Vec<MeshEndpoint>) -> MeshService {
    let name = ServiceName::parse("demo").unwrap();
    let ports =
        protocols.iter().zip(80..).map(|(protocol, number)| ServicePort { number, protocol: *protocol });
    MeshService {
        key: ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name),
        namespace: "public".into(),
        name: "demo.DEFAULT-GROUP.public".to_owned(),
        hosts: vec!["demo.DEFAULT-GROUP.public.nacos".into()],
        ports: ports.collect(),
        endpoints,
        created: Timestamp(1_700_000_000_123),
    }
}

fn of_kind(service: &MeshService, wanted: Kind) -> Vec<Resource> {
    let all = resources(service, &Translation::default());
    all.into_iter().filter(|(kind, _)| *kind == wanted).map(|(_, resource)| resource).collect()
}

fn check(service: &MeshService) {
    oracle::check(service, &Translation::default());
}

#[test]
fn entry_has_the_shape_of_nacos_2() {
    let service = service(&[Protocol::Http], vec![endpoint("1.1.1.1", 3)]);
    let (wrapped, entry) = entry(&of_kind(&service, Kind::ServiceEntry)[0]);
    let metadata = wrapped.metadata.unwrap();
    assert_eq!(metadata.name, "public/demo.DEFAULT-GROUP.public");
    assert_eq!(metadata.labels["registryType"], "nacos");
    assert_eq!(metadata.annotations["virtual"], "1");
    assert_eq!(metadata.annotations["navaid.io/service"], "public@@DEFAULT_GROUP@@demo");
    assert_eq!(metadata.create_time.unwrap().seconds, 1_700_000_000);
    assert_eq!(entry.hosts, ["demo.DEFAULT-GROUP.public.nacos"]);
    assert_eq!((entry.location, entry.resolution), (1, i32::from(Resolution::Static)));
    assert_eq!((entry.ports[0].number, entry.ports[0].protocol.as_str()), (80, "HTTP"));
    assert_eq!(entry.endpoints[0].ports, [("http".to_owned(), 8080)].into());
    assert_eq!(entry.endpoints[0].weight, 3);
}

#[test]
fn version_changes_with_everything_that_is_sent_but_the_time() {
    let version = |service: &MeshService| of_kind(service, Kind::ServiceEntry)[0].version;
    let before = service(&[Protocol::Http], vec![endpoint("1.1.1.1", 1)]);
    assert_eq!(version(&before), version(&MeshService { created: Timestamp(9), ..before.clone() }));
    assert_ne!(version(&before), version(&service(&[Protocol::Http], vec![endpoint("1.1.1.1", 2)])));
    let mut labelled = before.clone();
    labelled.endpoints[0].labels = vec![("a".into(), "b".into())];
    assert_ne!(version(&before), version(&labelled));
}

#[test]
fn cluster_does_not_change_with_its_endpoints() {
    let clusters = |endpoints| of_kind(&service(&[Protocol::Http], endpoints), Kind::Cluster);
    let (one, other) = (clusters(vec![endpoint("1.1.1.1", 1)]), clusters(vec![endpoint("1.1.1.2", 5)]));
    assert_eq!(one, other);
    assert_eq!(&*one[0].name, "outbound|80||demo.DEFAULT-GROUP.public.nacos");
}

#[test]
fn entry_without_endpoints_is_sent_to_istiod_and_withheld_from_pilot_1_4() {
    let empty = service(&[Protocol::Http], Vec::new());
    assert_eq!(of_kind(&empty, Kind::ServiceEntry).len(), 1);
    assert!(of_kind(&empty, Kind::McpServiceEntry).is_empty());
    assert!(of_kind(&empty, Kind::SyntheticServiceEntry).is_empty());
    let mixed = service(&[Protocol::Http], vec![endpoint("1.1.1.1", 1), endpoint("::1", 1)]);
    assert_eq!(entry(&of_kind(&mixed, Kind::ServiceEntry)[0]).1.endpoints.len(), 2);
    assert_eq!(entry(&of_kind(&mixed, Kind::McpServiceEntry)[0]).1.endpoints.len(), 1);
    check(&mixed);
}

#[test]
fn synthetic_entry_tells_a_change_of_endpoints_from_one_of_the_service() {
    let versions = |service: &MeshService| {
        let (wrapped, _) = entry(&of_kind(service, Kind::SyntheticServiceEntry)[0]);
        let annotations = wrapped.metadata.unwrap().annotations;
        ["serviceVersion", "endpointsVersion"]
            .map(|name| annotations[&format!("networking.alpha.istio.io/{name}")].clone())
    };
    let [service_version, endpoints] = versions(&service(&[Protocol::Http], vec![endpoint("1.1.1.1", 1)]));
    let [same, other] = versions(&service(&[Protocol::Http], vec![endpoint("1.1.1.1", 2)]));
    assert!(same == service_version && other != endpoints);
    let [other, same] = versions(&service(&[Protocol::Grpc], vec![endpoint("1.1.1.1", 1)]));
    assert!(other != service_version && same != endpoints, "the endpoint names its port by the protocol");
}

#[test]
fn several_hosts_are_one_entry_for_http_and_one_each_for_tcp() {
    let hosts: Vec<Arc<str>> = vec!["a.nacos".into(), "b.nacos".into()];
    let of = |protocol| {
        let service =
            MeshService { hosts: hosts.clone(), ..service(&[protocol], vec![endpoint("1.1.1.1", 1)]) };
        check(&service);
        let entries = of_kind(&service, Kind::ServiceEntry);
        entries.iter().map(|one| (one.name.to_string(), entry(one).1.hosts.len())).collect::<Vec<_>>()
    };
    assert_eq!(of(Protocol::Http), [("public/demo.DEFAULT-GROUP.public".to_owned(), 2)]);
    let wanted = [("public/demo.DEFAULT-GROUP.public".to_owned(), 1), ("public/b.nacos".to_owned(), 1)];
    assert_eq!(of(Protocol::Tcp), wanted);
}

/// Seen with an istiod: in one entry each endpoint would answer on both ports, with the number of the other's.
#[test]
fn each_protocol_is_an_entry_of_its_own_with_its_own_endpoints() {
    let second = |address| MeshEndpoint { service_port: 1, port: 9090, ..endpoint(address, 1) };
    let service = service(&[Protocol::Grpc, Protocol::Http], vec![endpoint("1.1.1.1", 1), second("1.1.1.2")]);
    check(&service);
    let seen: Vec<_> = of_kind(&service, Kind::ServiceEntry)
        .iter()
        .map(|one| {
            let (wrapped, entry) = entry(one);
            assert_eq!((entry.hosts.len(), entry.ports.len(), entry.endpoints.len()), (1, 1, 1));
            (wrapped.metadata.unwrap().name, entry.ports[0].number, entry.endpoints[0].address.clone())
        })
        .collect();
    let wanted = [("~grpc", 80, "1.1.1.1"), ("", 81, "1.1.1.2")];
    let wanted = wanted.map(|(suffix, number, address)| {
        (format!("public/demo.DEFAULT-GROUP.public{suffix}"), number, address.to_owned())
    });
    assert_eq!(seen, wanted);
}

#[test]
fn host_names_make_a_cluster_that_is_resolved_and_never_reach_an_assignment() {
    let named = service(&[Protocol::Http], vec![endpoint("orders.example", 1)]);
    assert!(of_kind(&named, Kind::Assignment).is_empty());
    let cluster = Cluster::decode(of_kind(&named, Kind::Cluster)[0].message.clone()).unwrap();
    assert_eq!(cluster.r#type, i32::from(DiscoveryType::LogicalDns));
    assert_eq!(cluster.dns_lookup_family, i32::from(DnsLookupFamily::V4Preferred));
    let mixed = service(&[Protocol::Http], vec![endpoint("orders.example", 1), endpoint("1.1.1.1", 1)]);
    check(&mixed);
    assert_eq!(entry(&of_kind(&mixed, Kind::ServiceEntry)[0]).1.resolution, i32::from(Resolution::Dns));
}

#[test]
fn each_weight_is_a_locality_of_its_own() {
    let service = service(
        &[Protocol::Http],
        vec![endpoint("1.1.1.1", 1), endpoint("1.1.1.2", 3), endpoint("1.1.1.3", 3)],
    );
    check(&service);
    let assignment =
        ClusterLoadAssignment::decode(of_kind(&service, Kind::Assignment)[0].message.clone()).unwrap();
    let weights: Vec<_> = assignment.endpoints.iter().map(|group| group.load_balancing_weight).collect();
    assert_eq!(weights, [Some(1), Some(6)]);
}

#[test]
fn assignment_names_of_ours_are_known() {
    for name in ["outbound|80||a.nacos", "outbound|65535||a.b.nacos"] {
        assert!(is_assignment_name(name, "nacos"), "{name}");
    }
    for name in
        ["outbound|0||a.nacos", "outbound|80||anacos", "outbound|80||nacos", "outbound|80||a_b.nacos", "x"]
    {
        assert!(!is_assignment_name(name, "nacos"), "{name}");
    }
}
