//! The runner against real listeners.

use std::time::Duration;

use navaid_core::{
    ProbeVerdict, Switches,
    seam::{Clock, Probing},
};
use navaid_probe::{Mark, history::RECORDS_MAX};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

use crate::rig::{Rig, listen, tcp};

#[tokio::test]
async fn instance_is_marked_as_its_port_closes_and_opens() {
    let (listener, port) = listen().await;
    let rig = Rig::start(tcp(port), Switches::default());
    rig.wait_for("probe that passes", |rig| rig.probed(port) >= 4).await;
    assert_eq!(rig.table.marks(), []);
    drop(listener);
    rig.wait_for("mark", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    rig.wait_for("second mark", |rig| rig.table.marks() == [Mark::Unhealthy, Mark::Healthy]).await;
    let records = rig.report(port).unwrap().records;
    let verdicts: Vec<_> = records.iter().rev().take(3).map(|record| record.verdict).collect();
    assert_eq!(verdicts, [ProbeVerdict::Passed; 3]);
    let tally = rig.probes.tally(rig.clock.now());
    assert!(tally.total.tcp >= 8 && tally.total == tally.today, "{tally:?}");
    drop(listener);
    rig.stop().await;
}

#[tokio::test]
async fn records_of_probes_are_bounded() {
    let (_listener, port) = listen().await;
    let rig = Rig::start(tcp(port), Switches::default());
    rig.wait_for("full history", |rig| rig.probed(port) == RECORDS_MAX).await;
    let first = rig.report(port).unwrap().records[0].at;
    rig.wait_for("newer history", |rig| rig.report(port).unwrap().records[0].at > first).await;
    assert_eq!(rig.probed(port), RECORDS_MAX);
    rig.stop().await;
}

#[tokio::test]
async fn nothing_is_probed_while_the_switch_is_off() {
    let (listener, port) = listen().await;
    drop(listener);
    let off = Switches { health_check_enabled: false, ..Switches::default() };
    let rig = Rig::start(tcp(port), off);
    let next = |rig: &Rig| rig.report(port).and_then(|report| report.next);
    rig.wait_for("target", |rig| next(rig).is_some()).await;
    let first = next(&rig).unwrap();
    rig.wait_for("turn that is let pass", |rig| next(rig).unwrap() > first).await;
    assert_eq!((rig.probed(port), rig.table.marks()), (0, vec![]));
    rig.table.switches.lock().health_check_enabled = true;
    rig.wait_for("mark once it is on", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    rig.stop().await;
}

#[tokio::test]
async fn instances_that_go_are_forgotten_and_new_ones_found() {
    let (_gone_listener, gone) = listen().await;
    let (listener, port) = listen().await;
    drop(listener);
    let rig = Rig::start(tcp(gone), Switches::default());
    rig.wait_for("first target", |rig| rig.report(gone).is_some()).await;
    rig.table.change(|rows| *rows = vec![(tcp(port), true)]);
    rig.wait_for("mark of the new one", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    assert_eq!(rig.report(gone), None);
    rig.stop().await;
}

#[tokio::test]
async fn mark_that_was_not_recorded_is_tried_again() {
    let (listener, port) = listen().await;
    drop(listener);
    let rig = Rig::start(tcp(port), Switches::default());
    *rig.table.failures.lock() = 2;
    rig.wait_for("mark", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    assert_eq!(*rig.table.failures.lock(), 0);
    rig.stop().await;
}

/// A listener that answers nobody: its queue is full, so the system drops who knocks.
async fn black_hole() -> (TcpListener, Vec<TcpStream>, u16) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = timeout(Duration::from_secs(1), TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
        assert!(waiting.len() < 100, "this system queues whatever comes");
    }
    (listener, waiting, address.port())
}

#[tokio::test]
async fn instance_that_drops_connections_is_marked_at_the_third_probe() {
    let (_listener, _waiting, port) = black_hole().await;
    let rig = Rig::start(tcp(port), Switches::default());
    rig.wait_for("mark", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    let records = rig.report(port).unwrap().records;
    assert_eq!(*rig.table.probed_at_marks.lock(), [3]);
    assert!(records.iter().all(|record| &*record.text == "timed out"), "{records:?}");
    rig.stop().await;
}

#[tokio::test]
async fn probes_under_way_are_limited_and_all_have_their_turn() {
    let (_listener, _waiting, hole) = black_hole().await;
    let (_open, port) = listen().await;
    let rig = Rig::start_limited(vec![tcp(hole), tcp(port)], Switches::default(), 1);
    rig.wait_for("probes of both", |rig| rig.probed(hole) >= 3 && rig.probed(port) >= 3).await;
    let records = rig.report(hole).unwrap().records.into_iter().chain(rig.report(port).unwrap().records);
    let mut spans: Vec<_> = records.map(|record| (record.at.0, record.took)).collect();
    spans.sort_unstable();
    let overlaps = spans.windows(2).any(|pair| {
        let took = u64::try_from(pair[0].1.as_millis()).unwrap();
        pair[1].0 < pair[0].0 + took
    });
    assert!(!overlaps, "one at a time: {spans:?}");
    rig.stop().await;
}
