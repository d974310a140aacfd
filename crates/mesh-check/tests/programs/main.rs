//! Real consumers of the mesh edge, each against a server of its own: Istio's own client, Envoy, and gRPC.
//! `tests/mesh/README.md` tells what they do.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use clients_check::{Tool, Workshop, tail, unless_lacking};
use libtest_mimic::{Arguments, Trial};

mod adsc;
mod backends;
mod envoy;
mod grpc;

/// A test with its own directory, where its programs write.
type Test = fn(&Workshop, &Path) -> Result<()>;

const TESTS: [(&str, &[Tool], Test); 5] = [
    ("adsc", &[Tool::GO], adsc::follows_a_registry),
    ("envoy-sotw", &[Tool::PYTHON], |shop, dir| envoy::follows_a_registry(shop, dir, "GRPC")),
    ("envoy-delta", &[Tool::PYTHON], |shop, dir| envoy::follows_a_registry(shop, dir, "DELTA_GRPC")),
    ("grpc-python", &[Tool::PYTHON], |shop, dir| grpc::follows_a_registry(shop, dir, grpc::python)),
    ("grpc-go", &[Tool::GO], |shop, dir| grpc::follows_a_registry(shop, dir, grpc::go)),
];

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    let workshop = Arc::new(Workshop::of_this_process("mesh")?);
    let trials = TESTS.map(|(name, tools, test)| {
        let workshop = workshop.clone();
        Trial::ignorable_test(name, move || unless_lacking(tools, || check(&workshop, name, test)))
    });
    arguments.test_threads.get_or_insert(TESTS.len());
    Ok(libtest_mimic::run(&arguments, trials.into()).exit_code())
}

fn check(workshop: &Workshop, name: &str, test: Test) -> Result<()> {
    let dir = workshop.directory(&format!("run/{name}"))?;
    std::fs::remove_dir_all(&dir).context("empty the directory of the test")?;
    let dir = workshop.directory(&format!("run/{name}"))?;
    let log = dir.join("program.log");
    test(workshop, &dir).map_err(|error| anyhow!("{error:#}\n{}", tail(&log)))
}

/// Runs what a test awaits.
fn block_on<T>(test: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(test)
}
