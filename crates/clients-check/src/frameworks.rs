//! Frameworks that bring a Nacos client of their own.
//!
//! A scenario is a small system: several programs of one Maven project, each a process, with one server. The runner
//! starts and stops them, kills the server and starts it again, and compares what they claim with what the server
//! shows. One module for each framework; the scenarios are told in `tests/clients/README.md`.

mod actor;
mod dubbo;
mod neighbour;
mod scene;
mod seata;
mod sentinel;
mod spring_cloud;
mod witness;

use anyhow::Result;
use libtest_mimic::{Completion, Failed};

use crate::maven::{self, Project};
use crate::run::report;
use crate::toolchain::unless_lacking;
use crate::workshop::Workshop;
use scene::Scene;

/// A test with programs of one framework.
pub struct Scenario {
    name: &'static str,
    project: Project,
    /// What the server is started with: texts `key=value`.
    settings: &'static [&'static str],
    perform: fn(&mut Scene<'_>) -> Result<()>,
}

impl Scenario {
    /// The name of the test, and of its directory below the output.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// The scenarios of all frameworks.
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    [dubbo::SCENARIOS, seata::SCENARIOS, sentinel::SCENARIOS, spring_cloud::SCENARIOS].into_iter().flatten()
}

/// Builds the programs of a scenario, starts a server of its own and lets them act.
///
/// # Errors
/// What went wrong, with the end of what each program and the server said.
pub fn play(scenario: &Scenario, workshop: &Workshop) -> std::result::Result<Completion, Failed> {
    unless_lacking(&maven::TOOLS, || {
        let mut scene = Scene::open(scenario, workshop)?;
        (scenario.perform)(&mut scene).map_err(|error| report(&error, &scene.logs()))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_of_all_scenarios_differ() {
        let names: BTreeSet<&str> = scenarios().map(Scenario::name).collect();
        assert_eq!(names.len(), scenarios().count());
    }
}
