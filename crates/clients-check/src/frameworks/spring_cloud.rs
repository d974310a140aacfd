//! Spring Cloud Alibaba: an application with both starters, for configuration and for discovery.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Scenario;
use super::actor::Actor;
use super::neighbour::{Address, Item};
use super::scene::Scene;
use super::witness::Witness;
use crate::maven::Project;

pub(super) const SCENARIOS: &[Scenario] = &[Scenario {
    name: "spring-cloud",
    project: Project { folder: "spring-cloud", profile: None },
    settings: &["navaid.naming.warm-restart.window=9s"],
    perform: run_application,
}];

const GROUP: &str = "clients";
const SERVICE: &str = "orders";
const LIVE: Item = Item { group: GROUP, data_id: "app.yaml" };
const FIXED: Item = Item { group: GROUP, data_id: "fixed.yaml" };
const NEIGHBOUR: Address =
    Address { group: GROUP, service: SERVICE, cluster: "DEFAULT", ip: "10.1.0.2", port: "7002" };
/// A second service of the neighbour, which the application asks for before it is there.
const LATER: Address = Address { service: "payments", ..NEIGHBOUR };
/// For that long after a restart an instance is served whose client is not back, and then some more.
const UNCONFIRMED: Duration = Duration::from_secs(11);

fn run_application(scene: &mut Scene<'_>) -> Result<()> {
    let mut program = scene.start("orders", "OrdersApplication", &[])?;
    configure(scene, &mut program)?;
    discover(scene, &mut program)?;
    survive_restart(scene, &mut program)?;
    scene.neighbour().leave(NEIGHBOUR)?;
    program.go_on_to("neighbour-gone")?;
    scene.neighbour().remove(LIVE)?;
    program.go_on_to("values-kept")?;
    program.go_on_to("deregistered")?;
    ensure!(own(scene.witness())?.is_none(), "the application is still listed");
    program.tell("GO")?;
    program.finish()
}

fn configure(scene: &Scene<'_>, program: &mut Actor) -> Result<()> {
    let neighbour = scene.neighbour();
    program.await_step("begun")?;
    neighbour.publish(LIVE, &greeting("live", "first"))?;
    neighbour.publish(FIXED, &greeting("fixed", "first"))?;
    program.go_on_to("started")?;
    own_is_listed(scene.witness())?;
    neighbour.publish(LIVE, &greeting("live", "second"))?;
    program.go_on_to("change-seen")?;
    neighbour.publish(FIXED, &greeting("fixed", "second"))?;
    neighbour.publish(LIVE, &greeting("live", "third"))?;
    program.go_on_to("fixed-read-again")
}

fn discover(scene: &Scene<'_>, program: &mut Actor) -> Result<()> {
    let neighbour = scene.neighbour();
    neighbour.join(NEIGHBOUR, 0.0)?;
    program.go_on_to("discovered")?;
    neighbour.join(NEIGHBOUR, 1.0)?;
    neighbour.join(LATER, 1.0)?;
    program.go_on_to("neighbour-seen")
}

fn survive_restart(scene: &mut Scene<'_>, program: &mut Actor) -> Result<()> {
    program.note("the server is killed");
    scene.restart_server()?;
    program.note("the server is back");
    scene.neighbour().publish(LIVE, &greeting("live", "fourth"))?;
    program.go_on_to("recovered")?;
    scene.witness().throughout(UNCONFIRMED, own_is_listed)?;
    scene.remark(&program.go_on_to_figures("nothing-lost")?);
    Ok(())
}

fn greeting(name: &str, value: &str) -> String {
    format!("greetings:\n  {name}: {value}\n")
}

/// The application must be listed as the starter registers it, under a host name.
fn own_is_listed(witness: Witness) -> Result<()> {
    let own = own(witness)?.context("the application is not listed")?;
    let described = json!([own["clusterName"], own["weight"], own["metadata"], own["ephemeral"]]);
    let metadata = json!({"preserved.register.source": "SPRING_CLOUD", "zone": "west", "note": ""});
    ensure!(described == json!(["DEFAULT", 0.5, metadata, true]), "listed as {own}");
    Ok(())
}

fn own(witness: Witness) -> Result<Option<Value>> {
    let found = witness.instances(GROUP, SERVICE)?;
    Ok(found
        .into_iter()
        .find(|instance| instance["ip"] == "orders.internal.example" && instance["port"] == 7001))
}
