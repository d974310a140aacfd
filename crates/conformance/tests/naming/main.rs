//! Rules of discovery that no recording can hold: in how long, how often, never, and what is better here than in the
//! reference. The table in `docs/conformance.md` says which test holds which rule.
//!
//! Each test has a server of its own. All run at once, since they mostly wait for the times that clients rely on.

use std::process::ExitCode;

use libtest_mimic::{Arguments, run};

#[macro_use]
mod rig;

mod answers;
mod as_seen;
mod beats;
mod connections;
mod datagrams;
mod identity;
mod operator;
mod pattern_watches;
mod protection;
mod publishing;
mod push;
mod service_lists;
mod subscribers;
mod type_mixing;

/// Tests at once, as in `recordings`.
const THREADS: usize = 16;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    // The longest first, so that the others run beside them.
    let trials = [
        beats::trials(),
        datagrams::trials(),
        connections::trials(),
        push::trials(),
        answers::trials(),
        as_seen::trials(),
        identity::trials(),
        operator::trials(),
        pattern_watches::trials(),
        protection::trials(),
        publishing::trials(),
        service_lists::trials(),
        subscribers::trials(),
        type_mixing::trials(),
    ];
    run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}
