use navaid_core::Timestamp;
use prost::Message;

use super::*;
use crate::contract::publish;

/// Long enough to cross sectors.
const LONG: usize = 1500;

fn batch(contents: &[&str]) -> Batch {
    let mut batch = Batch::default();
    for content in contents {
        batch.push(&Proposal { at: Timestamp(7), command: publish("d", content) });
    }
    batch
}

/// A log of entries with these contents each, and where in its only segment the entries end.
fn log_of(dir: &Path, entries: &[&str]) -> (Vec<u8>, Vec<usize>) {
    let (mut log, _) = Log::open(dir, LogIndex(0)).unwrap();
    let ends = entries.iter().map(|content| {
        log.append(&batch(&[content])).unwrap();
        usize::try_from(log.active.len()).unwrap()
    });
    let ends = ends.collect();
    (fs::read(segment_path(dir, LogIndex(1))).unwrap(), ends)
}

fn open_bytes(bytes: &[u8]) -> Result<Tail, OpenError> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(segment_path(dir.path(), LogIndex(1)), bytes).unwrap();
    let (mut log, tail) = Log::open(dir.path(), LogIndex(0))?;
    // What opens must also go on, and open again.
    let next = log.append(&batch(&["more"])).unwrap();
    assert_eq!(next.0, tail.len() as u64 + 1);
    let (_, again) = Log::open(dir.path(), LogIndex(0)).unwrap();
    assert_eq!(again[..tail.len()], tail);
    assert_eq!(again.len(), tail.len() + 1);
    Ok(tail)
}

#[track_caller]
fn assert_damaged(opened: Result<Tail, OpenError>) {
    match opened {
        Err(error @ OpenError::Damaged { .. }) => {
            let message = error.to_string();
            assert!(message.contains("is damaged") && message.contains("backup"), "{message}");
        }
        other => panic!("not recognised as damage: {other:?}"),
    }
}

#[test]
fn log_gives_back_what_the_state_lacks() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, tail) = Log::open(dir.path(), LogIndex(0)).unwrap();
    assert_eq!(tail, []);
    assert_eq!(log.append(&batch(&["1", "2"])).unwrap(), LogIndex(1));
    assert_eq!(log.append(&batch(&["3"])).unwrap(), LogIndex(3));
    drop(log);
    for applied in 0..=3 {
        let (_, tail) = Log::open(dir.path(), LogIndex(applied)).unwrap();
        assert_eq!(
            tail.iter().map(|(index, _)| index.0).collect::<Vec<_>>(),
            (applied + 1..=3).collect::<Vec<_>>()
        );
        if let Some((_, last)) = tail.last() {
            assert_eq!(*last, Proposal { at: Timestamp(7), command: publish("d", "3") });
        }
    }
}

#[test]
fn log_stopped_anywhere_in_an_append_drops_that_entry_only() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, ends) = log_of(dir.path(), &["a", "b", &"\0".repeat(LONG)]);
    for cut in (ends[1]..ends[2]).step_by(7).chain([ends[2] - 1]) {
        let mut torn = bytes.clone();
        torn[cut..].fill(0);
        assert_eq!(open_bytes(&torn).unwrap().len(), 2, "cut at {cut}");
    }
}

#[test]
fn log_with_lost_sectors_in_its_last_entry_drops_that_entry_only() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, ends) = log_of(dir.path(), &["a", "b", &"x".repeat(LONG)]);
    let bounds: Vec<usize> = [ends[1]]
        .into_iter()
        .chain((0..ends[2]).step_by(512).filter(|at| *at > ends[1]))
        .chain([ends[2]])
        .collect();
    let pieces: Vec<_> = bounds.windows(2).map(|bounds| bounds[0]..bounds[1]).collect();
    for lost in 1_u32..1 << pieces.len() {
        let mut torn = bytes.clone();
        for (_, piece) in pieces.iter().enumerate().filter(|(at, _)| lost & 1 << at != 0) {
            torn[piece.clone()].fill(0);
        }
        assert_eq!(open_bytes(&torn).unwrap().len(), 2, "lost pieces {lost:b}");
    }
}

