//! Writes the frozen sample of this release: `cargo run -p navaid-storage --example freeze -- testdata/v<N>`.
//!
//! Run once for a release that changed a stored form, and never again for that release: its sample is what proves that
//! later releases still read it.

use std::{fs, path::PathBuf, sync::Arc};

use navaid_core::seam::Commit;
use navaid_storage::{
    Storage,
    contract::{CountingClock, Ledger, samples, wait},
};

fn main() {
    let dir = PathBuf::from(std::env::args_os().nth(1).expect("the directory to write"));
    assert!(!dir.exists(), "{} exists, and a sample is never written twice", dir.display());
    let storage = Storage::open(&dir).expect("an empty directory opens");
    let (commit, _) = storage
        .start(Arc::new(Ledger::default()), Arc::new(CountingClock::default()))
        .expect("threads start");
    for command in samples::v3() {
        wait(commit.commit(command)).expect("the store commits");
    }
    commit.stop().expect("the store stops");
    fs::remove_file(dir.join("lock")).expect("the lock is there");
    // The zeros behind the last entry say nothing; the test that reads the sample puts them back.
    let segment = dir.join("log/00000000000000000001.log");
    let bytes = fs::read(&segment).expect("the segment is there");
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    fs::write(&segment, &bytes[..used]).expect("the segment is rewritten");
}
