//! Replays recordings by hand and prints each difference.
//!
//! Without `--port` each recording gets a fresh server of the built binary; with it, all go to one that already runs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use conformance::{
    Depth, Examination, Lists, Ports, Recording, Report, Target, binary, examine, recordings, recordings_in,
    replay,
};

/// Replays recorded client exchanges and prints each difference.
#[derive(Debug, Parser)]
struct Args {
    /// Recordings or directories of them; every recording of the repository when none is named.
    paths: Vec<PathBuf>,
    /// Only recordings whose GENERATION/SCENARIO holds this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Also print differences that break no client.
    #[arg(long)]
    notes: bool,
    /// Also print the end of the server's log where a recording fails.
    #[arg(long)]
    log: bool,
    /// Stop each recording at its first failing step.
    #[arg(long)]
    first: bool,
    /// Seconds a read may take to become right.
    #[arg(long, value_name = "SECONDS", default_value_t = 4)]
    patience: u64,
    /// Differences printed for each recording.
    #[arg(long, value_name = "NUMBER", default_value_t = 12)]
    most: usize,
    /// Recordings replayed at once against fresh servers.
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    jobs: usize,
    /// Print lines for known-gaps.toml for the failing recordings that no list names.
    #[arg(long)]
    candidates: bool,
    /// Main port of a server that already runs.
    #[arg(long)]
    port: Option<u16>,
    /// Host of that server.
    #[arg(long, default_value = "127.0.0.1", requires = "port")]
    host: String,
    /// Console port of that server.
    #[arg(long, requires = "port")]
    console_port: Option<u16>,
}

/// Where the recordings are replayed.
enum Subject {
    /// A server that runs; scenarios may disturb each other there, so one at a time.
    Running(Target),
    /// A fresh one for each recording.
    Fresh { binary: PathBuf, ports: Ports },
}

impl Subject {
    fn examine(&self, recording: &Recording, depth: Depth) -> Result<Examination> {
        match self {
            Subject::Fresh { binary, ports } => examine(recording, binary, ports, depth),
            Subject::Running(target) => {
                let scenario = recording.scenario()?;
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let outcome = runtime.block_on(replay(&scenario, target, depth));
                Ok(Examination { outcome, faults: Vec::new(), log_tail: String::new() })
            }
        }
    }
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nothing can be done when the error cannot be written either.
            writeln!(io::stderr(), "cannot replay: {error:#}").ok();
            ExitCode::from(2)
        }
    }
}

/// Whether every recording that no list excuses has passed.
fn run(args: &Args) -> Result<bool> {
    let chosen = chosen(args)?;
    let subject = match args.port {
        Some(port) => Subject::Running(Target::new(args.host.as_str(), port, args.console_port)),
        None => Subject::Fresh { binary: binary()?, ports: Ports::default() },
    };
    let jobs = if let Subject::Running(_) = subject { 1 } else { args.jobs.max(1) };
    let depth = Depth {
        patience: Duration::from_secs(args.patience),
        failing_steps: if args.first { 1 } else { Depth::WHOLE.failing_steps },
    };
    let lists = Lists::load()?;
    let mut printer = Printer { args, lists: &lists, tally: Tally::default(), candidates: Vec::new() };
    let next = AtomicUsize::new(0);
    // Full only while the terminal is slower than the replays, which may wait for it.
    let (done, results) = sync_channel(jobs);
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (done, next, chosen, subject) = (done.clone(), &next, chosen.as_slice(), &subject);
            scope.spawn(move || work_off(chosen, next, |recording| subject.examine(recording, depth), &done));
        }
        drop(done);
        // Consumed, so that an error here drops it: workers that still send then see that nobody listens.
        results.into_iter().try_for_each(|(recording, result)| printer.print(recording, result))
    })?;
    printer.finish()
}

