//! What a running server tells of itself: metrics, counts and the journal, as programs ask for them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::server::Server;

impl Server {
    /// The body of an answer, which must be a 200.
    fn call(&self, method: &str, path: &str) -> String {
        let (status, body) = self.ask(method, path);
        assert_eq!(status, 200, "{method} {path}: {body}");
        body
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.call("GET", path)).expect("it is JSON")
    }

    fn register_ephemeral(&self, service: &str, port: u16) {
        self.done("POST", &format!("/v1/ns/instance?serviceName={service}&ip=1.1.1.1&port={port}"));
    }
}

/// The samples of a page, by name and labels as written. Strict: every line is a comment or a sample.
fn samples(page: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    for line in page.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            assert!(comment.starts_with("HELP ") || comment.starts_with("TYPE "), "{line}");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value in {line}"));
        let name = series.split('{').next().unwrap_or_default();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(!name.is_empty() && name.chars().all(is_word), "{line}");
        assert!(!name.starts_with(|c: char| c.is_ascii_digit()), "{line}");
        if let Some(labels) = series.strip_prefix(name).filter(|labels| !labels.is_empty()) {
            let labels = labels.strip_prefix('{').and_then(|labels| labels.strip_suffix('}'));
            for label in labels.unwrap_or_else(|| panic!("open labels in {line}")).split("\",") {
                let (name, value) = label.split_once("=\"").unwrap_or_else(|| panic!("bad label in {line}"));
                assert!(name.chars().all(is_word) && !value.contains('\n'), "{line}");
            }
        }
        let value = value.parse().unwrap_or_else(|_| panic!("no number in {line}"));
        assert!(samples.insert(series.to_owned(), value).is_none(), "{line} is there twice");
    }
    samples
}

/// `spec/naming-semantics` §20.130.
#[test]
fn metrics_page_counts_the_published_instances() {
    let server = Server::start(&[]);
    for (service, port) in [("a", 1), ("a", 2), ("b", 1)] {
        server.register_ephemeral(service, port);
    }
    let samples = samples(&server.call("GET", "/actuator/prometheus"));
    let monitor = |name: &str| samples[&format!("nacos_monitor{{module=\"naming\",name=\"{name}\"}}")];
    assert_eq!((monitor("ipCount"), monitor("serviceCount")), (3.0, 2.0));
    assert_eq!(samples["service_change_count{service=\"public##DEFAULT_GROUP@@a\"}"], 3.0);
    assert!(samples["navaid_http_answers_total{code=\"200\"}"] >= 3.0);
    assert!(samples["navaid_connections_open"] >= 1.0);
}

/// `spec/naming-semantics` §20.119.
#[test]
fn operator_metrics_add_up_and_measure_the_machine() {
    let server = Server::start(&[]);
    assert_eq!(server.call("GET", "/v1/ns/operator/metrics"), r#"{"status":"UP"}"#);
    server.register_ephemeral("a", 1);
    server.call("POST", "/v1/ns/instance?serviceName=p&ip=1.1.1.1&port=1&ephemeral=false");
    let metrics = server.json("/v1/ns/operator/metrics?onlyStatus=false");
    let count = |name: &str| metrics[name].as_u64().unwrap_or_else(|| panic!("no {name} in {metrics}"));
    let kinds = ["connectionBased", "ephemeralIpPort", "persistentIpPort"]
        .map(|kind| count(&format!("{kind}ClientCount")));
    assert_eq!((kinds, count("clientCount")), ([0, 1, 1], 2), "{metrics}");
    if cfg!(target_os = "linux") {
        let figure = |name: &str| metrics[name].as_f64().unwrap_or_else(|| panic!("no {name} in {metrics}"));
        assert!(figure("load") >= 0.0 && (0.0..=1.0).contains(&figure("mem")), "{metrics}");
        // It takes a second to measure.
        assert!(figure("cpu") == -1.0 || (0.0..=1.0).contains(&figure("cpu")), "{metrics}");
    }
}

#[test]
fn journal_tells_what_happened_newest_first() {
    let server = Server::start(&[]);
    server.register_ephemeral("a", 1);
    server.register_ephemeral("b", 2);
    assert_eq!(server.call("DELETE", "/v1/ns/instance?serviceName=a&ip=1.1.1.1&port=1"), "ok");
    let page = server.json("/v3/admin/ns/trace?pageSize=2");
    let told = |page: &Value| -> Vec<String> {
        let events = page["data"]["events"].as_array().unwrap_or_else(|| panic!("no events in {page}"));
        let told = |event: &Value| format!("{} {}", event["type"], event["serviceName"]).replace('"', "");
        events.iter().map(told).collect()
    };
    assert_eq!(told(&page), ["DEREGISTER_INSTANCE a", "REGISTER_INSTANCE b"]);
    assert_eq!(page["data"]["events"][0]["reason"], "REQUEST");
    let rest = server.json(&format!("/v3/admin/ns/trace?cursor={}", page["data"]["nextCursor"]));
    assert_eq!(
        (told(&rest), &rest["data"]["nextCursor"]),
        (vec!["REGISTER_INSTANCE a".to_owned()], &Value::Null)
    );
    let of_b = server.json("/v3/admin/ns/trace?serviceName=b&type=REGISTER_INSTANCE&ip=1.1.1.1");
    assert_eq!(told(&of_b), ["REGISTER_INSTANCE b"]);
}
