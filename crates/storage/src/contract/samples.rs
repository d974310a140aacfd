//! One command of every kind and shape that a release knows, by release: what the frozen samples hold.

use std::time::Duration;

use navaid_core::{
    CapacityChange, CapacityOwner, CapacityRules, ClusterName, Command, ConfigType, ContentMd5, Endpoint,
    GrayName, GrayRule, GroupName, Instance, InstanceId, Lifetime, Metadata, Namespace, NamespaceId,
    Operator, ServiceKey, ServiceMetadata, ServiceName, Timestamp,
    command::{
        ConfigCommand, MetadataChange, NamespaceCommand, NamingCommand, Overlay, OverlayPatch, OverlayTarget,
        PublishCondition, PublishConfig, PublishTarget, RemoveConfig, ServiceUpdate, SetCapacity,
    },
    config_item::Description,
    service::{ClusterMetadata, HealthChecker, Selector},
    switches::{DatagramFamily, ProbePace, ServerStatus, SwitchChange},
};

use super::{key, publish, remove};

/// Every command of 0.1.0. Never changed; a later release gets a list of its own.
pub fn v1() -> Vec<Command> {
    let mut commands =
        vec![publish("plain", "a=1"), publish("removed", "x"), publish("plain", "a=2"), remove("removed")];
    commands.extend(publishes().map(|publish| Command::Config(ConfigCommand::Publish(Box::new(publish)))));
    let remove_gray =
        RemoveConfig { key: key("plain"), gray: Some(GrayName::tag("gone")), operator: Operator::default() };
    commands.push(Command::Config(ConfigCommand::Remove(remove_gray)));
    commands.push(Command::Config(ConfigCommand::PurgeHistory { before: Timestamp(2) }));
    commands.extend(naming().into_iter().map(Command::Naming));
    commands.extend(namespaces().into_iter().map(Command::Namespace));
    commands
}

/// Every command of 0.1.0, and those that came after the first sample: switches, and parts of overlays. Never changed.
pub fn v2() -> Vec<Command> {
    let mut commands = v1();
    commands.extend(patches().into_iter().map(Command::Naming));
    commands.extend(switches().into_iter().map(NamingCommand::ChangeSwitch).map(Command::Naming));
    commands
}

/// Those of [`v2`], and those about capacity. Never changed.
pub fn v3() -> Vec<Command> {
    let mut commands = v2();
    commands.extend(capacities().into_iter().map(Command::Config));
    commands
}

fn capacities() -> Vec<ConfigCommand> {
    let rules = CapacityRules {
        cluster_quota: 1_000,
        namespace_quota: 30,
        group_quota: 20,
        max_size: 4_096,
        expansion_percent: 50,
    };
    let all = CapacityChange {
        quota: Some(7),
        max_size: Some(2_048),
        max_aggr_count: Some(5),
        max_aggr_size: Some(6),
    };
    let some = CapacityChange { quota: Some(0), ..CapacityChange::default() };
    let namespace = NamespaceId::parse("dev").expect("a valid id");
    let group = GroupName::parse("g").expect("a valid group");
    let owners = [
        (CapacityOwner::Cluster, some),
        (CapacityOwner::Namespace(namespace), all),
        (CapacityOwner::Group(group), all),
    ];
    let mut limited = publishes().next().expect("there are publishes");
    limited.key = key("limited");
    limited.capacity = Some(rules);
    let sets = owners.map(|(owner, change)| ConfigCommand::SetCapacity(SetCapacity { owner, change, rules }));
    sets.into_iter().chain([ConfigCommand::Publish(Box::new(limited))]).collect()
}

fn patches() -> Vec<NamingCommand> {
    let pairs: Metadata = [("version", "2"), ("zone", "\u{897F}")].into_iter().collect();
    let base = Overlay { enabled: false, weight: 0.5, metadata: pairs.clone() };
    let patch = |port, enabled, weight, metadata| NamingCommand::PatchOverlay {
        key: service("orders"),
        target: OverlayTarget {
            endpoint: Endpoint { ip: "10.0.0.9".into(), port },
            cluster: ClusterName::default(),
        },
        base: base.clone(),
        patch: OverlayPatch { enabled, weight, metadata },
    };
    vec![
        patch(1, None, None, None),
        patch(2, Some(false), Some(0.0), Some(MetadataChange::Replace(pairs.clone()))),
        patch(3, Some(true), None, Some(MetadataChange::Put(pairs.clone()))),
        patch(4, None, Some(7.5), Some(MetadataChange::Remove(vec!["zone".into()]))),
    ]
}

