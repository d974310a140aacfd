//! Every acknowledged write survives `kill -9`, and none is there by half.
//!
//! `NAVAID_KILL_ROUNDS` asks for other than the usual number of rounds, `NAVAID_KILL_SEED` for the choices of an
//! earlier run.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use conformance::binary;
use durability::kill;

const ROUNDS: usize = 200;

#[test]
fn killed_server_keeps_what_it_acknowledged() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let rounds = number("NAVAID_KILL_ROUNDS").map_or(ROUNDS, |rounds| usize::try_from(rounds).unwrap());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = number("NAVAID_KILL_SEED").unwrap_or(now.as_secs());
    println!("{rounds} rounds with NAVAID_KILL_SEED={seed}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let figures = runtime
        .block_on(kill::run(&binary().unwrap(), rounds, seed))
        .unwrap_or_else(|error| panic!("{error:#}"));
    println!("{figures}");
}
