//! What `GET /v3/admin/ns/health/probes` answers: Navaid's own, without an example in Nacos.

use std::{sync::Arc, time::Duration};

use navaid_core::{ProbeReport, ProbeVerdict, service::HealthChecker};
use serde::Serialize;

use crate::http::page::Page;

/// The persistent instances of a service, page by page.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbedService<'a> {
    /// Why nothing is probed, where that is so for the whole service.
    pub explanation: Option<&'static str>,
    #[serde(flatten)]
    pub page: Page<ProbedInstance<'a>>,
}

impl ProbedService<'_> {
    pub const EPHEMERAL: &'static str = "instances of this service are ephemeral: they live by the beats or the \
                                         connections of their clients, and are not probed";
    pub const SWITCHED_OFF: &'static str = "health checks are switched off (switch healthCheckEnabled)";
}

/// One instance, and what its probes found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbedInstance<'a> {
    pub ip: &'a str,
    pub port: u16,
    pub cluster_name: &'a str,
    /// As it is marked now.
    pub healthy: bool,
    /// Kind of the checker: `TCP`, `HTTP`, `MYSQL` or `NONE`.
    pub checker: &'static str,
    /// The port that is probed.
    pub check_port: u16,
    /// Why there are no probes, where there are none.
    pub explanation: Option<&'static str>,
    /// Milliseconds until the next probe; null while one is under way, and where nothing is probed.
    pub next_probe_in: Option<u64>,
    /// Probes in a row that passed, or failed, and have not changed the health yet; `changes_after` would.
    pub passed_in_row: u32,
    pub failed_in_row: u32,
    pub changes_after: u32,
    /// The last probes, newest first.
    pub probes: Vec<ShownProbe>,
}

impl ProbedInstance<'_> {
    pub const UNCHECKED: &'static str = "its cluster has no checker: its health is set by hand";
    pub const NEW: &'static str = "it was not probed yet: the first probe comes within 7 s";
}

/// One probe.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownProbe {
    /// When it began, in milliseconds since the epoch.
    pub time: u64,
    /// How long it took, in milliseconds.
    pub duration: u64,
    pub outcome: &'static str,
    /// What was found, in words.
    pub text: Arc<str>,
}

/// The last probes of a report, newest first.
pub fn probes(report: &ProbeReport) -> Vec<ShownProbe> {
    let shown = |record: &navaid_core::ProbeRecord| ShownProbe {
        time: record.at.as_millis(),
        duration: millis(record.took),
        outcome: outcome(record.verdict),
        text: record.text.clone(),
    };
    report.records.iter().rev().map(shown).collect()
}

/// The kind of a checker, as its `type` names it.
pub fn kind(checker: &HealthChecker) -> &'static str {
    match checker {
        HealthChecker::Tcp => "TCP",
        HealthChecker::Http { .. } => "HTTP",
        HealthChecker::Mysql { .. } => "MYSQL",
        HealthChecker::None => "NONE",
    }
}

/// A duration in whole milliseconds.
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn outcome(verdict: ProbeVerdict) -> &'static str {
    match verdict {
        ProbeVerdict::Passed => "PASSED",
        ProbeVerdict::Failed => "FAILED",
        ProbeVerdict::FailedAtOnce => "FAILED_AT_ONCE",
        ProbeVerdict::NotCounted => "NOT_COUNTED",
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{ProbeRecord, Timestamp};

    use super::*;

    #[test]
    fn report_shows_the_newest_probe_first() {
        let record = |at, verdict, text: &str| ProbeRecord {
            at: Timestamp(at),
            took: Duration::from_micros(4600),
            verdict,
            text: text.into(),
        };
        let report = ProbeReport {
            next: None,
            passes: 0,
            failures: 1,
            records: vec![
                record(1, ProbeVerdict::Passed, "passed"),
                record(2, ProbeVerdict::FailedAtOnce, "connection refused"),
            ],
        };
        let instance = ProbedInstance {
            ip: "10.0.0.1",
            port: 80,
            cluster_name: "DEFAULT",
            healthy: true,
            checker: kind(&HealthChecker::Tcp),
            check_port: 81,
            explanation: None,
            next_probe_in: Some(500),
            passed_in_row: report.passes,
            failed_in_row: report.failures,
            changes_after: 3,
            probes: probes(&report),
        };
        let service = ProbedService { explanation: None, page: Page::new(1, 1, 100, vec![instance]) };
        let expected = r#"{"explanation":null,"totalCount":1,"pageNumber":1,"pagesAvailable":1,"pageItems":[{"ip":"10.0.0.1","port":80,"clusterName":"DEFAULT","healthy":true,"checker":"TCP","checkPort":81,"explanation":null,"nextProbeIn":500,"passedInRow":0,"failedInRow":1,"changesAfter":3,"probes":[{"time":2,"duration":4,"outcome":"FAILED_AT_ONCE","text":"connection refused"},{"time":1,"duration":4,"outcome":"PASSED","text":"passed"}]}]}"#;
        assert_eq!(serde_json::to_string(&service).unwrap(), expected);
    }
}
