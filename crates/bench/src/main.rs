//! `navaid-bench`: see `docs/performance.md`.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use navaid_bench::{Options, row_names, run};

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if options.only_list() {
        row_names(&options).try_for_each(|name| writeln!(io::stdout(), "{name}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    // One thread: the generator never takes more than one core from the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut progress = |line: &str| writeln!(io::stderr(), "{line}");
    let report = runtime.block_on(run(&options, &mut progress))?;
    write!(io::stdout(), "{report}")?;
    if let Some(path) = options.json() {
        fs::write(path, report.to_json()).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(if report.has_failures() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
