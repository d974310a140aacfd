use std::time::Duration;

use navaid_core::{
    ClientId, ClusterName, Endpoint, GroupName, Instance, InstanceId, Lifetime, Metadata, NamespaceId,
    ServiceKey, ServiceName,
};

use super::*;
use crate::{push_tally::Delivery, testbed::Testbed};

/// Registers instances of a service by their ports.
fn register(testbed: &Testbed, service: &str, ports: std::ops::Range<u16>) {
    let name = ServiceName::parse(service).unwrap();
    let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
    for port in ports {
        let endpoint = Endpoint { ip: "1.1.1.1".into(), port };
        let instance = Instance {
            endpoint: endpoint.clone(),
            cluster: ClusterName::default(),
            weight: 1.0,
            enabled: true,
            healthy: true,
            metadata: Metadata::default(),
            id: InstanceId::Simple,
        };
        let client = ClientId::Address(endpoint, Lifetime::Ephemeral);
        testbed.node.naming.register(&client, &key, instance, testbed.node.clock.now()).unwrap();
    }
}

fn page_of(testbed: &Testbed) -> String {
    page(&testbed.call("", &[]), Format::Text)
}

/// The line that begins so.
fn line<'p>(page: &'p str, start: &str) -> &'p str {
    page.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no {start} in {page}"))
}

#[tokio::test]
async fn nacos_names_tell_what_there_is() {
    let testbed = Testbed::start();
    register(&testbed, "a", 1..3);
    register(&testbed, "b\"\\", 1..2);
    let page = page_of(&testbed);
    for expected in [
        r#"nacos_monitor{module="naming",name="ipCount"} 3.0"#,
        r#"nacos_monitor{module="naming",name="serviceCount"} 2.0"#,
        r#"nacos_monitor{module="naming",name="avgPushCost"} -1.0"#,
        r#"nacos_monitor{module="config",name="configCount"} 0.0"#,
        r#"nacos_monitor{module="core",name="longConnection"} 0.0"#,
        r#"nacos_naming_publisher{version="v1"} 3.0"#,
        r#"nacos_naming_publisher{version="v2"} 0.0"#,
        r#"nacos_exception_total{module="naming",name="disk"} 0"#,
        r#"service_change_count{service="public##DEFAULT_GROUP@@a"} 3.0"#,
        r#"service_change_count{service="public##DEFAULT_GROUP@@b\"\\"} 2.0"#,
        "navaid_config_notices_repeated_total 0",
        r#"navaid_naming_journal_events{ring="changes"} 3.0"#,
        r#"navaid_config_turns{kind="imports"} 0.0"#,
        r#"navaid_config_refusals_total{limit="quota"} 0"#,
        r#"navaid_naming_refusals_total{limit="instances per client"} 0"#,
    ] {
        assert_eq!(line(&page, expected), expected);
    }
}

#[tokio::test]
async fn pushes_are_told_with_their_delay() {
    let testbed = Testbed::start();
    let (tally, now) = (&testbed.node.push_tally, testbed.node.clock.now());
    tally.sent(true, now);
    let (network, total) = (Duration::from_millis(4), Duration::from_millis(700));
    tally.acknowledged(&Delivery { selection: (), network, total }, now);
    let page = page_of(&testbed);
    for expected in [
        r#"nacos_monitor{module="naming",name="totalPush"} 1.0"#,
        r#"nacos_monitor{module="naming",name="emptyPush"} 1.0"#,
        r#"nacos_monitor{module="naming",name="maxPushCost"} 4.0"#,
        r#"navaid_push_delay_seconds_bucket{le="0.5"} 0"#,
        r#"navaid_push_delay_seconds_bucket{le="1.0"} 1"#,
        "navaid_push_delay_seconds_count 1",
    ] {
        assert_eq!(line(&page, expected), expected);
    }
}

#[tokio::test]
async fn page_is_written_as_it_is_asked_for() {
    let testbed = Testbed::start();
    let call = testbed.call("", &[]);
    assert!(page(&call, Format::OpenMetrics).ends_with("# EOF\n"));
    let text = page(&call, Format::Text);
    assert!(!text.contains("# EOF"));
    let names: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let unique: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(names.len(), unique.len(), "each family is described once");
}