fn switches() -> Vec<SwitchChange> {
    let pace = ProbePace { max: Duration::from_secs(9), min: Duration::from_millis(501), factor: 0.25 };
    let span = Duration::from_millis;
    let mut changes = vec![
        SwitchChange::HealthCheck(false),
        SwitchChange::Push(false),
        SwitchChange::ClientBeatInterval(span(6001)),
        SwitchChange::LightBeat(false),
        SwitchChange::PushCache(span(11_000)),
        SwitchChange::DefaultLifetime(Lifetime::Persistent),
        SwitchChange::ProbeTimes(7),
        SwitchChange::HttpProbes(pace),
        SwitchChange::TcpProbes(pace),
        SwitchChange::MysqlProbes(pace),
        SwitchChange::Distro(false),
        SwitchChange::LimitedUrls([("/x?y".into(), 403)].into()),
        SwitchChange::Masters(vec!["a".into(), "b".into()]),
        SwitchChange::DefaultCache(span(4000)),
        SwitchChange::DistroThreshold(0.8),
        SwitchChange::AutoChangeHealthCheck(false),
        SwitchChange::EnableStandalone(false),
        SwitchChange::ServerStatusPeriod(span(3000)),
        SwitchChange::ServiceStatusPeriod(span(6000)),
        SwitchChange::DisableAddIp(true),
        SwitchChange::SendBeatOnly(true),
        SwitchChange::DistroServerExpired(span(12_000)),
        SwitchChange::ServerStatus(None),
    ];
    changes.extend(ServerStatus::ALL.map(|status| SwitchChange::ServerStatus(Some(status))));
    changes.extend(DatagramFamily::ALL.map(|family| SwitchChange::DatagramVersion(family, "1.2.3".into())));
    changes
}

fn publishes() -> impl Iterator<Item = PublishConfig> {
    let operator = Operator { user: Some("nacos".into()), ip: "10.1.2.3".into() };
    let content = "\u{914D}\u{7F6E}: {}";
    let base = PublishConfig {
        key: key("described"),
        target: PublishTarget::Formal,
        content: content.into(),
        md5: ContentMd5::of(content),
        encrypted_data_key: "cipher-key".into(),
        description: Description::default(),
        condition: PublishCondition::Absent,
        operator,
        max_grays: 10,
        capacity: None,
    };
    let described = |kind| PublishConfig {
        description: Description {
            app_name: Some("app".into()),
            desc: Some("what it is for".into()),
            usage: Some("use".into()),
            effect: Some("effect".into()),
            kind: Some(kind),
            schema: Some("{}".into()),
            tags: Some(vec!["t1".into(), "t2".into()]),
        },
        key: key(kind.as_word()),
        condition: PublishCondition::Md5("0cc175b9c0f1b6a831c399e269772661".into()),
        ..base.clone()
    };
    let kinds = [
        ConfigType::Properties,
        ConfigType::Xml,
        ConfigType::Json,
        ConfigType::Text,
        ConfigType::Html,
        ConfigType::Yaml,
        ConfigType::Toml,
        ConfigType::Unset,
    ];
    let untagged = PublishConfig {
        key: key("untagged"),
        description: Description { tags: Some(vec![]), ..Description::default() },
        ..base.clone()
    };
    let gray = |rule: GrayRule| PublishConfig {
        target: PublishTarget::Gray { name: rule.fixed_name().expect("beta and tag have one"), rule },
        ..base.clone()
    };
    let grays = [
        gray(GrayRule::Beta { ips: "10.0.0.1,10.0.0.2".into() }),
        gray(GrayRule::Tag { tag: "blue".into() }),
    ];
    let mut all = vec![base.clone(), untagged];
    all.extend(kinds.map(described));
    all.extend(grays);
    all.into_iter()
}

