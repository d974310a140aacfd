use std::collections::VecDeque;

use navaid_core::{Metadata, seam::Borrowing};
use parking_lot::Mutex;

use super::*;

type Read = Result<Option<Vec<LabelEntry>>, LabelsUnread>;

/// Gives prepared reads; then waits for ever.
struct Script(Arc<Mutex<VecDeque<Read>>>);

impl LabelSource for Script {
    fn place(&self) -> &str {
        "script"
    }

    fn read(&mut self) -> Borrowing<'_, Read> {
        let next = self.0.lock().pop_front();
        Box::pin(async {
            match next {
                Some(read) => read,
                None => std::future::pending().await,
            }
        })
    }

    fn pause(&self, failures: u32) -> Duration {
        Duration::from_millis(u64::from(failures))
    }
}

fn entry(target: &str) -> LabelEntry {
    LabelEntry { target: target.parse().unwrap(), labels: Metadata::default() }
}

fn failure(reason: &str) -> Read {
    Err(LabelsUnread(reason.into()))
}

/// A follower of prepared reads, and what it published.
fn follower(
    reads: impl IntoIterator<Item = Read>,
) -> (LabelFollower, Arc<Mutex<Vec<usize>>>, CancellationToken) {
    let (published, stop) = (Arc::new(Mutex::new(Vec::new())), CancellationToken::new());
    let script = Script(Arc::new(Mutex::new(reads.into_iter().collect())));
    let into = published.clone();
    let publish = move |entries: Vec<LabelEntry>| into.lock().push(entries.len());
    (LabelFollower::new(Box::new(script), publish, stop.clone()), published, stop)
}

#[tokio::test]
async fn only_new_labels_are_published_and_failures_take_none_away() {
    let two = vec![entry("10.0.0.1"), entry("10.0.0.2")];
    let (mut follower, published, _) =
        follower([failure("a"), Ok(Some(two)), Ok(None), failure("b"), Ok(None), Ok(Some(Vec::new()))]);
    let tally = follower.tally();
    let mut seen = Vec::new();
    for _ in 0..6 {
        follower.read().await;
        seen.push((tally.reads(), tally.failures(), tally.changes(), tally.entries()));
    }
    assert_eq!(seen, [(1, 1, 0, 0), (2, 1, 1, 2), (3, 1, 1, 2), (4, 2, 1, 2), (5, 2, 1, 2), (6, 2, 2, 0)]);
    assert_eq!(*published.lock(), [2, 0]);
}

#[tokio::test]
async fn pause_follows_failures_in_a_row() {
    let (mut follower, _, _) = follower([failure("a"), failure("a"), Ok(None), failure("a")]);
    let mut pauses = vec![follower.pause().as_millis()];
    for _ in 0..4 {
        follower.read().await;
        pauses.push(follower.pause().as_millis());
    }
    assert_eq!(pauses, [0, 1, 2, 0, 1]);
}

#[tokio::test]
async fn run_reads_until_it_is_stopped_also_during_a_read() {
    let (follower, published, stop) = follower([Ok(Some(vec![entry("10.0.0.1")]))]);
    let tally = follower.tally();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(follower.run());
    while tally.reads() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(*published.lock(), [1]);
    stop.cancel();
    tasks.join_next().await.expect("one task").expect("it does not panic");
}
