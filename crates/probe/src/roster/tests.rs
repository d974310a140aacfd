use navaid_core::{GroupName, NamespaceId, ServiceName, Timestamp};
use proptest::prelude::*;

use super::*;

fn subject(port: u16, checker: HealthChecker) -> Subject {
    let name = ServiceName::parse("s").unwrap();
    let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
    Subject { key, endpoint: Endpoint { ip: "1.1.1.1".into(), port }, checker, port }
}

fn tcp(port: u16) -> Subject {
    subject(port, HealthChecker::Tcp)
}

fn at(millis: u64) -> Now {
    Now { wall: Timestamp(millis), mono: Moment(millis) }
}

fn sync(roster: &mut Roster, subjects: &[Subject], now: u64) {
    roster.sync(subjects.to_vec(), |_| 0, &Switches::default(), Moment(now));
    assert_eq!(roster.targets.len(), roster.names.len());
}

fn begin_all(roster: &mut Roster, now: u64) -> Vec<u16> {
    let mut ports: Vec<_> =
        std::iter::from_fn(|| roster.begin(at(now)).map(|(_, subject)| subject.port)).collect();
    ports.sort_unstable();
    ports
}

const PASSED: (Finding, Duration) = (Finding::Passed, Duration::ZERO);

#[test]
fn target_is_begun_once_when_it_is_due() {
    let mut roster = Roster::default();
    sync(&mut roster, &[tcp(1), tcp(2)], 0);
    assert_eq!(roster.next_due(), Some(Moment(2000)));
    assert!(begin_all(&mut roster, 1999).is_empty());
    assert_eq!(begin_all(&mut roster, 2000), [1, 2]);
    assert!(begin_all(&mut roster, 60_000).is_empty());
}

#[test]
fn target_without_a_checker_is_not_probed() {
    let mut roster = Roster::default();
    sync(&mut roster, &[subject(1, HealthChecker::None)], 0);
    assert_eq!(roster.next_due(), None);
}

#[test]
fn finding_about_a_target_that_went_means_nothing() {
    let mut roster = Roster::default();
    sync(&mut roster, &[tcp(1)], 0);
    let (id, _) = roster.begin(at(2000)).unwrap();
    sync(&mut roster, &[], 2100);
    sync(&mut roster, &[tcp(1)], 2200);
    let refused = (Finding::Refused, Duration::ZERO);
    assert_eq!(roster.judge(id, refused, true, &Switches::default()), None);
    roster.rest(id, Moment(2300));
    assert!(begin_all(&mut roster, 4199).is_empty());
    assert_eq!(begin_all(&mut roster, 4200), [1]);
}

#[test]
fn finding_of_the_old_way_does_not_count_for_the_new() {
    let mut roster = Roster::default();
    sync(&mut roster, &[tcp(1)], 0);
    let (id, _) = roster.begin(at(2000)).unwrap();
    let moved = Subject { port: 7, ..tcp(1) };
    sync(&mut roster, std::slice::from_ref(&moved), 2100);
    let refused = (Finding::Refused, Duration::ZERO);
    assert_eq!(roster.judge(id, refused, true, &Switches::default()), None);
    assert_eq!(begin_all(&mut roster, 4100), [7]);
}

#[test]
fn skipped_targets_come_again() {
    let mut roster = Roster::default();
    sync(&mut roster, &[tcp(1)], 0);
    roster.skip_due(Moment(2500));
    assert!(begin_all(&mut roster, 4499).is_empty());
    assert_eq!(begin_all(&mut roster, 4500), [1]);
}

proptest! {
    /// Whatever comes and goes, and in whichever order probes end: who is there is probed, and nobody else is.
    #[test]
    fn every_subject_is_either_due_or_busy(steps in prop::collection::vec((0_u8..4, 0_u16..6), 1..60)) {
        let mut roster = Roster::default();
        let (mut there, mut busy, mut now) = (Vec::<Subject>::new(), Vec::new(), 0);
        for (step, port) in steps {
            now += 700;
            match step {
                0 if !there.contains(&tcp(port)) => there.push(tcp(port)),
                0 | 1 => there.retain(|subject| subject.port != port),
                2 => busy.extend(roster.begin(at(now)).map(|(id, _)| id)),
                _ => if let Some(id) = busy.pop() {
                    roster.judge(id, PASSED, true, &Switches::default());
                    roster.rest(id, Moment(now));
                }
            }
            sync(&mut roster, &there, now);
            prop_assert_eq!(roster.targets.len(), there.len());
            let waiting = roster.due.len();
            let running = busy.iter().filter(|id| roster.subject(**id).is_some()).count();
            prop_assert_eq!(waiting + running, there.len());
        }
    }
}