#[test]
fn log_interrupted_while_its_file_grew_opens() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, ends) = log_of(dir.path(), &["a", &"x".repeat(600 << 10)]);
    for len in [512 << 10, (512 << 10) + 5, ends[1] - 1] {
        assert_eq!(open_bytes(&bytes[..len]).unwrap().len(), 1, "length {len}");
    }
    assert_eq!(open_bytes(&bytes).unwrap().len(), 2);
}

#[test]
fn log_with_any_changed_byte_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, ends) = log_of(dir.path(), &["a", "b", "c"]);
    // The last four bytes of the segment's header are padding.
    for at in (0..28).chain(32..ends[2]) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        assert_damaged(open_bytes(&flipped));
    }
}

#[test]
fn log_with_a_lost_sector_before_its_last_entry_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, _) = log_of(dir.path(), &[&"x".repeat(LONG), &"y".repeat(LONG), "c"]);
    for sector in [512, 1024, 1536, 2048] {
        let mut damaged = bytes.clone();
        damaged[sector..sector + 512].fill(0);
        assert_damaged(open_bytes(&damaged));
    }
}

#[test]
fn log_cut_short_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, ends) = log_of(dir.path(), &["a", "b", "c"]);
    for len in (0..ends[2] + 600).step_by(11) {
        assert_damaged(open_bytes(&bytes[..len]));
    }
}

#[test]
fn log_rolls_and_removes_what_the_state_holds_durably() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = Log::open(dir.path(), LogIndex(0)).unwrap();
    let content = "x".repeat(3 << 20);
    let files = || segments_of(dir.path()).unwrap().iter().map(|(first, _)| first.0).collect::<Vec<_>>();
    for _ in 0..9 {
        log.append(&batch(&[&content])).unwrap();
        log.tidy(LogIndex(0)).unwrap();
    }
    assert_eq!(files(), [1, 4, 7, 10]);
    log.purge(LogIndex(5)).unwrap();
    assert_eq!(files(), [4, 7, 10]);
    drop(log);

    assert!(matches!(Log::open(dir.path(), LogIndex(2)), Err(OpenError::Gap { first: 4, .. })));
    let (_, tail) = Log::open(dir.path(), LogIndex(7)).unwrap();
    assert_eq!(tail.iter().map(|(index, _)| index.0).collect::<Vec<_>>(), [8, 9]);
    assert_eq!(files(), [7, 10], "opening removes what the state has outgrown");
}

#[test]
fn log_without_one_of_its_segments_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = Log::open(dir.path(), LogIndex(0)).unwrap();
    let content = "x".repeat(9 << 20);
    for _ in 0..3 {
        log.append(&batch(&[&content])).unwrap();
        log.tidy(LogIndex(0)).unwrap();
    }
    fs::remove_file(segment_path(dir.path(), LogIndex(2))).unwrap();
    assert_damaged(Log::open(dir.path(), LogIndex(0)).map(|(_, tail)| tail));
}

#[test]
fn log_that_ends_before_the_state_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    log_of(dir.path(), &["a", "b"]);
    assert!(Log::open(dir.path(), LogIndex(2)).is_ok());
    assert_damaged(Log::open(dir.path(), LogIndex(3)).map(|(_, tail)| tail));
}

#[test]
fn log_that_was_moved_away_begins_after_the_state() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, tail) = Log::open(dir.path(), LogIndex(41)).unwrap();
    assert_eq!(tail, []);
    assert_eq!(log.append(&batch(&["a"])).unwrap(), LogIndex(42));
}

#[test]
fn log_with_a_command_of_a_newer_release_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _) = Log::open(dir.path(), LogIndex(0)).unwrap();
    // One proposal: level 3, nothing that this release knows.
    log.append(&Batch::decode(&[0x0A, 2, 0x08, 3][..]).unwrap()).unwrap();
    let error = Log::open(dir.path(), LogIndex(0)).unwrap_err();
    assert!(matches!(error, OpenError::Newer { .. }));
    assert!(
        error.to_string().contains("written by a newer release of Navaid (command of level 3)"),
        "{error}"
    );
    assert!(Log::open(dir.path(), LogIndex(1)).is_ok(), "what the state holds is not read again");
}

#[test]
fn log_directory_with_a_foreign_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), "").unwrap();
    assert_damaged(Log::open(dir.path(), LogIndex(0)).map(|(_, tail)| tail));
}