fn service(name: &str) -> ServiceKey {
    let group = GroupName::parse("g").expect("a valid group");
    ServiceKey::new(&NamespaceId::default(), &group, &ServiceName::parse(name).expect("a valid name"))
}

fn naming() -> Vec<NamingCommand> {
    let key = service("orders");
    let endpoint = |port| Endpoint { ip: "10.0.0.1".into(), port };
    let cluster = ClusterName::parse("c1").expect("a valid cluster");
    let metadata: Metadata = [("version", "1"), ("zone", "\u{4E1C}")].into_iter().collect();
    let instance = |port, id| Instance {
        endpoint: endpoint(port),
        cluster: cluster.clone(),
        weight: 2.5,
        enabled: true,
        healthy: true,
        metadata: metadata.clone(),
        id,
    };
    let target = |port| OverlayTarget { endpoint: endpoint(port), cluster: cluster.clone() };
    let overlay = Overlay { enabled: false, weight: 0.0, metadata: metadata.clone() };
    let label = Selector::Label {
        expression: "CONSUMER.label.a = PROVIDER.label.a".into(),
        labels: ["a".into()].into(),
    };
    let update = ServiceUpdate { protect_threshold: 0.75, selector: label, metadata: metadata.clone() };
    let mut commands = vec![
        NamingCommand::CreateService {
            key: service("ephemeral"),
            metadata: ServiceMetadata::new(Lifetime::Ephemeral),
        },
        NamingCommand::CreateService { key: service("gone"), metadata: clustered(&metadata) },
        NamingCommand::RemoveService { key: service("gone") },
        NamingCommand::CreateService { key: service("clustered"), metadata: clustered(&metadata) },
        NamingCommand::UpdateService { key: service("updated"), update },
        NamingCommand::Register { key: key.clone(), instance: instance(1, InstanceId::Simple) },
        NamingCommand::Register {
            key: key.clone(),
            instance: instance(2, InstanceId::Given("my-id".into())),
        },
        NamingCommand::Register { key: key.clone(), instance: instance(3, InstanceId::Simple) },
        NamingCommand::Deregister { key: key.clone(), endpoint: endpoint(3) },
        NamingCommand::SetHealth { key: key.clone(), endpoint: endpoint(4), healthy: true },
        NamingCommand::PutOverlay { key: key.clone(), target: target(1), overlay: overlay.clone() },
        NamingCommand::PutOverlay { key: key.clone(), target: target(2), overlay },
        NamingCommand::RemoveOverlay { key: key.clone(), target: target(2) },
    ];
    commands.extend(clustered(&metadata).clusters.into_iter().map(|(cluster, metadata)| {
        NamingCommand::PutCluster { key: service(&format!("with-{cluster}")), cluster, metadata }
    }));
    commands
}

/// A service with a cluster of every kind of health checker.
fn clustered(metadata: &Metadata) -> ServiceMetadata {
    let checkers = [
        HealthChecker::Tcp,
        HealthChecker::Http { path: "/health".into(), headers: "a:b".into(), expected_code: 204 },
        HealthChecker::Mysql { user: "u".into(), password: "p".into(), command: "select 1".into() },
        HealthChecker::None,
    ];
    let cluster = |(number, checker)| {
        let name = ClusterName::parse(&format!("c{number}")).expect("a valid cluster");
        let check_port = 8080;
        (name, ClusterMetadata { checker, check_port, use_instance_port: false, metadata: metadata.clone() })
    };
    let clusters = checkers.into_iter().enumerate().map(cluster).collect();
    ServiceMetadata { protect_threshold: 0.5, clusters, ..ServiceMetadata::new(Lifetime::Persistent) }
}

fn namespaces() -> Vec<NamespaceCommand> {
    let id = |text: &str| NamespaceId::parse(text).expect("a valid id");
    let namespace = |text: &str| Namespace {
        id: id(text),
        name: "Test \u{6D4B}\u{8BD5}".into(),
        desc: "".into(),
        created_at: Timestamp(1_700_000_000_000),
    };
    vec![
        NamespaceCommand::Create(namespace("kept")),
        NamespaceCommand::Create(namespace("gone")),
        NamespaceCommand::Update { id: id("updated"), name: "new".into(), desc: "described".into() },
        NamespaceCommand::Remove { id: id("gone") },
    ]
}
