use navaid_core::Timestamp;

use super::*;

fn now(wall_secs: u64, mono_secs: u64) -> Now {
    Now { wall: Timestamp(wall_secs * 1000), mono: Moment(mono_secs * 1000) }
}

#[test]
fn pause_is_seen_on_either_clock() {
    let mut watch = PauseWatch::new(now(1000, 0));
    assert_eq!(watch.observe(now(1001, 1)), None);
    assert_eq!(watch.observe(now(1061, 61)), Some(Duration::from_secs(59)));
    assert_eq!(watch.observe(now(1200, 62)), Some(Duration::ZERO));
    assert_eq!(watch.observe(now(900, 63)), None, "a wall clock set back tells nothing");
}
