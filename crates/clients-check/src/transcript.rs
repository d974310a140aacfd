//! What a process said, in a file; a failure's report shows its end.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use parking_lot::Mutex;

/// Some SDKs write without end when they lose their server; later lines are counted, not kept.
const LINES_MAX: usize = 20_000;
/// Lines of the end that a report shows.
const REPORTED_LINES: usize = 80;

/// A file of lines with the time of each, written by several threads.
pub struct Transcript {
    started: Instant,
    inner: Mutex<Written>,
}

struct Written {
    file: File,
    lines: usize,
}

impl Transcript {
    /// A transcript in a file, which is overwritten.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("create {}", path.display()))?;
        Ok(Transcript { started: Instant::now(), inner: Mutex::new(Written { file, lines: 0 }) })
    }

    /// Adds a line, `source` tells who said it. A full disk loses lines of a report and nothing else.
    pub(crate) fn note(&self, source: &str, line: &str) {
        let seconds = self.started.elapsed().as_secs_f64();
        let mut written = self.inner.lock();
        written.lines += 1;
        let outcome = match written.lines {
            ..=LINES_MAX => writeln!(written.file, "[{seconds:7.2}] {source}: {line}"),
            _ => return,
        };
        // Reason: the transcript serves the report only; a test must not fail for it.
        let _ = outcome;
    }
}

/// The end of a file of text, under a heading that names the file.
pub fn tail(path: &Path) -> String {
    let mut last = VecDeque::with_capacity(REPORTED_LINES);
    if let Ok(file) = File::open(path) {
        for line in BufReader::new(file).split(b'\n').map_while(std::result::Result::ok) {
            if last.len() == REPORTED_LINES {
                last.pop_front();
            }
            last.push_back(String::from_utf8_lossy(&line).into_owned());
        }
    }
    let lines: Vec<String> = last.into();
    format!("--- the end of {}\n{}\n", PathBuf::from(path).display(), lines.join("\n"))
}
