//! Sentinel: an application whose flow rules are a config item.

use anyhow::Result;

use super::Scenario;
use super::neighbour::Item;
use super::scene::Scene;
use crate::maven::Project;

pub(super) const SCENARIOS: &[Scenario] = &[Scenario {
    name: "sentinel",
    project: Project { folder: "sentinel", profile: None },
    settings: &[],
    perform: follow_rules,
}];

const RULES: Item = Item { group: "clients", data_id: "flow-rules" };

fn follow_rules(scene: &mut Scene<'_>) -> Result<()> {
    let neighbour = scene.neighbour();
    let mut program = scene.start("rules", "RulesApplication", &[])?;
    program.await_step("begun")?;
    neighbour.publish(RULES, &limit(10))?;
    program.go_on_to("rules-read")?;
    neighbour.publish(RULES, &limit(20))?;
    program.go_on_to("change-seen")?;
    neighbour.publish(RULES, "[{")?;
    program.go_on_to("old-rules-kept")?;
    neighbour.publish(RULES, "[]")?;
    program.go_on_to("rules-emptied")?;
    neighbour.publish(RULES, &limit(30))?;

    program.go_on_to("ready-for-restart")?;
    program.note("the server is killed");
    scene.restart_server()?;
    program.note("the server is back");
    neighbour.publish(RULES, &limit(40))?;
    scene.remark(&program.go_on_to_figures("recovered")?);
    neighbour.remove(RULES)?;
    program.go_on_to("rules-dropped")?;
    program.tell("GO")?;
    program.finish()
}

/// The rule that `pay` may be called so many times a second.
fn limit(count: u32) -> String {
    format!(r#"[{{"resource":"pay","count":{count}}}]"#)
}
