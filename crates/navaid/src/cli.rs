//! The command line: `navaid` (= `navaid server`), `navaid settings`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings::Flags;

/// Service discovery and dynamic configuration that speaks every Nacos protocol.
#[derive(Debug, Parser)]
#[command(name = "navaid", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server; this is also what `navaid` alone does
    Server(SettingsArgs),
    /// Print the reference of all settings, or what they are here and now
    Settings {
        /// Print every setting with its value and where it came from, secrets masked
        #[arg(long)]
        effective: bool,
        #[command(flatten)]
        settings: SettingsArgs,
    },
}

/// Where settings come from, apart from the environment.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// Settings file, or the directory it is in [default: conf/application.properties, if it exists]
    #[arg(short = 'c', long = "config", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of everything the server stores [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Set one setting; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
}

impl Cli {
    /// The command, with `navaid` alone made `navaid server`.
    pub fn into_command(self) -> Command {
        self.command.unwrap_or(Command::Server(self.settings))
    }
}

impl From<SettingsArgs> for Flags {
    fn from(args: SettingsArgs) -> Self {
        Self { file: args.config, data: args.data, set: args.set }
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(args: &[&str]) -> Result<Command, clap::Error> {
        Cli::try_parse_from(std::iter::once(&"navaid").chain(args)).map(Cli::into_command)
    }

    #[test]
    fn command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn navaid_alone_takes_the_flags_of_the_server() {
        for args in [&["--data", "d", "--set", "a=b=c"][..], &["server", "--data", "d", "--set", "a=b=c"][..]]
        {
            let Ok(Command::Server(args)) = parse(args) else { panic!("{args:?} runs the server") };
            let flags = Flags::from(args);
            assert_eq!(flags.data, Some(PathBuf::from("d")));
            assert_eq!(flags.set, [("a".to_owned(), "b=c".to_owned())]);
        }
    }

    #[test]
    fn set_flag_without_a_key_is_refused() {
        assert!(parse(&["--set", "a"]).is_err());
        assert!(parse(&["--set", "=b"]).is_err());
        assert!(parse(&["--set", "a="]).is_ok());
    }
}
