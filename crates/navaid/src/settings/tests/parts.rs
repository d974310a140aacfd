//! Settings of the labels and of the mesh.

use super::*;

#[test]
fn labels_come_from_a_file_or_an_endpoint_or_not_at_all() {
    let labels = |start: Start| start.settings().labels;
    assert_eq!(labels(Start::new()), None);
    let file = labels(Start::new().set("navaid.naming.labels.file", "l.yaml")).expect("they are set");
    assert_eq!((file.origin, file.size_max), (LabelOrigin::File("l.yaml".into()), 4 << 20));
    let start = Start::new()
        .main_file("navaid.naming.labels.url=http://cmdb:81/l\nnavaid.naming.labels.interval=1m")
        .variable("NAVAID_NAMING_LABELS_TOKEN", "t0ken");
    let Some(LabelOrigin::Http(http)) = labels(start).map(|labels| labels.origin) else {
        panic!("no endpoint")
    };
    assert_eq!((http.interval, http.timeout), (Duration::from_secs(60), Duration::from_secs(3)));
    assert_eq!(http.url.as_uri().to_string(), "http://cmdb:81/l");
    assert!(http.token.is_some());
}

#[test]
fn labels_from_two_places_are_refused() {
    let start =
        Start::new().main_file("navaid.naming.labels.file=l.yaml\nnavaid.naming.labels.url=http://cmdb/l");
    start.refused_with(&[
        "navaid.naming.labels.url",
        "application.properties:2",
        "navaid.naming.labels.file, not both",
    ]);
}

#[test]
fn label_endpoint_with_tls_or_credentials_is_refused_and_not_shown() {
    for url in ["https://cmdb/l", "http://user:hunter2@cmdb/l"] {
        let start = Start::new().set("navaid.naming.labels.url", url);
        start.refused_with(&["navaid.naming.labels.url", "https is not available yet"]);
        assert!(!start.mistakes()[0].contains("hunter2"));
    }
    let start = Start::new()
        .set("navaid.naming.labels.token", "hunter2")
        .set("navaid.naming.labels.url", "http://cmdb/l?key=hunter2");
    let listed = start.loaded().effective.to_string();
    assert!(listed.contains("navaid.naming.labels.token = ***") && !listed.contains("hunter2"), "{listed}");
}

#[test]
fn mesh_port_is_closed_unless_the_first_switch_is_on_and_the_second_not_off() {
    let is_open = |lines: &str| Start::new().main_file(lines).settings().mesh.is_some();
    assert!(!is_open(""));
    assert!(is_open("nacos.istio.mcp.server.enabled=true"));
    assert!(is_open("nacos.istio.mcp.server.enabled=true\nnacos.extension.naming.istio.enabled=true"));
    assert!(!is_open("nacos.istio.mcp.server.enabled=true\nnacos.extension.naming.istio.enabled=false"));
    assert!(!is_open("nacos.extension.naming.istio.enabled=true"));
}

#[test]
fn mesh_settings_of_every_generation_are_read() {
    let mesh = |lines: &str| {
        let start = Start::new().main_file(&format!("nacos.istio.mcp.server.enabled=true\n{lines}"));
        start.settings().mesh.unwrap()
    };
    let plain = mesh("");
    assert_eq!((plain.port, &*plain.edge.translation.suffix), (18848, "nacos"));
    assert_eq!(plain.edge.timing.quiet_max, Duration::from_secs(5));
    // Nacos 2 has one pace, Nacos 3 two; the latter count.
    let second = mesh("nacos.istio.mcp.push.interval=3000");
    assert_eq!(second.edge.timing.quiet_max, Duration::from_secs(3));
    let both = mesh(
        "nacos.istio.mcp.push.interval=3000\nnacos.istio.debounce.max=700\nnacos.istio.debounce.after=5",
    );
    assert_eq!(both.edge.timing.quiet_max, Duration::from_millis(700));
    assert_eq!(both.edge.timing.quiet, Duration::from_millis(5));
    let shown = mesh("navaid.mesh.namespaces=a, b\nnacos.istio.domain.suffix=.svc.example");
    assert_eq!(shown.edge.translation.namespaces.len(), 2);
    assert_eq!(&*shown.edge.translation.suffix, "svc.example");
}

#[test]
fn mesh_certificate_without_its_key_is_refused_and_its_token_not_shown() {
    for (alone, other) in [("certificate", "key"), ("key", "certificate"), ("client-ca", "certificate")] {
        let start = Start::new().main_file(&format!("navaid.mesh.tls.{alone}=x.pem"));
        start.refused_with(&[&format!("navaid.mesh.tls.{alone}"), &format!("navaid.mesh.tls.{other}")]);
    }
    Start::new().set("nacos.istio.domain.suffix", "a_b").refused_with(&["nacos.istio.domain.suffix"]);
    let listed = Start::new().set("navaid.mesh.token", "hunter2").loaded().effective.to_string();
    assert!(listed.contains("navaid.mesh.token = ***") && !listed.contains("hunter2"), "{listed}");
}
