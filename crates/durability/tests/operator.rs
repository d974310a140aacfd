//! What operators set outlives the server: switches, and what wins over what clients publish. And what one client may
//! hold is limited, by settings that the refusal names.

use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};
use conformance::{Ports, Server, binary};
use durability::{GrpcClient, HttpClient, Pairs};
use hyper::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const SWITCHES: &str = "/nacos/v1/ns/operator/switches";
const INSTANCE: &str = "/nacos/v1/ns/instance";
const OVERRIDE: &str = "/nacos/v3/admin/ns/instance/override";
const ONE: &Pairs<'static> = &[("serviceName", "orders"), ("ip", "10.0.0.1"), ("port", "80")];

/// Tests of one process run at once.
static PORTS: LazyLock<Ports> = LazyLock::new(Ports::default);

fn check(settings: &[(&str, &str)], story: impl AsyncFnOnce(&mut Server) -> Result<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let told = runtime.expect("a runtime of one thread").block_on(async {
        let mut server = Server::start_with(&binary()?, &PORTS, settings).await?;
        let told = story(&mut server).await;
        let faults = server.faults();
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        told.with_context(|| server.log_tail())
    });
    told.unwrap_or_else(|error| panic!("{error:?}"));
}

async fn restart(server: &mut Server) -> Result<HttpClient> {
    server.kill()?;
    server.relaunch()?;
    server.until_ready().await?;
    HttpClient::connect(server.target().port).await
}

/// Calls with the parameters of [`ONE`] and more.
async fn call_one(http: &mut HttpClient, method: Method, path: &str, more: &Pairs<'_>) -> Result<Value> {
    let answer = http.call(method, path, &[ONE, more].concat()).await?.success()?;
    Ok(answer.json().unwrap_or(Value::String(answer.body)))
}

/// What a list shows of the one instance; null if it shows none.
async fn listed(http: &mut HttpClient) -> Result<Value> {
    let path = "/nacos/v1/ns/instance/list";
    let list = http.call(Method::GET, path, &[("serviceName", "orders")]).await?.success()?.json()?;
    Ok(list["hosts"][0].clone())
}

#[test]
fn a_switch_outlives_the_server_unless_it_was_set_for_a_look() {
    check(&[], async |server| {
        let mut http = HttpClient::connect(server.target().port).await?;
        for (entry, value, debug) in [
            ("healthCheckTimes", "7", "false"),
            ("clientBeatInterval", "6000", "true"),
            ("pushVersion", "go:2.0.0", ""),
        ] {
            let set = [("entry", entry), ("value", value), ("debug", debug)];
            http.call(Method::PUT, SWITCHES, &set).await?.success()?;
        }
        let shown = http.call(Method::GET, SWITCHES, &[]).await?.json()?;
        ensure!((&shown["checkTimes"], &shown["clientBeatInterval"]) == (&json!(7), &json!(6000)), "{shown}");
        let mut http = restart(server).await?;
        let shown = http.call(Method::GET, SWITCHES, &[]).await?.json()?;
        ensure!(shown["checkTimes"] == 7 && shown["pushGoVersion"] == "2.0.0", "{shown}");
        ensure!(shown["clientBeatInterval"] == 5000, "{shown}");
        Ok(())
    });
}

#[test]
fn an_override_outlives_the_server_and_waits_for_its_instance() {
    check(&[], async |server| {
        let mut http = HttpClient::connect(server.target().port).await?;
        call_one(&mut http, Method::POST, INSTANCE, &[("weight", "3"), ("metadata", "a=1")]).await?;
        call_one(&mut http, Method::PUT, INSTANCE, &[("weight", "7"), ("metadata", "b=2")]).await?;
        let mut http = restart(server).await?;
        ensure!(listed(&mut http).await?.is_null(), "its client has not come back");
        call_one(&mut http, Method::POST, INSTANCE, &[("weight", "3"), ("metadata", "a=1")]).await?;
        let shown = listed(&mut http).await?;
        ensure!(shown["weight"] == 7.0 && shown["metadata"] == json!({"a": "1", "b": "2"}), "{shown}");

        let source = call_one(&mut http, Method::GET, OVERRIDE, &[]).await?;
        ensure!(source["data"]["override"]["weight"] == 7.0, "{source}");
        ensure!(source["data"]["published"]["weight"] == 3.0, "{source}");
        call_one(&mut http, Method::DELETE, OVERRIDE, &[]).await?;
        let shown = listed(&mut http).await?;
        ensure!(shown["weight"] == 3.0 && shown["metadata"] == json!({"a": "1"}), "{shown}");
        let gone = http.call(Method::GET, OVERRIDE, ONE).await?;
        ensure!(gone.status == 404 && gone.body.contains("10.0.0.1:80"), "{gone:?}");
        let mut http = restart(server).await?;
        call_one(&mut http, Method::POST, INSTANCE, &[("weight", "3")]).await?;
        ensure!(listed(&mut http).await?["weight"] == 3.0, "what was cleared stays so");
        Ok(())
    });
}

