//! Active health checks as an operator meets them: a whole server, instances that are listeners of this test.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    cell::Cell,
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::server::{Server, wait_for};

fn probing_server() -> Server {
    Server::start(&["navaid.naming.probes.max=8"])
}

impl Server {
    /// Registers a persistent instance of this machine.
    fn register(&self, service: &str, port: u16, cluster: &str) {
        let instance = format!("serviceName={service}&ip=127.0.0.1&port={port}&clusterName={cluster}");
        self.done("POST", &format!("/v1/ns/instance?{instance}&ephemeral=false"));
    }

    /// What the probes of a service found.
    fn probes(&self, query: &str) -> Value {
        let (status, body) = self.ask("GET", &format!("/v3/admin/ns/health/probes?{query}"));
        assert_eq!(status, 200, "{body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["code"], 0, "{body}");
        answer["data"].clone()
    }

    /// The only instance of a service.
    fn probed(&self, service: &str) -> Value {
        self.probes(&format!("serviceName={service}"))["pageItems"][0].clone()
    }

    /// Whether the only instance of a service, in its cluster `c`, is marked healthy, whatever protection shows clients.
    fn is_healthy(&self, service: &str) -> bool {
        let list = format!("/v3/admin/ns/instance/list?serviceName={service}&clusterName=c");
        let (status, body) = self.ask("GET", &list);
        assert_eq!(status, 200, "an instance that fails is never removed: {body}");
        let list: Value = serde_json::from_str(&body).unwrap();
        list["data"][0]["healthy"].as_bool().unwrap()
    }
}

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
fn instance_on_a_closed_port_says_why_it_is_unhealthy_until_it_opens() {
    let (server, (listener, port)) = (probing_server(), listen());
    drop(listener);
    server.register("s", port, "c");
    let registered = Instant::now();
    assert!(server.is_healthy("s"));
    wait_for("mark", || !server.is_healthy("s"));
    assert!(registered.elapsed() < Duration::from_secs(10), "{:?}", registered.elapsed());
    let probed = server.probed("s");
    assert_eq!((&probed["healthy"], &probed["checker"]), (&false.into(), &"TCP".into()), "{probed}");
    let newest = &probed["probes"][0];
    assert_eq!(newest["text"], "connection refused");
    assert_eq!(newest["outcome"], "FAILED_AT_ONCE");
    assert!(newest["time"].as_u64() > Some(1_600_000_000_000), "{newest}");
    let opened = Instant::now();
    let _listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    wait_for("second mark", || server.is_healthy("s"));
    assert!(opened.elapsed() < Duration::from_secs(30), "{:?}", opened.elapsed());
    wait_for("probe", || server.probed("s")["probes"][0]["text"] == "passed");
    assert_eq!(server.probes("serviceName=s&ip=127.0.0.2")["totalCount"], 0);
    assert_eq!(server.probes(&format!("serviceName=s&clusterName=c&port={port}"))["totalCount"], 1);
}

#[test]
fn settings_of_a_cluster_choose_what_is_probed() {
    let (server, (listener, port), (checked, check_port)) = (probing_server(), listen(), listen());
    drop(checked);
    server.register("s", port, "c");
    let cluster = |port: u16, own: bool, checker: &str| {
        let settings = format!("serviceName=s&clusterName=c&checkPort={port}&useInstancePort4Check={own}");
        format!("/v1/ns/cluster?{settings}&healthChecker={checker}")
    };
    server.done("PUT", &cluster(check_port, false, "%7B%22type%22:%22TCP%22%7D"));
    wait_for("mark by the other port", || !server.is_healthy("s"));
    assert_eq!(server.probed("s")["checkPort"], check_port);
    // Replaced as a whole: back to the instance's own port.
    server.done("PUT", &cluster(check_port, true, "%7B%22type%22:%22TCP%22%7D"));
    wait_for("mark by its own port", || server.is_healthy("s"));
    let refused = server
        .ask("PUT", "/v1/ns/health/instance?serviceName=s&clusterName=c&ip=127.0.0.1&port=1&healthy=true");
    let text = "health check is still working, service: DEFAULT_GROUP@@s, cluster: c";
    assert_eq!(refused, (400, text.to_owned()));
    server.done("PUT", &cluster(80, true, "%7B%22type%22:%22NONE%22%7D"));
    wait_for("end of probes", || {
        server.probed("s")["checker"] == "NONE" && server.probed("s")["nextProbeIn"].is_null()
    });
    listener.set_nonblocking(true).unwrap();
    while listener.accept().is_ok() {}
    let health = format!("serviceName=s&clusterName=c&ip=127.0.0.1&port={port}");
    server.done("PUT", &format!("/v1/ns/health/instance?{health}&healthy=false"));
    assert!(!server.is_healthy("s"));
    let probed = server.probed("s");
    assert_eq!(probed["explanation"], "its cluster has no checker: its health is set by hand");
    assert!(listener.accept().is_err(), "nothing comes to an instance without a checker");
}

#[test]
fn switch_freezes_health_and_wrong_settings_are_told() {
    let (server, (listener, port)) = (probing_server(), listen());
    drop(listener);
    server.done("PUT", "/v1/ns/operator/switches?entry=check&value=false");
    server.register("s", port, "c");
    let last = Cell::new(u64::MAX);
    wait_for("turn that passes without a probe", || {
        let next = server.probed("s")["nextProbeIn"].as_u64();
        next.is_some_and(|next| next > last.replace(next))
    });
    assert!(server.is_healthy("s"));
    assert_eq!(server.probed("s")["probes"].as_array().map(Vec::len), Some(0));
    let explanation = server.probes("serviceName=s")["explanation"].clone();
    assert_eq!(explanation, "health checks are switched off (switch healthCheckEnabled)");
    server.done("PUT", "/v1/ns/operator/switches?entry=check&value=true");
    wait_for("mark", || !server.is_healthy("s"));

    let put = |query: &str| server.ask("PUT", &format!("/v1/ns/cluster?{query}"));
    let missing = put("serviceName=s&clusterName=c");
    assert_eq!(missing, (400, "Param 'checkPort' is required.".to_owned()));
    let rest = "clusterName=c&checkPort=80&useInstancePort4Check=true";
    let unknown = put(&format!("serviceName=t&{rest}&healthChecker=%7B%22type%22:%22TCP%22%7D"));
    assert_eq!(unknown, (400, "service not found:DEFAULT_GROUP@@t".to_owned()));
    let mysql = put(&format!("serviceName=s&{rest}&healthChecker=%7B%22type%22:%22MYSQL%22%7D"));
    assert_eq!(mysql.0, 400);
    assert!(mysql.1.contains("'healthChecker': user: missing, MYSQL needs one"), "{mysql:?}");
}

#[test]
fn service_of_ephemeral_instances_says_that_it_is_not_probed() {
    let server = probing_server();
    server.done("POST", "/v1/ns/instance?serviceName=s&ip=127.0.0.1&port=80");
    let answer = server.probes("serviceName=s");
    assert_eq!(answer["totalCount"], 0);
    assert!(answer["explanation"].as_str().unwrap().starts_with("instances of this service are ephemeral"));
    assert_eq!(server.ask("GET", "/v3/admin/ns/health/probes?serviceName=t").0, 404);
}
