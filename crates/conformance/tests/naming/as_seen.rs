//! Requests as real clients were seen to send them (`spec/clients-on-the-wire`), where nobody would expect it.

use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::rig::{BEAT, INSTANCE, Rig, SERVICE, Settings, hosts, instance, with_address};

/// As Nacos has it, so that a registration can be refused for it.
const SHORT_METADATA: Settings = &[("nacos.naming.service.metadata.length", "1024")];

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        names_of_dubbo_are_registered_listed_and_pushed,
        addresses_may_be_of_ipv6_and_host_names,
        cluster_in_lower_case_is_another,
        instance_in_the_cluster_none_is_kept_by_beats_without_one,
        empty_cluster_is_the_default_and_empty_values_and_no_weight_are_kept,
        deregistration_of_go_says_nothing_but_where,
        refused_registration_may_be_taken_back with SHORT_METADATA,
        refused_registration_is_told_once_and_in_its_own_type with SHORT_METADATA,
        batch_follows_each_shorter_one_down_to_none,
        registration_that_comes_twice_is_pushed_once,
        two_addresses_of_a_service_are_kept_over_http_and_the_last_one_over_grpc,
        page_nought_and_the_largest_size_show_all_services,
        beat_that_is_not_encoded_is_read_and_changes_no_metadata,
        namespace_may_be_empty_or_public,
    ]
}

/// Dubbo's interface, version and group make a name; the last two may be empty, and a group may have a slash.
async fn names_of_dubbo_are_registered_listed_and_pushed(rig: &Rig) -> Result<()> {
    for name in ["providers:x.Demo::", "providers:x.Demo:1.0.0:grp/a", "providers:x.Outer___Inner:1.0.0:"] {
        let (mut consumer, mut provider) = (rig.sdk().await?, rig.sdk().await?);
        consumer.subscribe(name, "").await?;
        provider.register(name, instance(20880)).await?;
        let pushed = consumer.push_with(|view| hosts(view).len() == 1).await?;
        assert_eq!((&pushed["name"], &pushed["groupName"]), (&json!(name), &json!("DEFAULT_GROUP")));
        assert_eq!(hosts(&consumer.query(name).await?), ["1.1.1.1:20880"]);
        let list = rig.list(&format!("DEFAULT_GROUP@@{name}"), &[]).await?;
        assert_eq!(hosts(&list), ["1.1.1.1:20880"]);
        let id = format!("1.1.1.1#20880#DEFAULT#DEFAULT_GROUP@@{name}");
        assert_eq!(list["hosts"][0]["instanceId"], id);
        let pages = [("pageNo", "1"), ("pageSize", "100")];
        let listed = rig.get("/nacos/v1/ns/service/list", &pages).await?;
        assert!(listed["doms"].as_array().is_some_and(|names| names.contains(&json!(name))), "{listed}");
    }
    Ok(())
}

/// Kratos registers `::1` as it is, Spring a host name where it is told to.
async fn addresses_may_be_of_ipv6_and_host_names(rig: &Rig) -> Result<()> {
    for ip in ["::1", "orders.internal.example"] {
        let address = with_address("http", "1.1.1.1:80", &[]);
        let address: Vec<_> = address.into_iter().map(|(k, v)| (k, if k == "ip" { ip } else { v })).collect();
        assert_eq!(rig.http.call_with_form("POST", INSTANCE, &[], &address).await?.text, "ok");
        let list = rig.list("http", &[]).await?;
        assert_eq!((hosts(&list), &list["hosts"][0]["ip"]), (vec![format!("{ip}:80")], &json!(ip)));
        assert_eq!(list["hosts"][0]["instanceId"], format!("{ip}#80#DEFAULT#DEFAULT_GROUP@@http"));
        let beat = json!({"ip": ip, "port": 80, "serviceName": "DEFAULT_GROUP@@http", "cluster": "DEFAULT"});
        let beat = [("serviceName", "http"), ("beat", &*beat.to_string())];
        assert_eq!(rig.call("PUT", BEAT, &beat).await?.json["code"], 10200);
        rig.done("DELETE", INSTANCE, &address).await?;
        assert_eq!(rig.hosts("http").await?, [""; 0]);

        let mut sdk = rig.sdk().await?;
        let mut named = instance(80);
        named["ip"] = json!(ip);
        sdk.register("grpc", named).await?;
        assert_eq!(hosts(&sdk.query("grpc").await?), [format!("{ip}:80")]);
    }
    Ok(())
}

