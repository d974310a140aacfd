//! Every recording is a test, `GENERATION::SCENARIO`, against a fresh server of the built binary.
//!
//! A recording in `known-gaps.toml` or `deviations.toml` must fail; how to read the result is in `docs/conformance.md`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, ensure};
use conformance::{
    Depth, Examination, Listing, Lists, Ports, Recording, Report, binary, examine, recordings,
};
use libtest_mimic::{Arguments, Failed, Trial};
use parking_lot::Mutex;

/// Scenarios at once: they wait for most of their time, so far more than there are processors.
const THREADS: usize = 16;
/// Failing steps after which a recording that should pass is given up: each costs the patience of its reads.
const FAILING_STEPS: usize = 3;
/// Differences shown for one recording.
const SHOWN_DIFFERENCES: usize = 6;

/// What the trials share.
struct Suite {
    binary: PathBuf,
    ports: Ports,
    lists: Lists,
    tally: Mutex<BTreeMap<String, Tally>>,
}

/// Results of one generation.
#[derive(Default)]
struct Tally {
    passed: usize,
    known_gaps: usize,
    deviations: usize,
    wrong: usize,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            // Nothing can be done when the error cannot be written either.
            writeln!(io::stderr(), "cannot test recordings: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut args = Arguments::from_args();
    args.test_threads.get_or_insert(THREADS);
    let (suite, trials) = trials()?;
    let conclusion = libtest_mimic::run(&args, trials);
    io::stdout().write_all(summary(&suite.tally.lock()).as_bytes())?;
    Ok(conclusion.exit_code())
}

fn trials() -> Result<(Arc<Suite>, Vec<Trial>)> {
    let recordings = recordings()?;
    let lists = Lists::load()?;
    let strays = lists.strays(&recordings);
    ensure!(strays.is_empty(), "these entries name no recording: {}", strays.join(", "));
    let suite =
        Arc::new(Suite { binary: binary()?, ports: Ports::default(), lists, tally: Mutex::default() });
    let trial = |recording: Recording| {
        let kind = match suite.lists.get(&recording) {
            Some(Listing::KnownGap(_)) => "known gap",
            Some(Listing::Deviation(_)) => "deviation",
            None => "",
        };
        let suite = Arc::clone(&suite);
        let name = format!("{}::{}", recording.generation(), recording.stem());
        Trial::test(name, move || suite.run(&recording)).with_kind(kind)
    };
    let trials = recordings.into_iter().map(trial).collect();
    Ok((suite, trials))
}

impl Suite {
    fn run(&self, recording: &Recording) -> Result<(), Failed> {
        let listing = self.lists.get(recording);
        let failing_steps = if listing.is_some() { 1 } else { FAILING_STEPS };
        let examined = examine(recording, &self.binary, &self.ports, Depth { failing_steps, ..Depth::WHOLE });
        let verdict = match examined {
            Ok(examined) => judge(&examined, listing),
            // No server starts with the settings that the recording needs: it cannot pass yet.
            Err(_) if listing.is_some() => Ok(()),
            Err(error) => Err(format!("{error:#}").into()),
        };
        let mut tally = self.tally.lock();
        let tally = tally.entry(recording.generation().to_owned()).or_default();
        *match (&verdict, listing) {
            (Err(_), _) => &mut tally.wrong,
            (Ok(()), Some(Listing::KnownGap(_))) => &mut tally.known_gaps,
            (Ok(()), Some(Listing::Deviation(_))) => &mut tally.deviations,
            (Ok(()), None) => &mut tally.passed,
        } += 1;
        verdict
    }
}

/// A recording must pass, a listed one must fail, and none may bring the server down.
fn judge(examined: &Examination, listing: Option<Listing<'_>>) -> Result<(), Failed> {
    if !examined.faults.is_empty() {
        return Err(format!("{}\n{}", examined.faults.join("\n"), examined.log_tail).into());
    }
    match (examined.is_passed(), listing) {
        (true, None) | (false, Some(_)) => Ok(()),
        (true, Some(listing)) => Err(format!("now passes: remove it from {}", listing.file()).into()),
        (false, None) => {
            let report = Report { outcome: &examined.outcome, notes: false, most: SHOWN_DIFFERENCES };
            Err(format!("{report}the server's log ends with:\n{}", examined.log_tail).into())
        }
    }
}

fn summary(tally: &BTreeMap<String, Tally>) -> String {
    let line = |(generation, tally): (&String, &Tally)| {
        let Tally { passed, known_gaps, deviations, wrong } = tally;
        let total = passed + known_gaps + deviations + wrong;
        format!(
            "{generation}: {passed} of {total} pass, {known_gaps} known gaps, {deviations} deviations, {wrong} wrong\n"
        )
    };
    tally.iter().map(line).collect()
}
