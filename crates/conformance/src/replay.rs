//! Replays a scenario and judges each answer.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::compare::{Difference, compare_answer};
use crate::json::Json;
use crate::runner::{Runner, Target};
use crate::scenario::{Scenario, Step};
use crate::variables::Variables;

/// The wait between two tries of a read.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// How far to replay.
#[derive(Clone, Copy, Debug)]
pub struct Depth {
    /// How long a read may take to become right, since naming is eventually consistent.
    pub patience: Duration,
    /// The number of failing steps after which the replay ends; every one of them costs its patience.
    pub failing_steps: usize,
}

impl Depth {
    /// Every step, with the patience that the reference's own replayer has.
    pub const WHOLE: Depth = Depth { patience: Duration::from_secs(4), failing_steps: usize::MAX };
    /// Until the first failing step.
    pub const FIRST_FAILURE: Depth = Depth { failing_steps: 1, ..Depth::WHOLE };
}

/// One difference and the step at which it showed.
#[derive(Debug)]
pub struct StepDifference {
    /// Counted from 1.
    pub step: usize,
    /// What the step does: `GET /nacos/v1/cs/configs`.
    pub label: String,
    pub difference: Difference,
}

/// What a replay found.
#[derive(Debug)]
pub struct Outcome {
    pub differences: Vec<StepDifference>,
    /// The number of steps of the scenario.
    pub steps: usize,
    /// Whether steps were left out after too many failing ones.
    pub is_cut: bool,
}

impl Outcome {
    /// Whether no difference would break a client.
    pub fn is_passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The differences that would break a client.
    pub fn failures(&self) -> impl Iterator<Item = &StepDifference> {
        self.differences.iter().filter(|found| found.difference.is_fail())
    }
}

/// Replays a scenario against a server, which may have seen it before: every replay has names of its own.
///
/// Cancel safety: dropping the future drops the scenario's connections and requests.
pub async fn replay(scenario: &Scenario, target: &Target, depth: Depth) -> Outcome {
    let mut runner = Runner::new(target, &fresh_token());
    let mut outcome = Outcome { differences: Vec::new(), steps: scenario.steps().len(), is_cut: false };
    let mut failing = 0;
    for (index, step) in scenario.steps().iter().enumerate() {
        if failing >= depth.failing_steps {
            outcome.is_cut = true;
            break;
        }
        let found = judge_step(&mut runner, step, depth.patience).await;
        failing += usize::from(found.iter().any(Difference::is_fail));
        outcome.differences.extend(found.into_iter().map(|difference| StepDifference {
            step: index + 1,
            label: step.label(),
            difference,
        }));
    }
    outcome
}

/// A name that no other replay has: `u` and nine letters or digits.
fn fresh_token() -> String {
    const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rest = RandomState::new().hash_one("token");
    let mut token = "u".to_owned();
    for _ in 0..9 {
        token.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    token
}

/// Takes a step, again and again while it may and is not right, and gives the differences of the last answer.
async fn judge_step(runner: &mut Runner, step: &Step, patience: Duration) -> Vec<Difference> {
    sleep(step.sleep()).await;
    let patience = if step.is_silence() { Duration::ZERO } else { patience };
    let until = step.until();
    let deadline = Instant::now() + until.map_or(patience, |(_, within)| within.max(patience));
    loop {
        let answer = match runner.answer(step).await {
            Ok(answer) => answer,
            Err(error) => return vec![Difference::fail("exchange", format!("{error:#}"))],
        };
        let variables = runner.variables_after(step, &answer);
        let found = judge(step, &answer, &variables);
        let is_awaited = until.is_none_or(|(status, _)| answer.get("status") == status);
        let is_right = is_awaited && !found.iter().any(Difference::is_fail);
        let may_retry = until.is_some() || step.is_repeatable();
        if is_right || !may_retry || Instant::now() >= deadline {
            runner.set_variables(variables);
            return found;
        }
        sleep(RETRY_INTERVAL).await;
    }
}

/// The differences of an answer, compared with its values put back into variables; or none, when it equals the recorded
/// one with the variables filled in.
///
/// The second look is for values of a variable that stand in an answer by chance, such as a port number inside a digest.
fn judge(step: &Step, answer: &Json, variables: &Variables) -> Vec<Difference> {
    let found = compare_answer(step.want(), &variables.abstracted(answer), step.unordered());
    if !found.iter().any(Difference::is_fail) {
        return found;
    }
    let filled = compare_answer(&variables.substitute(step.want()), answer, step.unordered());
    if filled.iter().any(Difference::is_fail) { found } else { filled }
}

#[cfg(test)]
mod tests;