/// Seata's cluster.
async fn cluster_in_lower_case_is_another(rig: &Rig) -> Result<()> {
    rig.register("SEATA_GROUP@@seata-server", "1.1.1.1:8091", &[("clusterName", "default")]).await?;
    for (clusters, count) in [("default", 1), ("DEFAULT", 0), ("", 1)] {
        let list = rig.list("SEATA_GROUP@@seata-server", &[("clusters", clusters)]).await?;
        assert_eq!((hosts(&list).len(), &list["clusters"]), (count, &json!(clusters)));
    }
    Ok(())
}

/// Python 1.0 writes `None` where no cluster was given, when it registers and only then.
async fn instance_in_the_cluster_none_is_kept_by_beats_without_one(rig: &Rig) -> Result<()> {
    let words = [
        ("clusterName", "None"),
        ("groupName", "DEFAULT_GROUP"),
        ("weight", "1.0"),
        ("enable", "True"),
        ("healthy", "False"),
        ("ephemeral", "True"),
    ];
    rig.register("s", "1.1.1.1:80", &words).await?;
    assert_eq!(rig.hosts("s").await?, ["1.1.1.1:80!"]);
    let beat = json!({"serviceName": "DEFAULT_GROUP@@s", "ip": "1.1.1.1", "port": 80, "weight": 1.0,
        "ephemeral": true});
    let query =
        [("serviceName", "DEFAULT_GROUP@@s"), ("beat", &*beat.to_string()), ("groupName", "DEFAULT_GROUP")];
    assert_eq!(rig.call("PUT", BEAT, &query).await?.json["code"], 10200);
    let list = rig.list("s", &[]).await?;
    assert_eq!((hosts(&list), &list["hosts"][0]["clusterName"]), (vec!["1.1.1.1:80".into()], &json!("None")));
    rig.done("DELETE", INSTANCE, &with_address("s", "1.1.1.1:80", &[])).await?;
    assert_eq!(rig.hosts("s").await?, [""; 0]);
    Ok(())
}

/// Spring Cloud and go-zero leave the cluster empty; Go counts weights in whole numbers and its periods are 0.
async fn empty_cluster_is_the_default_and_empty_values_and_no_weight_are_kept(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    let sent = json!({
        "instanceId": "", "ip": "1.1.1.1", "port": 80, "weight": 0, "healthy": true, "enabled": true,
        "ephemeral": true, "clusterName": "", "serviceName": "",
        "metadata": {"preserved.register.source": "SPRING_CLOUD", "zone": "", "revision": ""},
        "instanceHeartBeatInterval": 0, "ipDeleteTimeout": 0, "instanceHeartBeatTimeOut": 0,
    });
    sdk.register("s", sent).await?;
    let host = &sdk.query("s").await?["hosts"][0];
    assert_eq!((&host["clusterName"], &host["weight"]), (&json!("DEFAULT"), &json!(0.0)));
    assert_eq!(host["instanceId"], "1.1.1.1#80#DEFAULT#DEFAULT_GROUP@@s");
    let metadata = json!({"preserved.register.source": "SPRING_CLOUD", "zone": "", "revision": ""});
    assert_eq!(host["metadata"], metadata);
    let periods = ["instanceHeartBeatInterval", "instanceHeartBeatTimeOut", "ipDeleteTimeout"];
    assert_eq!(periods.map(|key| host[key].as_u64()), [Some(5000), Some(15_000), Some(30_000)]);
    assert_eq!(hosts(&rig.list("s", &[("clusters", "DEFAULT")]).await?), ["1.1.1.1:80"]);
    Ok(())
}

fn of_instance(service: &str, kind: &str, instance: &Value) -> Value {
    json!({
        "requestId": "", "namespace": "public", "serviceName": service, "groupName": "DEFAULT_GROUP",
        "type": kind, "instance": instance,
    })
}

