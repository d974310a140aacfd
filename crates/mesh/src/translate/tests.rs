use std::collections::BTreeMap;

use navaid_core::{
    ClusterName, Endpoint, GroupName, InstanceId, NamespaceId, ServiceName, name::DEFAULT_GROUP,
};
use proptest::prelude::*;

use super::*;

fn key(name: &str, group: &str) -> ServiceKey {
    let group = GroupName::parse(group).unwrap();
    ServiceKey::new(&NamespaceId::default(), &group, &ServiceName::parse(name).unwrap())
}

fn instance(ip: &str, port: u16, weight: f64, metadata: &[(&str, &str)]) -> Instance {
    Instance {
        endpoint: Endpoint { ip: ip.into(), port },
        cluster: ClusterName::default(),
        weight,
        enabled: true,
        healthy: true,
        metadata: metadata.iter().copied().collect(),
        id: InstanceId::Simple,
    }
}

/// What becomes of a service that holds these instances.
fn translated_with(
    key: &ServiceKey,
    instances: &[Instance],
    metadata: &[(&str, &str)],
    settings: &Translation,
    labels: Labels<'_>,
) -> Translated {
    let instances: Vec<_> = instances.iter().cloned().map(Arc::new).collect();
    let metadata: Metadata = metadata.iter().copied().collect();
    let source = Source {
        key,
        metadata: Some(&metadata),
        instances: &instances,
        seen: &instances,
        created: Timestamp(5),
        ports: &[],
        is_taken: &|_| false,
    };
    translate(&source, settings, labels)
}

fn demo(instances: &[Instance], metadata: &[(&str, &str)], settings: &Translation) -> Translated {
    translated_with(&key("demo", DEFAULT_GROUP), instances, metadata, settings, &|_, _| None)
}

fn service_of(instances: &[Instance], metadata: &[(&str, &str)]) -> (MeshService, Vec<Finding>) {
    let Translated { service, findings } = demo(instances, metadata, &Translation::default());
    (service.unwrap(), findings)
}

fn host_of(name: &str, group: &str) -> String {
    let instances = [instance("1.1.1.1", 80, 1.0, &[])];
    let settings = Translation::default();
    let translated = translated_with(&key(name, group), &instances, &[], &settings, &|_, _| None);
    translated.service.unwrap().hosts[0].to_string()
}

#[test]
fn host_names_are_those_of_nacos_2_for_names_that_are_valid() {
    assert_eq!(host_of("demo", DEFAULT_GROUP), "demo.DEFAULT-GROUP.public.nacos");
    assert_eq!(host_of("a.b.Rpc", "g1"), "a.b.Rpc.g1.public.nacos");
}

#[test]
fn illegal_labels_are_rewritten_and_stay_different() {
    let hosts = ["a_b", "a:b", "a-b", "-a", "providers:com.x.Y:1.0:", "\u{4e2d}", &"x".repeat(300)]
        .map(|name| host_of(name, "MY_GROUP"));
    for host in &hosts {
        assert!(crate::is_host_name(host), "{host}");
    }
    let different: std::collections::BTreeSet<_> = hosts.iter().collect();
    assert_eq!(different.len(), hosts.len(), "{hosts:?}");
    assert!(hosts[0].starts_with("a-b-") && hosts[0] != hosts[1]);
}

#[test]
fn ports_are_one_for_each_protocol_with_the_most_frequent_number() {
    let (service, findings) = service_of(
        &[
            instance("1.1.1.1", 8080, 1.0, &[]),
            instance("1.1.1.2", 9090, 1.0, &[("protocol", "tri")]),
            instance("1.1.1.3", 8081, 1.0, &[]),
            instance("1.1.1.4", 8081, 1.0, &[("istio.protocol", "REST"), ("protocol", "dubbo")]),
            instance("1.1.1.5", 9090, 1.0, &[("protocol", "weird")]),
        ],
        &[],
    );
    let ports: Vec<_> = service.ports.iter().map(|port| (port.number, port.protocol)).collect();
    assert_eq!(ports, [(8081, Protocol::Http), (9090, Protocol::Grpc), (9091, Protocol::Tcp)]);
    assert_eq!(
        findings,
        [
            Finding::UnknownProtocol { protocol: "weird".into() },
            Finding::PortMoved { protocol: "tcp", from: 9090, to: 9091 }
        ]
    );
    let behind: Vec<_> = service.endpoints.iter().map(|endpoint| endpoint.service_port).collect();
    assert_eq!(behind, [0, 1, 0, 0, 2]);
}

