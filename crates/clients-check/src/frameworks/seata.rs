//! Seata: an application with one config item for each setting that also registers and looks up addresses, and one with
//! all settings in one item.

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
    name: "seata",
    project: Project { folder: "seata", profile: None },
    settings: &[],
    perform: configure_and_register,
}];

const GROUP: &str = "SEATA_GROUP";
const SERVICE: &str = "seata-server";
/// Tells the cluster of the servers that the application `shop` uses.
const CLUSTER: Item = Item { group: GROUP, data_id: "service.vgroupMapping.shop" };
const RETRIES: Item = Item { group: GROUP, data_id: "client.rm.lockRetryTimes" };
const COMMITS: Item = Item { group: GROUP, data_id: "client.tm.commitRetryCount" };
/// An item of a setting that is among the properties too.
const REPORTS: Item = Item { group: GROUP, data_id: "client.rm.reportRetryCount" };
const PROPERTIES: Item = Item { group: GROUP, data_id: "seata.properties" };
const NEIGHBOUR: Address =
    Address { group: GROUP, service: SERVICE, cluster: "default", ip: "10.1.0.2", port: "8091" };
/// In the cluster that is Nacos's own default, which Seata's is not: nobody may find it.
const STRANGER: Address = Address { cluster: "DEFAULT", ip: "10.1.0.3", ..NEIGHBOUR };
/// For the address to come back with its next beat after a restart: Seata's client sends one every 5 s.
const BACK_TIME: Duration = Duration::from_secs(20);

fn configure_and_register(scene: &mut Scene<'_>) -> Result<()> {
    let mut server = scene.start("server", "ServerApplication", &[])?;
    read_items(scene, &mut server)?;
    look_up(scene, &mut server)?;
    let mut client = scene.start("properties", "PropertiesApplication", &[])?;
    read_properties(scene, &mut client)?;
    survive_restart(scene, server, client)
}

fn read_items(scene: &Scene<'_>, server: &mut Actor) -> Result<()> {
    let neighbour = scene.neighbour();
    server.await_step("begun")?;
    neighbour.publish(CLUSTER, "default")?;
    neighbour.publish(RETRIES, "10")?;
    server.go_on_to("settings-read")?;
    neighbour.publish(RETRIES, "11")?;
    server.go_on_to("change-seen")?;
    server.go_on_to("put")?;
    let put = scene.witness().content(GROUP, COMMITS.data_id)?;
    ensure!(put.as_deref() == Some("7"), "{COMMITS:?} is {put:?}");
    Ok(())
}

fn look_up(scene: &Scene<'_>, server: &mut Actor) -> Result<()> {
    let neighbour = scene.neighbour();
    server.go_on_to("registered")?;
    own_is_listed(scene.witness())?;
    neighbour.join(STRANGER, 1.0)?;
    server.go_on_to("looked-up")?;
    neighbour.join(NEIGHBOUR, 1.0)?;
    server.go_on_to("neighbour-seen")?;
    neighbour.leave(NEIGHBOUR)?;
    server.go_on_to("neighbour-gone")
}

fn read_properties(scene: &Scene<'_>, client: &mut Actor) -> Result<()> {
    client.await_step("begun")?;
    scene.neighbour().publish(PROPERTIES, &retries(20))?;
    client.go_on_to("settings-read")?;
    scene.neighbour().publish(PROPERTIES, &retries(21))?;
    client.go_on_to("change-seen")?;
    client.go_on_to("put")?;
    let put = scene.witness().content(GROUP, PROPERTIES.data_id)?.context("no properties")?;
    let mut lines: Vec<&str> = put.lines().collect();
    lines.sort_unstable();
    let wanted = [
        "client.rm.reportRetryCount=21",
        "client.tm.rollbackRetryCount=8",
        "service.vgroupMapping.shop=default",
    ];
    ensure!(lines == wanted, "{PROPERTIES:?} is {put:?}");
    scene.neighbour().publish(REPORTS, "30")?;
    client.go_on_to("item-counts")
}

fn survive_restart(scene: &mut Scene<'_>, mut server: Actor, mut client: Actor) -> Result<()> {
    let neighbour = scene.neighbour();
    both_are_held(scene.witness())?;
    server.note("the server is killed");
    scene.restart_server()?;
    server.note("the server is back");
    neighbour.publish(RETRIES, "12")?;
    neighbour.publish(PROPERTIES, &retries(22))?;
    neighbour.join(STRANGER, 1.0)?;
    neighbour.join(NEIGHBOUR, 1.0)?;
    let witness = scene.witness();
    let back = witness.until(BACK_TIME, |witness| {
        own_is_listed(witness)?;
        Ok(witness.all_are_back()?.then_some(()))
    });
    back.context("the address is not back")?;
    client.go_on_to("recovered")?;
    client.tell("GO")?;
    client.finish()?;

    server.go_on_to("recovered")?;
    scene.remark(&server.go_on_to_figures("nothing-lost")?);
    server.go_on_to("unregistered")?;
    ensure!(own(witness)?.is_none(), "the address is still listed");
    server.tell("GO")?;
    server.finish()
}

/// Both applications listen to settings of which nearly all are absent: the server must hold their long polls.
fn both_are_held(witness: Witness) -> Result<()> {
    let held = witness.until(BACK_TIME, |witness| Ok(witness.holds_polls(2.0)?.then_some(())));
    held.context("two long polls are not held")
}

/// All settings of the second application.
fn retries(count: u32) -> String {
    format!("service.vgroupMapping.shop=default\nclient.rm.reportRetryCount={count}\n")
}

/// The first application's address must be listed as Seata registers it.
fn own_is_listed(witness: Witness) -> Result<()> {
    let own = own(witness)?.context("the address is not listed")?;
    let described = json!([own["clusterName"], own["weight"], own["metadata"], own["ephemeral"]]);
    ensure!(described == json!(["default", 1.0, {}, true]), "listed as {own}");
    Ok(())
}

fn own(witness: Witness) -> Result<Option<Value>> {
    let found = witness.instances(GROUP, SERVICE)?;
    Ok(found.into_iter().find(|instance| instance["ip"] == "10.1.0.1" && instance["port"] == 8091))
}
