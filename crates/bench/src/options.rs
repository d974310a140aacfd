//! The command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Parser;

use crate::pace::Pace;
use crate::server::Binary;
use crate::subject::Subject;
use crate::target::{Address, Peer};

/// Measures a Navaid server, and any other server of the Nacos protocols beside it
#[derive(Debug, Parser)]
#[command(name = "navaid-bench", version)]
pub struct Options {
    /// The server to start for each row [default: navaid beside this program]
    #[arg(long, value_name = "FILE", env = "NAVAID_BIN")]
    navaid: Option<PathBuf>,
    /// Measure this running server, and start none
    #[arg(long, value_name = "HOST:PORT", requires = "pid")]
    target: Option<Address>,
    /// Process of --target
    #[arg(long, requires = "target")]
    pid: Option<u32>,
    /// Measure this running server too, row by row; may be repeated. ack says when it acknowledges a write
    #[arg(long, value_name = "NAME=HOST:PORT,pid=PID[,ack=TEXT]")]
    peer: Vec<Peer>,
    /// Only rows whose name contains this text; may be repeated
    #[arg(long, value_name = "TEXT")]
    rows: Vec<String>,
    /// List the rows and end
    #[arg(long)]
    list: bool,
    /// Short and rough: to see that it works, not to compare
    #[arg(long)]
    quick: bool,
    /// Seconds of load before a row is measured; a server on a JVM wants 12
    #[arg(long, value_name = "SECONDS")]
    warm_up: Option<u64>,
    /// Directory in which started servers keep their data [default: the system's for temporary files]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Write the results to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Options {
    /// Where to write the results, if anywhere.
    pub fn json(&self) -> Option<&Path> {
        self.json.as_deref()
    }

    /// Whether only the names of the rows are wanted.
    pub fn only_list(&self) -> bool {
        self.list
    }

    pub(crate) fn wants(&self, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|text| row.contains(text.as_str()))
    }

    pub(crate) fn pace(&self) -> Pace {
        let pace = if self.quick { Pace::QUICK } else { Pace::FULL };
        Pace { warm_up: self.warm_up.map_or(pace.warm_up, Duration::from_secs), ..pace }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.dir.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// The servers to measure, in the order of the report.
    ///
    /// # Errors
    /// There is no binary to start, or a process to measure does not run.
    pub(crate) fn subjects(&self) -> Result<Vec<Subject>> {
        let mut subjects = match (self.target, self.pid) {
            (Some(address), Some(pid)) => vec![Subject::running(&Peer::target(address, pid))?],
            _ => vec![Subject::Started(Binary::find(self.navaid.as_deref(), &self.directory())?)],
        };
        for peer in &self.peer {
            if subjects.iter().any(|subject| subject.name() == peer.name) {
                bail!("two servers are called {}", peer.name);
            }
            subjects.push(Subject::running(peer)?);
        }
        Ok(subjects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["navaid-bench"], args].concat())
    }

    #[test]
    fn rows_are_chosen_by_parts_of_their_names() {
        let options = parse(&["--rows", "http", "--rows", "fan-out, 500"]).unwrap();
        assert!(options.wants("http config get") && options.wants("config fan-out, 500 listeners"));
        assert!(!options.wants("grpc query"));
        assert!(parse(&[]).unwrap().wants("grpc query"));
    }

    #[test]
    fn target_without_its_process_is_refused() {
        assert!(parse(&["--target", "127.0.0.1:8848"]).is_err());
        assert!(parse(&["--target", "127.0.0.1:8848", "--pid", "1"]).is_ok());
    }

    #[test]
    fn target_elsewhere_is_refused() {
        assert!(parse(&["--target", "192.0.2.1:8848", "--pid", "1"]).is_err());
        assert!(parse(&["--peer", "far=192.0.2.1:8848,pid=1"]).is_err());
    }

    #[test]
    fn warm_up_given_replaces_that_of_the_pace() {
        let pace = parse(&["--quick", "--warm-up", "12"]).unwrap().pace();
        assert_eq!((pace.warm_up, pace.measured), (Duration::from_secs(12), Pace::QUICK.measured));
    }
}