#[test]
fn service_metadata_name_port_and_protocol() {
    let instances = [instance("1.1.1.1", 8080, 1.0, &[])];
    let (service, _) = service_of(&instances, &[("istio.port", "80"), ("protocol", "grpc")]);
    assert_eq!((service.ports[0].number, service.ports[0].protocol), (80, Protocol::Grpc));
    let (service, findings) = service_of(&instances, &[("istio.port", "0")]);
    assert_eq!(service.ports[0].number, 8080);
    assert_eq!(findings, [Finding::InvalidPort { given: "0".into() }]);
}

#[test]
fn only_instances_that_take_traffic_are_endpoints() {
    let mut unhealthy = instance("1.1.1.2", 80, 1.0, &[]);
    unhealthy.healthy = false;
    let instances = [
        instance("1.1.1.1", 80, 1.0, &[]),
        unhealthy,
        instance("1.1.1.3", 80, 0.0, &[]),
        instance("1.1.1.4", 80, f64::NAN, &[]),
        instance("1.1.1.5", 0, 1.0, &[]),
        instance("not a host", 80, 1.0, &[]),
        instance("1.1.1.1", 80, 5.0, &[]),
        instance("01.2.3.4", 80, 1.0, &[]),
        instance("::1", 80, 1.0, &[]),
        instance("orders.example", 80, 1.0, &[]),
    ];
    let (service, findings) = service_of(&instances, &[]);
    let shown: Vec<_> = service.endpoints.iter().map(|endpoint| endpoint.address.to_string()).collect();
    assert_eq!(shown, ["1.1.1.1", "::1", "orders.example"]);
    assert_eq!(findings.len(), 7, "{findings:?}");
}

#[test]
fn service_without_usable_instances_keeps_its_ports() {
    assert_eq!(demo(&[], &[], &Translation::default()).service, None);
    let ports = [ServicePort { number: 80, protocol: Protocol::Http }];
    let key = key("demo", DEFAULT_GROUP);
    let source = Source {
        key: &key,
        metadata: None,
        instances: &[],
        seen: &[],
        created: Timestamp(5),
        ports: &ports,
        is_taken: &|_| false,
    };
    let service = translate(&source, &Translation::default(), &|_, _| None).service.unwrap();
    assert_eq!((service.ports.as_slice(), service.endpoints.len()), (&ports[..], 0));
}

