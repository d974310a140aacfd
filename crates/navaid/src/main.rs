//! The `navaid` program: command line → settings → log → server.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use mimalloc::MiMalloc;

use navaid::cli::{Cli, Command};
use navaid::serve;
use navaid::settings::{Flags, Follower, Mistakes, Surroundings, load, reference_page};
use navaid::telemetry::{Telemetry, log_loaded};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Exit code for settings that cannot be used.
const EXIT_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let done = match Cli::parse().into_command() {
        Command::Server(args) => server(args.into()),
        Command::Settings { effective: true, settings } => print_effective(settings.into()),
        Command::Settings { effective: false, .. } => print(&reference_page()),
    };
    done.unwrap_or_else(|error| {
        let code = if error.is::<Mistakes>() { EXIT_SETTINGS } else { 1 };
        let _ = writeln!(std::io::stderr(), "navaid: {error:#}"); // without standard error nobody can be told
        ExitCode::from(code)
    })
}

fn server(flags: Flags) -> anyhow::Result<ExitCode> {
    let surroundings = surroundings(flags)?;
    let loaded = load(&surroundings)?;
    let telemetry = Arc::new(Telemetry::start(&loaded.settings.log)?);
    log_loaded(&loaded);
    let follower = Follower::new(surroundings, &loaded);
    let end = serve::run(&loaded.settings, follower, telemetry)?;
    Ok(ExitCode::from(serve::exit_code(&end)))
}

fn print_effective(flags: Flags) -> anyhow::Result<ExitCode> {
    let loaded = load(&surroundings(flags)?)?;
    for notice in &loaded.notices {
        writeln!(std::io::stderr(), "{} ({}): {}", notice.key, notice.origin, notice.text)?;
    }
    print(&loaded.effective.to_string())
}

fn surroundings(flags: Flags) -> anyhow::Result<Surroundings> {
    Surroundings::of_process(flags).context("find the working directory")
}

fn print(text: &str) -> anyhow::Result<ExitCode> {
    std::io::stdout().write_all(text.as_bytes()).context("write to standard output")?;
    Ok(ExitCode::SUCCESS)
}