/// Takes recordings until none is left, or until nobody wants the results.
fn work_off<'a>(
    recordings: &'a [Recording],
    next: &AtomicUsize,
    examine: impl Fn(&Recording) -> Result<Examination>,
    done: &SyncSender<(&'a Recording, Result<Examination>)>,
) {
    while let Some(recording) = recordings.get(next.fetch_add(1, Ordering::Relaxed)) {
        if done.send((recording, examine(recording))).is_err() {
            return;
        }
    }
}

fn chosen(args: &Args) -> Result<Vec<Recording>> {
    let found = if args.paths.is_empty() {
        recordings()?
    } else {
        let at =
            |path: &Path| if path.is_dir() { recordings_in(path) } else { Ok(vec![Recording::at(path)?]) };
        args.paths.iter().map(|path| at(path)).collect::<Result<Vec<_>>>()?.concat()
    };
    let only = args.only.as_deref().unwrap_or_default();
    let chosen: Vec<_> = found.into_iter().filter(|recording| recording.name().contains(only)).collect();
    ensure!(!chosen.is_empty(), "no recording is named so");
    Ok(chosen)
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    listed: usize,
}

/// Prints results as they come.
struct Printer<'a> {
    args: &'a Args,
    lists: &'a Lists,
    tally: Tally,
    candidates: Vec<String>,
}

impl Printer<'_> {
    /// A recording that no server could be started for: it fails like any other.
    fn print_unexamined(&mut self, recording: &Recording, error: &anyhow::Error) -> Result<()> {
        let listed = self.lists.get(recording).is_some();
        *(if listed { &mut self.tally.listed } else { &mut self.tally.failed }) += 1;
        let name = recording.name();
        writeln!(io::stdout().lock(), "{} {name}\n     {error:#}", if listed { "list" } else { "FAIL" })?;
        if !listed {
            self.candidates
                .push(format!("\"{name}\" = {{ reason = \"no server starts for it\", brings = \"\" }}"));
        }
        Ok(())
    }

    fn print(&mut self, recording: &Recording, result: Result<Examination>) -> Result<()> {
        let name = recording.name();
        let examined = match result {
            Ok(examined) => examined,
            Err(error) => return self.print_unexamined(recording, &error),
        };
        let listing = self.lists.get(recording);
        let mark = match (examined.is_passed(), listing) {
            (true, None) => "ok  ",
            (true, Some(_)) => "OK! ",
            (false, Some(_)) => "list",
            (false, None) => "FAIL",
        };
        let counter = match mark {
            "list" => &mut self.tally.listed,
            "FAIL" => &mut self.tally.failed,
            _ => &mut self.tally.passed,
        };
        *counter += 1;
        let mut out = io::stdout().lock();
        let remark = listing.map(|listing| format!("  [{}: {}]", listing.file(), listing.entry().reason));
        writeln!(out, "{mark} {name}{}", remark.unwrap_or_default())?;
        write!(
            out,
            "{}",
            Report { outcome: &examined.outcome, notes: self.args.notes, most: self.args.most }
        )?;
        for fault in &examined.faults {
            writeln!(out, "     {fault}")?;
        }
        if self.args.log && !examined.is_passed() {
            examined.log_tail.lines().try_for_each(|line| writeln!(out, "     | {line}"))?;
        }
        if mark == "FAIL" {
            self.candidates.push(candidate(&name, &examined));
        }
        Ok(())
    }

    fn finish(self) -> Result<bool> {
        let mut out = io::stdout().lock();
        if self.args.candidates {
            self.candidates.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        }
        let Tally { passed, failed, listed } = self.tally;
        writeln!(out, "{passed} passed, {failed} failed, {listed} failed as listed")?;
        Ok(failed == 0)
    }
}

/// A line for `known-gaps.toml`, to be completed by hand: the empty `brings` is refused.
fn candidate(name: &str, examined: &Examination) -> String {
    let first = examined.outcome.failures().next();
    let reason = first.map(|found| format!("step {} {}: {}", found.step, found.label, found.difference));
    let reason: String = reason.unwrap_or_default().chars().take(140).collect();
    format!("{name:?} = {{ reason = {reason:?}, brings = \"\" }}")
}