async fn deregistration_of_go_says_nothing_but_where(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    sdk.register("s", instance(80)).await?;
    let nothing = json!({
        "instanceId": "", "ip": "1.1.1.1", "port": 80, "weight": 0, "healthy": false, "enabled": false,
        "ephemeral": true, "clusterName": "", "serviceName": "", "metadata": null,
    });
    let answer = sdk.call("InstanceRequest", &of_instance("s", "deregisterInstance", &nothing)).await?;
    assert_eq!((&*answer.kind, &answer.body["resultCode"]), ("InstanceResponse", &json!(200)));
    assert_eq!(rig.hosts("s").await?, [""; 0]);
    Ok(())
}

/// Java asks every 3 s until it is told that what it gave up is gone, also where that never was there.
async fn refused_registration_may_be_taken_back(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    let mut long = instance(80);
    long["metadata"] = json!({"methods": "m".repeat(1024)});
    assert_eq!(sdk.try_register("s", long.clone()).await?.body["errorCode"], 400);
    let answer = sdk.call("InstanceRequest", &of_instance("s", "deregisterInstance", &long)).await?;
    assert_eq!(answer.body["resultCode"], 200, "{answer:?}");
    // The same with something to take away.
    sdk.register("s", instance(80)).await?;
    sdk.call("InstanceRequest", &of_instance("s", "deregisterInstance", &long)).await?;
    assert_eq!(rig.hosts("s").await?, [""; 0]);
    Ok(())
}

/// An answer of another type than the request's costs Java four requests without a pause, and any refusal is asked for
/// again every 3 s.
async fn refused_registration_is_told_once_and_in_its_own_type(rig: &Rig) -> Result<()> {
    let told = |rig: &Rig| rig.log().matches("refused for the length of its metadata").count();
    let mut long = instance(80);
    long["metadata"] = json!({"methods": "m".repeat(1024)});
    for clients in 1..=2 {
        let mut sdk = rig.sdk().await?;
        for _ in 0..5 {
            let answer = sdk.try_register("s", long.clone()).await?;
            assert_eq!(answer.kind, "InstanceResponse");
            assert_eq!((&answer.body["resultCode"], &answer.body["errorCode"]), (&json!(500), &json!(400)));
        }
        assert_eq!(told(rig), clients, "{}", rig.log());
    }
    assert!(rig.log().contains("DEFAULT_GROUP@@s") && rig.log().contains("1031"), "{}", rig.log());
    Ok(())
}

/// Java takes one of several instances away by registering the others; Go's have no metadata.
async fn batch_follows_each_shorter_one_down_to_none(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    for ports in [&[81, 82, 83][..], &[81, 83], &[83], &[]] {
        let member = |port: &u16| {
            let mut member = instance(*port);
            member["metadata"] = Value::Null;
            member
        };
        let instances: Vec<Value> = ports.iter().map(member).collect();
        let batch = json!({"namespace": "public", "serviceName": "s", "groupName": "DEFAULT_GROUP",
            "type": "batchRegisterInstance", "instances": instances});
        assert_eq!(sdk.call("BatchInstanceRequest", &batch).await?.body["resultCode"], 200);
        let expected: Vec<_> = ports.iter().map(|port| format!("1.1.1.1:{port}")).collect();
        assert_eq!(rig.hosts("s").await?, expected);
    }
    Ok(())
}

/// Go sends its first registration twice within milliseconds, Kitex its first subscription.
async fn registration_that_comes_twice_is_pushed_once(rig: &Rig) -> Result<()> {
    let (mut consumer, mut provider) = (rig.sdk().await?, rig.sdk().await?);
    consumer.subscribe("s", "").await?;
    consumer.subscribe("s", "").await?;
    assert_eq!(hosts(&consumer.push().await?), [""; 0]);
    provider.register("s", instance(80)).await?;
    provider.register("s", instance(80)).await?;
    assert_eq!(hosts(&consumer.push().await?), ["1.1.1.1:80"]);
    assert_eq!(consumer.push_within(Duration::from_secs(2)).await?, None);
    Ok(())
}

