//! One test per SDK, one about encryption for those that can, and the storm of many clients; all at once by default, since a client mostly waits.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clients_check::{Sdk, Workshop, check, cipher, storm};
use libtest_mimic::{Arguments, Trial};

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    let workshop = Arc::new(Workshop::of_this_process("clients")?);
    let trial = |sdk: Sdk| {
        let workshop = workshop.clone();
        Trial::ignorable_test(sdk.name(), move || check(sdk, &workshop))
    };
    let mut trials: Vec<Trial> = Sdk::ALL.into_iter().map(trial).collect();
    trials.extend(Sdk::ENCRYPTING.map(|sdk| {
        let workshop = workshop.clone();
        Trial::ignorable_test(format!("cipher-{}", sdk.name()), move || cipher(sdk, &workshop))
    }));
    let shared = workshop.clone();
    trials.push(Trial::ignorable_test("storm", move || storm(&shared)));
    arguments.test_threads.get_or_insert(trials.len());
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}