#[test]
fn racing_changes_of_one_instance_all_count_and_outlive_the_server() {
    check(&[], async |server| {
        let port = server.target().port;
        let mut http = HttpClient::connect(port).await?;
        call_one(&mut http, Method::POST, INSTANCE, &[("weight", "50")]).await?;
        let mut racing = JoinSet::new();
        for number in 0..20 {
            racing.spawn(async move {
                let mut http = HttpClient::connect(port).await?;
                let metadata = format!(r#"{{"k{number}":"v"}}"#);
                let change = [("serviceName", "DEFAULT_GROUP@@orders"), ("metadata", &metadata)];
                let path = "/nacos/v1/ns/instance/metadata/batch";
                http.call(Method::PUT, path, &change).await?.success()
            });
        }
        while let Some(changed) = racing.join_next().await {
            changed??;
        }
        let shown = listed(&mut http).await?;
        ensure!(shown["metadata"].as_object().is_some_and(|all| all.len() == 20), "{shown}");
        let mut http = restart(server).await?;
        call_one(&mut http, Method::POST, INSTANCE, &[("weight", "50")]).await?;
        let again = listed(&mut http).await?;
        ensure!(again["metadata"] == shown["metadata"] && again["weight"] == 50.0, "{again}");
        Ok(())
    });
}

fn registration(number: usize) -> Value {
    json!({
        "namespace": "public", "groupName": "DEFAULT_GROUP", "serviceName": format!("s{number}"),
        "type": "registerInstance",
        "instance": {"ip": "10.0.0.1", "port": 80, "weight": 1.0, "healthy": true, "enabled": true, "ephemeral": true},
    })
}

fn subscription(number: usize) -> Value {
    json!({
        "namespace": "public", "groupName": "DEFAULT_GROUP", "serviceName": format!("s{number}"), "clusters": "",
        "subscribe": true,
    })
}

#[test]
fn a_client_that_holds_too_much_is_told_the_limit_and_others_do_not_notice() {
    let instances = "navaid.naming.client.max-instances";
    let subscriptions = "navaid.naming.client.max-subscriptions";
    check(&[(instances, "5"), (subscriptions, "4")], async |server| {
        let port = server.target().port;
        let (mut greedy, _pushes) = GrpcClient::register(port, "naming").await?;
        let (mut other, _other_pushes) = GrpcClient::register(port, "naming").await?;
        for (kind, max, key, body) in [
            ("InstanceRequest", 5, instances, registration as fn(usize) -> Value),
            ("SubscribeServiceRequest", 4, subscriptions, subscription),
        ] {
            for number in 0..max {
                greedy.call(kind, &body(number)).await?.success()?;
            }
            let refused = greedy.call(kind, &body(max)).await?;
            let told = refused.body["message"].as_str().unwrap_or_default();
            ensure!(told.contains(&format!("is {max} (setting {key})")), "{refused:?}");
            // What it holds may be renewed, and others hold as much of their own.
            greedy.call(kind, &body(0)).await?.success()?;
            other.call(kind, &body(max)).await?.success()?;
        }
        Ok(())
    });
}

#[test]
fn watches_by_pattern_are_limited_as_the_settings_say() {
    let patterns = "nacos.naming.fuzzy.watch.max.pattern.count";
    let matches = "nacos.naming.fuzzy.watch.max.pattern.match.service.count";
    check(&[(patterns, "2"), (matches, "3")], async |server| {
        let (mut client, _pushes) = GrpcClient::register(server.target().port, "naming").await?;
        for number in 0..4 {
            client.call("InstanceRequest", &registration(number)).await?.success()?;
        }
        let watch = |pattern: &str| {
            let body = json!({"groupKeyPattern": format!("public>>DEFAULT_GROUP>>{pattern}"), "watchType": "WATCH",
                "initializing": true, "receivedGroupKeys": []});
            ("NamingFuzzyWatchRequest", body)
        };
        for (pattern, code) in [("none*", 0), ("s*", 50311), ("third*", 50310), ("none*", 0)] {
            let (kind, body) = watch(pattern);
            let answer = client.call(kind, &body).await?;
            ensure!(answer.body["errorCode"].as_u64().unwrap_or(0) == code, "{pattern}: {answer:?}");
        }
        Ok(())
    });
}

/// Each is refused with 400 in words that name what is wrong.
#[test]
fn bad_values_are_refused_by_name_and_change_nothing() {
    check(&[("nacos.naming.service.metadata.length", "1024")], async |server| {
        let mut http = HttpClient::connect(server.target().port).await?;
        let long = format!("k={}", "x".repeat(1024));
        let service = "/nacos/v1/ns/service";
        for (path, given, told) in [
            (service, [("serviceName", "t"), ("protectThreshold", "NaN")], "'protectThreshold'"),
            (service, [("serviceName", "t"), ("protectThreshold", "1.5")], "'protectThreshold'"),
            (service, [("serviceName", "t"), ("protectThreshold", "-inf")], "'protectThreshold'"),
            (
                "/nacos/v2/ns/service",
                [("serviceName", "t"), ("protectThreshold", "inf")],
                "'protectThreshold'",
            ),
            (
                "/nacos/v2/ns/service",
                [("serviceName", "t"), ("protectThreshold", "much")],
                "'protectThreshold'",
            ),
            (INSTANCE, [("ip", "10.0.0.1#80"), ("port", "1")], "Param 'ip' is illegal"),
            (INSTANCE, [("ip", "10.0.0.1\0"), ("port", "1")], "Param 'ip' is illegal"),
            (INSTANCE, [("ip", "10.0.0.1\u{1b}"), ("port", "1")], "Param 'ip' is illegal"),
            (INSTANCE, [("weight", "NaN"), ("port", "1")], "The weights range"),
            (INSTANCE, [("metadata", &long), ("port", "1")], "nacos.naming.service.metadata.length is 1024"),
            (
                "/nacos/v3/admin/ns/instance",
                [("metadata", "preserved.instance.id.generator=uuid"), ("port", "1")],
                "there are simple, snowflake",
            ),
        ] {
            let defaults = [("serviceName", "u"), ("ip", "10.0.0.2")];
            let answer = http.call(Method::POST, path, &[&given[..], &defaults].concat()).await?;
            ensure!(answer.status == 400 && answer.body.contains(told), "{path} {given:?}: {answer:?}");
        }
        for (entry, value) in [("overriddenServerStatus", "SIDEWAYS"), ("distroThreshold", "NaN")] {
            let answer = http.call(Method::PUT, SWITCHES, &[("entry", entry), ("value", value)]).await?;
            ensure!(answer.status == 400, "{entry}: {answer:?}");
        }
        let list = [("pageNo", "1"), ("pageSize", "10")];
        let left = http.call(Method::GET, "/nacos/v1/ns/service/list", &list).await?.json()?;
        ensure!(left["count"] == 0, "{left}");
        Ok(())
    });
}

#[test]
fn a_weight_that_json_cannot_show_reaches_nobody() {
    check(&[], async |server| {
        let (mut client, _pushes) = GrpcClient::register(server.target().port, "naming").await?;
        let mut body = registration(0);
        for weight in ["NaN", "Infinity", "-inf", "1e999"] {
            body["instance"]["weight"] = json!(weight);
            let refused = client.call("InstanceRequest", &body).await?;
            ensure!(!refused.is_success(), "{weight}: {refused:?}");
        }
        body["instance"]["weight"] = json!(-3);
        client.call("InstanceRequest", &body).await?.success()?;
        let query = json!({"namespace": "public", "groupName": "DEFAULT_GROUP", "serviceName": "s0", "cluster": "",
            "healthyOnly": false, "udpPort": 0});
        let seen = client.call("ServiceQueryRequest", &query).await?.success()?;
        ensure!(seen.body["serviceInfo"]["hosts"][0]["weight"] == -3.0, "{seen:?}");
        Ok(())
    });
}

#[test]
fn a_generator_of_ids_is_defined_by_a_setting() {
    let text = "ticket={service}/{ip}:{port}, order={cluster}-{sequence}";
    check(&[("navaid.naming.instance-id.generators", text)], async |server| {
        let mut http = HttpClient::connect(server.target().port).await?;
        for (generator, fits) in [
            ("ticket", (|id| id == "orders/10.0.0.1:80") as fn(&str) -> bool),
            ("order", |id| id.strip_prefix("DEFAULT-").is_some_and(|number| number.parse::<u64>().is_ok())),
            ("snowflake", |id| id.ends_with("#DEFAULT#DEFAULT_GROUP@@orders")),
            ("simple", |id| id == "10.0.0.1#80#DEFAULT#DEFAULT_GROUP@@orders"),
        ] {
            let metadata = format!("preserved.instance.id.generator={generator}");
            call_one(&mut http, Method::POST, INSTANCE, &[("metadata", &metadata)]).await?;
            let shown = listed(&mut http).await?;
            ensure!(shown["instanceId"].as_str().is_some_and(fits), "{generator}: {shown}");
        }
        Ok(())
    });
}
