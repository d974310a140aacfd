//! Dubbo: providers and consumers in processes of their own.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::Scenario;
use super::scene::Scene;
use crate::maven::Project;

pub(super) const SCENARIOS: &[Scenario] = &[Scenario {
    name: "dubbo-interface",
    project: Project { folder: "dubbo", profile: None },
    settings: &["navaid.naming.warm-restart.window=9s"],
    perform: interface,
}];

const SERVICE: (&str, &str) = ("DEFAULT_GROUP", "providers:shop.Orders::");
/// Group and data id of an item that Dubbo asks for once, to see whether the server answers.
const PROBE: &str = "Dubbo-Nacos-Test";
/// For the server to show what a program has done.
const WITNESS_TIME: Duration = Duration::from_secs(30);

fn interface(scene: &mut Scene<'_>) -> Result<()> {
    let port = scene.port()?.to_string();
    let mut provider = scene.start("provider", "Provider", &["orders", "interface", &port])?;
    provider.await_step("registered")?;
    are_listed(scene, 1)?;
    let probe = scene.witness().content(PROBE, PROBE)?;
    ensure!(probe.is_none(), "an item that Dubbo only asks for is there: {probe:?}");
    provider.note("the server is killed and started again");
    scene.server.kill_and_start_again()?;
    are_listed(scene, 1)?;
    provider.tell("GO")?;
    provider.await_step("stopped")?;
    are_listed(scene, 0)?;
    provider.tell("GO")?;
    provider.finish()
}

fn are_listed(scene: &Scene<'_>, providers: usize) -> Result<()> {
    let (group, service) = SERVICE;
    let looked = scene.witness().until(WITNESS_TIME, |witness| {
        Ok((witness.instances(group, service)?.len() == providers).then_some(()))
    });
    looked.with_context(|| format!("{providers} instances of {service}"))
}