/// Kratos registers each endpoint of a scheme, from one process.
async fn two_addresses_of_a_service_are_kept_over_http_and_the_last_one_over_grpc(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    for port in [80, 81] {
        rig.register("app.http", &format!("1.1.1.1:{port}"), &[("weight", "2.5")]).await?;
        sdk.register("app.grpc", instance(port)).await?;
    }
    let list = rig.list("app.http", &[]).await?;
    assert_eq!((hosts(&list).len(), &list["hosts"][0]["weight"]), (2, &json!(2.5)));
    assert_eq!(rig.hosts("app.grpc").await?, ["1.1.1.1:81"]);
    Ok(())
}

/// Dubbo asks so when a consumer stops, Spring for its list of services.
async fn page_nought_and_the_largest_size_show_all_services(rig: &Rig) -> Result<()> {
    for name in ["a", "b", "c"] {
        rig.done("POST", SERVICE, &[("serviceName", name)]).await?;
    }
    let mut sdk = rig.sdk().await?;
    let largest = i32::MAX;
    for page in [0, 1] {
        let asked = json!({"namespace": "public", "groupName": "DEFAULT_GROUP", "serviceName": null,
            "pageNo": page, "pageSize": largest, "selector": ""});
        let answer = sdk.call("ServiceListRequest", &asked).await?.body;
        assert_eq!((&answer["count"], &answer["serviceNames"]), (&json!(3), &json!(["a", "b", "c"])));
        let asked = [("pageNo", &*page.to_string()), ("pageSize", &*largest.to_string())];
        let listed = rig.get("/nacos/v1/ns/service/list", &asked).await?;
        assert_eq!(listed, json!({"count": 3, "doms": ["a", "b", "c"]}));
    }
    Ok(())
}

/// (!) Kratos does not encode the form of its beats: signs, blanks and percent signs are bare.
async fn beat_that_is_not_encoded_is_read_and_changes_no_metadata(rig: &Rig) -> Result<()> {
    let metadata = json!({"sum": "1+2%41", "share": "100%", "both": "x&y"});
    let form = [("metadata", &*metadata.to_string())];
    let query = with_address("app.grpc", "1.1.1.1:80", &[("healthy", "false")]);
    assert_eq!(rig.http.call_with_form("POST", INSTANCE, &query, &form).await?.text, "ok");
    let beat = async |port: u16| {
        let form = format!(
            "serviceName=DEFAULT_GROUP@@app.grpc&beat={{\"ip\":\"1.1.1.1\",\"port\":{port},\"weight\":100,\
             \"serviceName\":\"DEFAULT_GROUP@@app.grpc\",\"cluster\":\"DEFAULT\",\"metadata\":\
             {{\"sum\":\"1+2%41\",\"share\":\"100%\",\"both\":\"x\\u0026y\"}},\"scheduled\":false,\"period\":5000000000}}"
        );
        rig.http.call_with_bare_form("PUT", BEAT, &form).await
    };
    for port in [80, 81] {
        let answer = beat(port).await?;
        assert_eq!((answer.status, &answer.json["code"]), (200, &json!(10200)), "{answer:?}");
    }
    let list = rig.list("app.grpc", &[]).await?;
    assert_eq!(hosts(&list), ["1.1.1.1:80", "1.1.1.1:81"]);
    assert_eq!(list["hosts"][0]["metadata"], metadata);
    // One that was not known comes as it can be read.
    let read = json!({"sum": "1 2A", "share": "100%", "both": "x&y"});
    assert_eq!(list["hosts"][1]["metadata"], read);
    Ok(())
}

/// Python names no namespace in some of its requests and `public` in others.
async fn namespace_may_be_empty_or_public(rig: &Rig) -> Result<()> {
    let mut sdk = rig.sdk().await?;
    let mut register = of_instance("s", "registerInstance", &instance(80));
    register["namespace"] = json!("");
    assert_eq!(sdk.call("InstanceRequest", &register).await?.body["resultCode"], 200);
    assert_eq!(hosts(&sdk.query("s").await?), ["1.1.1.1:80"]);
    for namespace in ["", "public"] {
        let asked =
            json!({"namespace": namespace, "groupName": "DEFAULT_GROUP", "pageNo": 1, "pageSize": 10});
        let answer = sdk.call("ServiceListRequest", &asked).await?.body;
        assert_eq!(answer["serviceNames"], json!(["s"]));
    }
    Ok(())
}
