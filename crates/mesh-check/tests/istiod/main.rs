//! A real istiod takes its services from a server: `make test-istiod` runs this, `cargo test` does not, because istiod
//! takes minutes to build.
//!
//! Every row of the table that is printed is a scenario of `spec/mesh.md` §13.1: what istiod's own debug endpoints show
//! is compared with what the server lists.

#![expect(clippy::print_stdout, reason = "the table is what this is for")]

mod control_plane;
mod proxy;
mod scenarios;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use clients_check::{Workshop, tail};
use mesh_check::Bed;

use control_plane::ControlPlane;
use scenarios::SCENARIOS;

/// A server and an istiod that knows no other source.
struct Stage {
    bed: Bed,
    istiod: ControlPlane,
}

fn main() -> Result<ExitCode> {
    let workshop = Workshop::of_this_process("mesh")?;
    let dir = workshop.directory("run/istiod")?;
    std::fs::remove_dir_all(&dir).context("empty the directory of the test")?;
    let dir = workshop.directory("run/istiod")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(perform(&workshop, &dir)) {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        Err(error) => Err(anyhow!("{error:#}\n{}", tail(&dir.join("istiod.log")))),
    }
}

/// Plays every scenario, one after the other, on one stage; whether all went well.
async fn perform(workshop: &Workshop, dir: &Path) -> Result<bool> {
    let bed = Bed::start(&[]).await?;
    let istiod = ControlPlane::start(workshop, dir, bed.mesh_port()).await?;
    let mut stage = Stage { bed, istiod };
    let mut failed = 0;
    println!("| scenario | outcome | seconds |\n| --- | --- | --- |");
    for (name, scenario) in SCENARIOS {
        let started = Instant::now();
        let outcome = scenario(&mut stage).await;
        let seconds = started.elapsed().as_secs_f64();
        match outcome {
            Ok(seen) => println!("| {name} | {seen} | {seconds:.2} |"),
            Err(error) => {
                failed += 1;
                println!("| {name} | FAILED: {error:#} | {seconds:.2} |");
            }
        }
    }
    let refused = stage.istiod.complaints()?;
    println!("| what istiod complained of | {} | |", if refused.is_empty() { "nothing" } else { &refused });
    stage.bed.end()?;
    println!("{} passed, {failed} failed", SCENARIOS.len() - failed);
    Ok(failed == 0 && refused.is_empty())
}
