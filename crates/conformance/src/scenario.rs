//! A scenario as it stands in a recording: its steps, and what the reference answered to each.
//!
//! The action of a step stays JSON until its variables are filled in; [`Action::parse`] then reads it.

mod action;

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::compare::Unordered;
use crate::json::Json;

pub(crate) use action::{Action, Body, Call, Connect, HttpRequest, PortChoice, Push, StartRequest};

/// How long `until` waits when the step does not say.
const UNTIL_DEFAULT: Duration = Duration::from_secs(20);

/// One recorded scenario.
#[derive(Debug)]
pub struct Scenario {
    name: String,
    about: String,
    steps: Vec<Step>,
}

impl Scenario {
    /// Reads the text of a recording.
    ///
    /// # Errors
    /// The text is no JSON object with `name` and `steps`, or a step has no known action or no `want`.
    pub fn parse(text: &str) -> Result<Self> {
        let json = Json::parse(text).context("read recording")?;
        let text_of = |key: &str| {
            json.get(key).and_then(Json::as_text).with_context(|| format!("recording lacks {key}"))
        };
        let steps = json.get("steps").context("recording lacks steps")?.items();
        let steps = steps.iter().enumerate();
        Ok(Self {
            name: text_of("name")?.to_owned(),
            about: text_of("about")?.to_owned(),
            steps: steps
                .map(|(n, step)| Step::parse(step).with_context(|| format!("step {}", n + 1)))
                .collect::<Result<_>>()?,
        })
    }

    /// The name inside the recording, which is its file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One sentence on what the scenario is for.
    pub fn about(&self) -> &str {
        &self.about
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// One step: an action, how its answer is treated, and the recorded answer.
#[derive(Debug)]
pub(crate) struct Step {
    json: Json,
    want: Json,
    unordered: Unordered,
}

impl Step {
    fn parse(json: &Json) -> Result<Self> {
        let unordered = texts(json.get("unordered"));
        let want = json.get("want").context("no recorded answer")?.clone();
        let action = json.fields().iter().filter(|(key, _)| key != "want").cloned().collect();
        let step = Self { json: Json::Object(action), want, unordered: Unordered::new(unordered) };
        Action::parse(&step.json)?;
        ensure!(matches!(step.want, Json::Object(_)), "the recorded answer is no object");
        Ok(step)
    }

    /// The step without its recorded answer, variables not yet filled in.
    pub(crate) fn json(&self) -> &Json {
        &self.json
    }

    pub(crate) fn want(&self) -> &Json {
        &self.want
    }

    pub(crate) fn unordered(&self) -> &Unordered {
        &self.unordered
    }

    /// The wait before the step.
    pub(crate) fn sleep(&self) -> Duration {
        seconds(self.json.get("sleep")).unwrap_or_default()
    }

    /// What a cache of the server lets through only after a while: the status to wait for, and for how long.
    pub(crate) fn until(&self) -> Option<(Option<&Json>, Duration)> {
        let until = self.json.get("until")?;
        Some((until.get("status"), seconds(until.get("within")).unwrap_or(UNTIL_DEFAULT)))
    }

    /// Whether the step may be tried again: it reads and changes nothing.
    pub(crate) fn is_repeatable(&self) -> bool {
        let method = self.json.get("http").and_then(|http| http.get("method"));
        method.and_then(Json::as_text) == Some("GET")
            || self.json.get("read").is_some_and(Json::is_true)
            || self.json.get("push").is_some()
    }

    /// Whether the recorded answer is a push that must *not* come: a second look would hide one that did.
    pub(crate) fn is_silence(&self) -> bool {
        let is_none = self.want.get("type") == Some(&Json::Null);
        let is_empty = self.want.get("body") == Some(&Json::List(Vec::new()));
        self.json.get("push").is_some() && (is_none || is_empty)
    }

    /// `(variable, path)` of each value to keep.
    pub(crate) fn save(&self) -> impl Iterator<Item = (&str, &str)> {
        let save = self.json.get("save").map_or(&[][..], Json::fields);
        save.iter().filter_map(|(name, path)| Some((name.as_str(), path.as_text()?)))
    }

    /// Whether trailing blanks of texts do not count: an embedded database pads its CHAR columns.
    pub(crate) fn is_trimmed(&self) -> bool {
        self.json.get("trim").is_some_and(Json::is_true)
    }

    /// What the step does, in a few words: `GET /nacos/v1/cs/configs`, `call ConfigQueryRequest`.
    pub(crate) fn label(&self) -> String {
        let of = |spec: &Json, key: &str| spec.get(key).map(Json::bare).unwrap_or_default();
        for (kind, spec) in self.json.fields() {
            return match kind.as_str() {
                "http" => format!("{} {}", of(spec, "method"), of(spec, "path")),
                "start" => format!("start {} {}", of(spec, "method"), of(spec, "path")),
                "call" | "send" | "push" => format!("{kind} {}", of(spec, "type")),
                "connect" | "udp" => format!("{kind} {}", of(spec, "as")),
                "close" | "stream_state" => format!("{kind} {}", of(spec, "on")),
                "join" | "pause" => format!("{kind} {}", spec.bare()),
                _ => continue,
            };
        }
        String::new()
    }
}

/// The texts of a list, none where there is no list.
pub(crate) fn texts(list: Option<&Json>) -> Vec<String> {
    list.map_or(&[][..], Json::items).iter().filter_map(Json::as_text).map(str::to_owned).collect()
}

fn seconds(value: Option<&Json>) -> Option<Duration> {
    Duration::try_from_secs_f64(value?.as_number()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_without_known_action_is_refused() {
        let text = r#"{"name": "n", "about": "a", "steps": [{"dance": {}, "want": {}}]}"#;
        let error = format!("{:#}", Scenario::parse(text).unwrap_err());
        assert!(error.starts_with("step 1: "), "{error}");
    }

    #[test]
    fn step_without_recorded_answer_is_refused() {
        assert!(Scenario::parse(r#"{"name": "n", "about": "a", "steps": [{"pause": 1}]}"#).is_err());
    }

    #[test]
    fn every_recording_can_be_read() {
        for recording in crate::recordings().unwrap() {
            let scenario = recording.scenario().unwrap();
            assert_eq!(scenario.name(), recording.stem());
            assert!(scenario.steps().iter().all(|step| !step.label().is_empty()), "{}", recording.name());
        }
    }
}
