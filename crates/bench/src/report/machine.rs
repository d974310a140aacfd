//! On what the figures were taken.

use std::fmt;
use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::filesystem;

/// The machine, and how busy it was when the run began.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    cores: usize,
    kernel: String,
    filesystem: String,
    load_average: String,
}

impl Machine {
    pub(super) fn here(directory: &Path) -> Self {
        let proc_line = |file: &str| fs::read_to_string(format!("/proc/{file}")).unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: proc_line("sys/kernel/osrelease").trim().to_owned(),
            filesystem: filesystem::kind_of(directory),
            load_average: proc_line("loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, kernel, filesystem, load_average } = self;
        writeln!(
            f,
            "{cores} cores shared by servers and bench, Linux {kernel}, data on {filesystem}, load average {load_average} at the begin."
        )?;
        write!(f, "CPU is user and system time of the whole server process.")
    }
}
