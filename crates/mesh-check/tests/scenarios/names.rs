//! Names that the mesh cannot say as they are.

use mesh_check::{Instance, run};

use crate::crowd::Crowd;

/// Names that services do have, and some that nobody should give them.
const ODD: [&str; 9] = [
    "providers:com.example.Greeter:1.0:",
    "com.example.Greeter_Impl",
    "with_underscores_",
    "UPPER.Case",
    "-ends-with-dashes-",
    "a..b",
    "a:b",
    "a_b",
    "a-b",
];

#[test]
fn odd_names_are_rewritten_each_to_its_own() {
    run(async {
        let long = "x".repeat(120);
        let names = ODD.into_iter().chain([long.as_str()]);
        let instances: Vec<Instance> = names
            .zip(1..)
            .map(|(name, number)| Instance::new(name, &format!("10.2.0.{number}"), 8080))
            .collect();
        let plain = Instance::new("plain", "10.2.1.1", 8080);
        let mut crowd = Crowd::start(&[], &instances).await?;
        crowd.bed.register(&plain).await?;
        for instance in instances.iter().chain([&plain]) {
            crowd.agree(instance).await?;
        }
        // No two fell together.
        let hosts = instances.len() + 1;
        crowd.until("a host for each", |view| view.registry.0.len() == hosts).await?;
        crowd.end_without_loss()
    });
}

#[test]
fn groups_and_namespaces_are_kept_apart() {
    run(async {
        let instances = [
            Instance::new("demo", "10.3.0.1", 8080),
            Instance::new("demo", "10.3.0.2", 8080).group("ORDERS_1"),
            Instance::new("demo", "10.3.0.3", 8080).group("orders"),
            Instance::new("demo", "10.3.0.4", 8080).namespace("dev"),
            Instance::new("demo", "10.3.0.5", 8080).namespace("prod"),
        ];
        let mut crowd = Crowd::start(&[], &instances).await?;
        for instance in &instances {
            crowd.agree(instance).await?;
        }
        crowd.until("five hosts", |view| view.registry.0.len() == 5).await?;
        let namespaces = |view: &mesh_check::View| {
            let mut named: Vec<_> =
                view.entries.keys().filter_map(|name| name.split('/').next()).map(str::to_owned).collect();
            named.dedup();
            named
        };
        for (name, sink) in &crowd.sinks {
            assert_eq!(namespaces(&sink.view()), ["dev", "prod", "public"], "{name}");
        }
        crowd.end_without_loss()
    });
}

#[test]
fn only_the_namespaces_that_are_asked_for_are_shown() {
    run(async {
        let shown = Instance::new("demo", "10.3.0.4", 8080).namespace("dev");
        let hidden = Instance::new("demo", "10.3.0.1", 8080);
        let settings = [("navaid.mesh.namespaces", "dev")];
        let mut crowd = Crowd::start(&settings, &[hidden, shown.clone()]).await?;
        crowd.agree(&shown).await?;
        crowd.until("one host", |view| view.registry.0.len() == 1).await?;
        crowd.end_without_loss()
    });
}

#[test]
fn several_host_names_lead_to_the_same_instances() {
    run(async {
        let instance = Instance::new("demo", "10.3.0.1", 8080).metadata("istio.hostname", "shop");
        let mut crowd = Crowd::start(&[], &[instance]).await?;
        crowd.until("the name that was asked for", |view| view.registry.0.contains_key("shop.nacos")).await?;
        crowd.end()
    });
}
