//! One test per scenario of a framework; all at once by default, since a system of applications mostly waits.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clients_check::{Workshop, play, scenarios};
use libtest_mimic::{Arguments, Trial};

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    let workshop = Arc::new(Workshop::of_this_process("clients")?);
    let trials: Vec<Trial> = scenarios()
        .map(|scenario| {
            let workshop = workshop.clone();
            Trial::ignorable_test(scenario.name(), move || play(scenario, &workshop))
        })
        .collect();
    arguments.test_threads.get_or_insert(trials.len());
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}
