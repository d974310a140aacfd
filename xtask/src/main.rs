//! `cargo xtask`: the chores of this repository that have logic. Verbs without logic live in the `Makefile`.
#![expect(clippy::print_stdout, reason = "a command line tool answers on standard output")]

mod deny;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the Navaid repository")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check imports between crates, names and unfinished marks; list outliers in size and knots of modules
    Tidy {
        /// List every outlier, not only those past the second limit
        #[arg(long)]
        all: bool,
    },
    /// Check licences, bans and sources of all dependencies, and advisories where their database can be had
    Deny,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let workspace = Workspace::load()?;
    let passed = match arguments.chore {
        Chore::Tidy { all } => tidy::run(&workspace, all)?,
        Chore::Deny => deny::run(workspace.root())?,
    };
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
