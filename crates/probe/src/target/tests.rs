use navaid_core::{Endpoint, GroupName, NamespaceId, ProbeRecord, ProbeVerdict, ServiceKey, ServiceName};

use super::*;

fn subject(checker: HealthChecker) -> Subject {
    let name = ServiceName::parse("s").unwrap();
    let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
    Subject { key, endpoint: Endpoint { ip: "1.1.1.1".into(), port: 80 }, checker, port: 80 }
}

fn at(millis: u64) -> Now {
    Now { wall: Timestamp(1_000_000 + millis), mono: Moment(millis) }
}

fn target(checker: HealthChecker) -> Target {
    // A seed without a random part: the first probe is due after 2 s.
    Target::new(subject(checker), 0, &Switches::default(), Moment(0))
}

/// Probes at the moment when it is due; `took` long. Gives the mark and when the next probe is due.
fn probe(target: &mut Target, finding: Finding, healthy: bool) -> (Option<Mark>, u64) {
    let start = target.due().expect("not busy").0;
    let took = Duration::from_millis(4);
    target.begin(at(start));
    assert_eq!(target.due(), None, "one probe at a time");
    let mark = target.judge(finding, took, healthy, &Switches::default());
    target.rest(Moment(start + 4));
    (mark, target.due().expect("waits again").0 - start)
}

#[test]
fn healthy_target_is_probed_ever_more_often_down_to_the_minimum() {
    let mut target = target(HealthChecker::Tcp);
    assert_eq!(target.due(), Some(Moment(2000)));
    let pauses: Vec<_> = (0..5).map(|_| probe(&mut target, Finding::Passed, true).1).collect();
    assert_eq!(pauses, [1501, 1126, 1000, 1000, 1000]);
}

#[test]
fn http_target_keeps_the_pace_of_http() {
    let checker = HealthChecker::Http { path: "/".into(), headers: "".into(), expected_code: 200 };
    let mut target = target(checker);
    let pauses: Vec<_> = (0..20).map(|_| probe(&mut target, Finding::Passed, true).1).collect();
    assert_eq!((pauses[0], pauses[19]), (1700, 500));
}

#[test]
fn refused_target_is_marked_at_once_and_probed_less() {
    let mut target = target(HealthChecker::Tcp);
    assert_eq!(probe(&mut target, Finding::Refused, true), (Some(Mark::Unhealthy), 2750));
}

#[test]
fn silent_target_is_marked_at_the_third_probe() {
    let mut target = target(HealthChecker::Tcp);
    let marks: Vec<_> = (0..3).map(|_| probe(&mut target, Finding::TimedOut, true).0).collect();
    assert_eq!(marks, [None, None, Some(Mark::Unhealthy)]);
}

#[test]
fn silent_target_is_marked_at_once_where_one_finding_is_enough() {
    let mut target = target(HealthChecker::Tcp);
    target.begin(at(2000));
    let switches = Switches { probe_times: 1, ..Switches::default() };
    let mark = target.judge(Finding::TimedOut, Duration::from_millis(500), true, &switches);
    assert_eq!(mark, Some(Mark::Unhealthy));
}

#[test]
fn probe_longer_than_the_interval_is_followed_at_once_not_earlier() {
    let mut target = target(HealthChecker::Tcp);
    target.begin(at(2000));
    target.judge(Finding::Passed, Duration::from_millis(5), true, &Switches::default());
    target.rest(Moment(9000));
    assert_eq!(target.due(), Some(Moment(9000)));
}

#[test]
fn skipped_probe_is_due_an_interval_later() {
    let mut target = target(HealthChecker::Tcp);
    target.skip(Moment(2000));
    assert_eq!(target.due(), Some(Moment(4000)));
}

#[test]
fn other_checker_starts_the_count_afresh() {
    let mut target = target(HealthChecker::Tcp);
    probe(&mut target, Finding::TimedOut, true);
    probe(&mut target, Finding::TimedOut, true);
    let mut target = target.retargeted(Subject { port: 81, ..subject(HealthChecker::Tcp) }, Moment(9000));
    assert_eq!(probe(&mut target, Finding::TimedOut, true).0, None);
    assert_eq!(target.report().records.len(), 3);
}

#[test]
fn mysql_target_keeps_the_pace_of_mysql() {
    let text = || "".into();
    let mut target = target(HealthChecker::Mysql { user: text(), password: text(), command: text() });
    let pauses: Vec<_> = (0..20).map(|_| probe(&mut target, Finding::Passed, true).1).collect();
    assert_eq!((pauses[0], pauses[19]), (2000, 2000));
    let pauses: Vec<_> = (0..20).map(|_| probe(&mut target, Finding::ReadOnly, false).1).collect();
    assert_eq!((pauses[0], pauses[19] > 2990), (2350, true));
}

#[test]
fn replica_is_marked_at_the_third_probe_and_a_refused_statement_at_once() {
    let mut target = target(HealthChecker::Tcp);
    let marks: Vec<_> = (0..3).map(|_| probe(&mut target, Finding::ReadOnly, true).0).collect();
    assert_eq!(marks, [None, None, Some(Mark::Unhealthy)]);
    let refused = Finding::SqlFailed { reason: "no".into() };
    assert_eq!(probe(&mut target, refused, true).0, Some(Mark::Unhealthy));
}

#[test]
fn report_tells_the_row_of_findings_that_has_not_led_to_a_mark() {
    let mut target = target(HealthChecker::Tcp);
    probe(&mut target, Finding::TimedOut, true);
    probe(&mut target, Finding::TimedOut, true);
    let report = target.report();
    assert_eq!((report.passes, report.failures, report.next), (0, 2, target.due()));
    probe(&mut target, Finding::TimedOut, true);
    assert_eq!((target.report().passes, target.report().failures), (0, 0));
    probe(&mut target, Finding::Passed, false);
    assert_eq!((target.report().passes, target.report().failures), (1, 0));
}

#[test]
fn history_tells_when_a_probe_began_and_what_it_found() {
    let mut target = target(HealthChecker::Tcp);
    probe(&mut target, Finding::Refused, true);
    let record = ProbeRecord {
        at: Timestamp(1_002_000),
        took: Duration::from_millis(4),
        verdict: ProbeVerdict::FailedAtOnce,
        text: "connection refused".into(),
    };
    assert_eq!(target.report().records, [record]);
}
