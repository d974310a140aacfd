//! Values of instances that a mesh cannot take as they are: one bad instance must not spoil the rest.

use mesh_check::{Instance, run};

use crate::crowd::Crowd;

fn good() -> Instance {
    Instance::new("demo", "10.4.0.1", 8080)
}

#[test]
fn instances_of_several_protocols_answer_on_their_own_port_only() {
    run(async {
        let http = good();
        let grpc = Instance::new("demo", "10.4.0.2", 9090).metadata("protocol", "grpc");
        let dubbo = Instance::new("demo", "10.4.0.3", 20880).metadata("protocol", "dubbo");
        let mut crowd = Crowd::start(&[], &[http, grpc, dubbo]).await?;
        let host = good().host();
        let wanted = [
            format!("{host}|20880|10.4.0.3:20880"),
            format!("{host}|8080|10.4.0.1:8080"),
            format!("{host}|9090|10.4.0.2:9090"),
        ];
        crowd
            .until("each on its own", |view| view.registry.routes().into_iter().eq(wanted.iter().cloned()))
            .await?;
        let protocols = |view: &mesh_check::View| -> Vec<(u32, String)> {
            let ports = &view.registry.0[&host].ports;
            ports.iter().map(|(number, port)| (*number, port.protocol.clone())).collect()
        };
        let known = [(8080, "HTTP"), (9090, "GRPC"), (20880, "TCP")].map(|(n, p)| (n, p.to_owned()));
        for (name, sink) in &crowd.sinks {
            assert_eq!(protocols(&sink.view()), known, "{name}");
        }
        crowd.end()
    });
}

#[test]
fn weights_of_any_size_become_weights_of_the_mesh() {
    run(async {
        let crowd = Crowd::start(&[], &[good().weight("0")]).await?;
        for (number, weight) in (2..).zip(["0.5", "1", "10000", "1000000000", "NaN", "-1", "1e300"]) {
            let instance = Instance::new("demo", &format!("10.4.0.{number}"), 8080).weight(weight);
            // What is no weight may be refused at registration; the mesh is then spared it.
            crowd.bed.register(&instance).await.ok();
        }
        let whole = Instance::new("whole", "10.4.1.1", 8080).weight("100");
        crowd.bed.register(&whole).await?;
        crowd.agree(&whole).await?;
        crowd.agree(&good()).await?;
        crowd.end()
    });
}

#[test]
fn labels_that_are_none_are_left_out() {
    run(async {
        let instance = good()
            .metadata("good", "value")
            .metadata("bad key", "value")
            .metadata("bad-value", "a b")
            .metadata("empty", "")
            .metadata("Capital", "Value")
            .metadata("unicode", "größe")
            .metadata(&"k".repeat(64), "value")
            .metadata("long-value", &"v".repeat(64));
        let mut crowd = Crowd::start(&[], &[instance]).await?;
        crowd.agree(&good()).await?;
        let host = good().host();
        let label = |view: &mesh_check::View, key: &str| {
            let endpoint = view.registry.0.get(&host)?.endpoints().remove("10.4.0.1:8080")?;
            endpoint.labels.get(key).cloned()
        };
        crowd
            .until("the good ones", |view| {
                label(view, "good").as_deref() == Some("value")
                    && label(view, "Capital").as_deref() == Some("Value")
                    && label(view, "cluster").as_deref() == Some("DEFAULT")
                    && label(view, "bad-value").is_none()
            })
            .await?;
        crowd.end()
    });
}

/// istiod takes IPv6, Pilot 1.4 does not; a host name makes its entry one of DNS. Neither takes another service along.
#[test]
fn addresses_of_other_kinds_leave_other_services_alone() {
    run(async {
        let v6 = Instance::new("six", "fd00::1", 8080);
        let named = Instance::new("named", "host.example", 8080);
        let mut crowd = Crowd::start(&[], &[v6.clone(), named.clone(), good()]).await?;
        crowd.agree(&good()).await?;
        let (six, by_name) = (v6.host(), named.host());
        for (name, sink) in &mut crowd.sinks {
            if name.starts_with("Istio") {
                let holds = |view: &mesh_check::View| {
                    let route = |host: &String, address: &str| {
                        view.registry
                            .0
                            .get(host)
                            .is_some_and(|service| service.endpoints().contains_key(address))
                    };
                    route(&six, "fd00::1:8080") && route(&by_name, "host.example:8080")
                };
                sink.until("IPv6 and a host name", holds).await?;
            }
        }
        crowd.end()
    });
}

/// The reference selects every instance when too few are healthy; a mesh that selects none loses the service.
#[test]
fn protection_shows_all_instances() {
    run(async {
        let two = Instance::new("demo", "10.4.0.2", 8080);
        let mut crowd = Crowd::start(&[], &[good(), two.clone()]).await?;
        crowd.bed.unchecked(&good()).await?;
        let threshold =
            [("serviceName", "DEFAULT_GROUP@@demo"), ("namespaceId", "public"), ("protectThreshold", "0.9")];
        crowd.bed.call("PUT", "/nacos/v1/ns/service", &threshold).await?;
        crowd.until("two routes", |view| view.registry.routes().len() == 2).await?;
        crowd.bed.mark(&two, false).await?;
        crowd.bed.register(&Instance::new("later", "10.4.0.3", 8080)).await?;
        // What comes after the mark was told together with it or later.
        crowd.until("the later service", |view| view.registry.routes().len() == 3).await?;
        crowd.agree(&good()).await?;
        crowd.end_without_loss()
    });
}

#[test]
fn locality_comes_from_metadata() {
    run(async {
        let instance =
            good().metadata("region", "north").metadata("zone", "n1").metadata("subzone", "rack-7");
        let mut crowd = Crowd::start(&[], &[instance]).await?;
        let host = good().host();
        crowd
            .until("a locality", |view| {
                let service = view.registry.0.get(&host);
                service.is_some_and(|s| s.endpoints().values().all(|e| e.locality == "north/n1/rack-7"))
            })
            .await?;
        crowd.end()
    });
}
