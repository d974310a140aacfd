use std::io;
use std::sync::Arc;

use super::*;
use crate::settings::{Flags, Secret, Surroundings, load};

/// A writer that keeps what was written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().clone()).expect("the log is UTF-8")
    }
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn settings(set: &[(&str, &str)]) -> LogSettings {
    let set = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let surroundings = Surroundings {
        flags: Flags { set, ..Flags::default() },
        environment: Vec::new(),
        working_dir: std::env::temp_dir().join("no such directory"),
        host_name: None,
        is_own_address: |_| false,
    };
    load(&surroundings).expect("the settings are good").settings.log
}

fn logged(set: &[(&str, &str)], act: impl FnOnce(&Telemetry)) -> String {
    let kept = Kept::default();
    let writer = kept.clone();
    let (subscriber, telemetry) = Telemetry::build(&settings(set), move || writer.clone(), false);
    tracing::subscriber::with_default(subscriber, || act(&telemetry));
    kept.text()
}

#[test]
fn text_log_holds_message_and_fields_of_the_level() {
    let text = logged(&[], |_| {
        tracing::info!(port = 8848, "started");
        tracing::debug!("hidden");
    });
    assert!(text.contains("INFO") && text.contains("started port=8848"), "{text}");
    assert!(!text.contains("hidden"), "{text}");
}

#[test]
fn json_log_is_one_object_a_line() {
    let text = logged(&[("navaid.log.format", "json")], |_| {
        tracing::info!(port = 8848, "started");
        tracing::warn!("second");
    });
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["message"], "started");
    assert_eq!(lines[0]["port"], 8848);
    assert_eq!(lines[1]["level"], "WARN");
}

#[test]
fn level_of_a_part_can_be_changed_while_running() {
    let text = logged(&[("navaid.log.level", "warn")], |telemetry| {
        tracing::info!(target: "navaid_naming::view", "before");
        telemetry.set_level("navaid_naming", LevelFilter::DEBUG).expect("the log runs");
        tracing::debug!(target: "navaid_naming::view", "after");
        tracing::info!(target: "navaid_config", "elsewhere");
        telemetry.set_level("navaid_naming", LevelFilter::OFF).expect("the log runs");
        tracing::error!(target: "navaid_naming", "silenced");
    });
    assert!(text.contains("after"), "{text}");
    for hidden in ["before", "elsewhere", "silenced"] {
        assert!(!text.contains(hidden), "{text}");
    }
}

#[test]
fn secret_in_a_field_is_masked() {
    let secret = Secret::new("hunter2");
    let text = logged(&[], |_| tracing::info!(%secret, other = ?secret, "logged in"));
    assert!(text.contains("***") && !text.contains("hunter2"), "{text}");
}

#[test]
fn changed_setting_of_the_log_counts_below_what_operators_set() {
    let filter = settings(&[("navaid.log.level", "debug")]).filter;
    let text = logged(&[("navaid.log.level", "warn")], |telemetry| {
        telemetry.set_level("navaid_naming", LevelFilter::ERROR).expect("the log runs");
        tracing::info!("before");
        telemetry.follow_setting(filter);
        tracing::info!("after");
        tracing::info!(target: "navaid_naming", "quiet");
    });
    assert!(text.contains("after") && !text.contains("before") && !text.contains("quiet"), "{text}");
}