#[test]
fn host_names_that_instances_ask_for_take_the_place_of_their_own() {
    let ask = |hosts: &[&str], settings: &Translation| {
        let instances: Vec<_> = (1..=hosts.len())
            .map(|n| instance(&format!("1.1.1.{n}"), 80, 1.0, &[("istio.hostname", hosts[n - 1])]))
            .collect();
        demo(&instances, &[], settings)
            .service
            .unwrap()
            .hosts
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let plain = Translation::default();
    assert_eq!(ask(&["foo"], &plain), ["foo.nacos"]);
    assert_eq!(ask(&["foo.bar"], &plain), ["foo.bar.nacos"]);
    assert_eq!(ask(&["foo.bar.nacos"], &plain), ["foo.bar.nacos"]);
    let verbatim = Translation { is_hostname_verbatim: true, ..Translation::default() };
    assert_eq!(ask(&["foo.bar"], &verbatim), ["foo.bar"]);
    assert_eq!(ask(&["foo"], &verbatim), ["foo.nacos"]);
    assert_eq!(
        ask(&["b", "a", "not_a_name"], &plain),
        ["demo.DEFAULT-GROUP.public.nacos", "a.nacos", "b.nacos"]
    );
}

#[test]
fn host_name_of_another_service_costs_no_other() {
    let ask = |taken: &[&str], asked: &[(&str, &str)]| {
        let instances = [Arc::new(instance("1.1.1.1", 80, 1.0, asked))];
        let key = key("demo", DEFAULT_GROUP);
        let source = Source {
            key: &key,
            metadata: None,
            instances: &instances,
            seen: &instances,
            created: Timestamp(5),
            ports: &[],
            is_taken: &|host| taken.contains(&host),
        };
        let Translated { service, findings } = translate(&source, &Translation::default(), &|_, _| None);
        let hosts = service.map(|service| service.hosts.iter().map(ToString::to_string).collect::<Vec<_>>());
        let told = findings.iter().filter(|finding| matches!(finding, Finding::HostTaken { .. })).count();
        (hosts.unwrap_or_default(), told)
    };
    let own = "demo.DEFAULT-GROUP.public.nacos";
    assert_eq!(ask(&["foo.nacos"], &[("istio.hostname", "foo")]), (vec![own.to_owned()], 1));
    assert_eq!(ask(&[own], &[("istio.hostname", "foo")]), (vec!["foo.nacos".to_owned()], 0));
    assert_eq!(ask(&[own], &[]), (Vec::new(), 1));
    assert_eq!(ask(&[own, "foo.nacos"], &[("istio.hostname", "foo")]), (Vec::new(), 1));
}

#[test]
fn service_without_instances_is_shown_by_its_own_word() {
    let metadata = [("istio.port", "80"), ("protocol", "grpc")];
    let service = demo(&[], &metadata, &Translation::default()).service.unwrap();
    assert_eq!(service.ports, [ServicePort { number: 80, protocol: Protocol::Grpc }]);
    assert!(service.endpoints.is_empty());
}

#[test]
fn locality_is_that_of_the_instance_or_of_its_address() {
    let site = |instance: Instance| {
        let labels = |address: &str, name: &str| Some(format!("{name}-of-{address}").into());
        let settings = Translation::default();
        let translated = translated_with(&key("demo", DEFAULT_GROUP), &[instance], &[], &settings, &labels);
        translated.service.unwrap().endpoints[0].locality.path()
    };
    assert_eq!(site(instance("1.1.1.1", 80, 1.0, &[("istio.locality", "r/z/s/more")])), "r/z/s-more");
    assert_eq!(site(instance("1.1.1.1", 80, 1.0, &[("region", "r"), ("subzone", "s")])), "r//s");
    assert_eq!(site(instance("1.1.1.1", 80, 1.0, &[])), "site-of-1-1-1-1/zone-of-1-1-1-1");
}

#[test]
fn labels_are_the_metadata_that_istio_takes() {
    let long = "v".repeat(64);
    let metadata =
        [("version", "v1"), ("a b", "x"), ("blank", "a b"), ("long", &long), ("Empty", ""), ("x.io/k", "1")];
    let (service, findings) = service_of(&[instance("1.1.1.1", 80, 1.0, &metadata)], &[]);
    let labels: BTreeMap<_, _> = service.endpoints[0].labels.iter().map(|(k, v)| (&**k, &**v)).collect();
    let wanted = [("Empty", ""), ("app", "demo"), ("cluster", "DEFAULT"), ("version", "v1"), ("x.io/k", "1")];
    assert_eq!(labels, wanted.into());
    assert_eq!(findings, [Finding::LabelsDropped { address: "1.1.1.1".into(), count: 3 }]);
}

/// Any instance that a client can register, and some that none can.
fn any_instance() -> impl Strategy<Value = Instance> {
    let ip = prop_oneof![
        "(1\\.1\\.1\\.[0-9]{1,3}|[0-9.]{1,8}|::1|fe80::[0-9a-f]{1,4}|[a-z.-]{1,12})",
        "\\PC{0,12}",
    ];
    let weight = prop_oneof![
        Just(1.0),
        Just(0.0),
        Just(-1.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(1e9),
        any::<f64>()
    ];
    let metadata = proptest::collection::btree_map(
        prop_oneof![
            Just("protocol".to_owned()),
            Just("istio.hostname".to_owned()),
            Just("istio.locality".to_owned()),
            "\\PC{0,8}"
        ],
        prop_oneof![Just("grpc".to_owned()), "[a-z./-]{0,12}", "\\PC{0,70}"],
        0..5,
    );
    (ip, any::<u16>(), weight, metadata, any::<(bool, bool)>()).prop_map(
        |(ip, port, weight, metadata, (healthy, low))| {
            let metadata: Vec<_> = metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let port = if low { port % 3 } else { port };
            Instance { healthy, ..instance(&ip, port, weight, &metadata) }
        },
    )
}

proptest! {
    #[test]
    fn whatever_is_registered_what_is_shown_passes_the_rules(
        name in "[^\\s@]{1}[^\\s]{0,80}",
        group in "[A-Za-z0-9_:.-]{1,60}",
        instances in proptest::collection::vec(any_instance(), 0..8),
        istio_port in "([0-9]{0,6}|\\PC{0,4})",
        is_single_port in any::<bool>(),
    ) {
        let (Ok(name), Ok(group)) = (ServiceName::parse(&name), GroupName::parse(&group)) else { return Ok(()) };
        let key = ServiceKey::new(&NamespaceId::default(), &group, &name);
        let settings = Translation { is_single_port, ..Translation::default() };
        let metadata = [("istio.port", istio_port.as_str())];
        let translated = translated_with(&key, &instances, &metadata, &settings, &|_, _| None);
        let is_refused = translated.findings.iter().any(|finding| matches!(finding, Finding::Refused { .. }));
        prop_assert!(!is_refused, "{:?}", translated.findings);
        if let Some(service) = translated.service {
            prop_assert_eq!(rules::check(&service), Ok(()));
            crate::encode::oracle::check(&service, &settings);
        }
    }
}
