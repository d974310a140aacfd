//! The command log: what is fsynced before a write is acknowledged.
//!
//! A directory of segments. An entry is a batch of proposals with one write and one fsync. Segments are filled with
//! zeros ahead of the end, so that an append changes bytes and no file size, which is what makes its fsync cheap.
//! Whole segments are removed once the stored state no longer needs them. Why files of our own and not a table of the
//! state's store: `docs/adr/0003`.
//!
//! After a crash the last entry may be half there; it was never acknowledged and is cleared away. Anything else that
//! does not add up is damage and refuses to open.

mod entry;
mod segment;

use std::{
    collections::VecDeque,
    fs, io,
    path::{Path, PathBuf},
};

use navaid_core::{Proposal, command::LogIndex};
use tracing::warn;

use self::{
    entry::{Frame, write_frame},
    segment::{Scanned, Segment},
};
use crate::{
    directory::sync_parent,
    error::{OpenError, WayOut},
    stored::{Batch, decode_batch},
};

/// A segment that has grown to this many bytes is followed by a new one.
const SEGMENT_BYTES: u64 = 8 << 20;

/// The log, open for appending. One owner; after an error it must not be used again.
#[derive(Debug)]
pub(crate) struct Log {
    dir: PathBuf,
    /// First index and path of the segments before the active one, oldest first.
    older: VecDeque<(LogIndex, PathBuf)>,
    active: Segment,
    next: LogIndex,
    /// The encoded entry, kept to be filled again.
    buffer: Vec<u8>,
}

/// Proposals that the stored state does not contain yet, in order.
pub(crate) type Tail = Vec<(LogIndex, Proposal)>;

impl Log {
    /// Opens the log in `dir`, or begins one after `applied`, the last command in the stored state.
    ///
    /// # Errors
    /// Damage, a gap between state and log, a command of a newer release, or the operating system.
    pub(crate) fn open(dir: &Path, applied: LogIndex) -> Result<(Self, Tail), OpenError> {
        fs::create_dir_all(dir).map_err(OpenError::io("create", dir))?;
        sync_parent(dir).map_err(OpenError::io("sync the parent of", dir))?;
        let mut found = segments_of(dir)?;
        let Some((last, last_path)) = found.pop_back() else {
            return Ok((Self::begin(dir, applied)?, Tail::new()));
        };
        let first = found.front().map_or(last, |(first, _)| *first);
        if first.0 > applied.0 + 1 {
            return Err(OpenError::Gap { dir: dir.to_owned(), first: first.0, applied });
        }
        // Segments that the state has outgrown are only waiting for their removal.
        while found.get(1).map_or(last, |(first, _)| *first).0 <= applied.0 + 1 && !found.is_empty() {
            let (_, path) = found.pop_front().expect("not empty");
            fs::remove_file(&path).map_err(OpenError::io("remove", &path))?;
        }
        let mut tail = Tail::new();
        let mut next = found.front().map_or(last, |(first, _)| *first);
        for (first, path) in &found {
            next = read_segment(path, (*first, next), applied, &mut tail)?.0;
        }
        let (next, scanned) = read_segment(&last_path, (last, next), applied, &mut tail)?;
        if next.0 <= applied.0 {
            return Err(damaged(
                &last_path,
                format!("it ends at command {}, the state at {}", next.0 - 1, applied.0),
            ));
        }
        if scanned.unfinished {
            warn!(path = %last_path.display(), "cleared the unfinished entry of an interrupted, unacknowledged write");
        }
        let active = Segment::reopen(&last_path, &scanned).map_err(OpenError::io("open", &last_path))?;
        Ok((Self { dir: dir.to_owned(), older: found, active, next, buffer: Vec::new() }, tail))
    }

    fn begin(dir: &Path, applied: LogIndex) -> Result<Self, OpenError> {
        if applied.0 > 0 {
            warn!(dir = %dir.display(), "there is no log: what was written after the last checkpoint is lost");
        }
        let next = LogIndex(applied.0 + 1);
        let path = segment_path(dir, next);
        let active = Segment::create(&path, next).map_err(OpenError::io("create", &path))?;
        Ok(Self { dir: dir.to_owned(), older: VecDeque::new(), active, next, buffer: Vec::new() })
    }

    /// Appends one entry and makes it durable. Gives the index of its first command back.
    ///
    /// # Errors
    /// The entry may or may not survive a restart; the log must not be used again.
    pub(crate) fn append(&mut self, batch: &Batch) -> io::Result<LogIndex> {
        let first = self.next;
        self.buffer.clear();
        write_frame(&mut self.buffer, first, batch);
        self.active.append(&mut self.buffer)?;
        self.next = LogIndex(first.0 + batch.len() as u64);
        Ok(first)
    }

    /// Makes every later append fail.
    #[cfg(test)]
    pub(crate) fn break_file(&mut self) {
        self.active.break_file();
    }

    /// Begins a new segment if the active one is full, and removes those with nothing after `durable`, the last
    /// command that the stored state holds durably.
    ///
    /// # Errors
    /// As [`Log::append`].
    pub(crate) fn tidy(&mut self, durable: LogIndex) -> io::Result<()> {
        if self.active.len() < SEGMENT_BYTES {
            return Ok(());
        }
        let path = segment_path(&self.dir, self.next);
        let full = std::mem::replace(&mut self.active, Segment::create(&path, self.next)?);
        self.older.push_back(full.into_name());
        self.purge(durable)
    }

    /// Removes the segments with nothing after `durable`.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub(crate) fn purge(&mut self, durable: LogIndex) -> io::Result<()> {
        while let Some((_, oldest)) = self.older.front() {
            let next_first = self.older.get(1).map_or(self.active.first(), |(first, _)| *first);
            if next_first.0 > durable.0 + 1 {
                break;
            }
            fs::remove_file(oldest)?;
            self.older.pop_front();
        }
        Ok(())
    }
}

fn segment_path(dir: &Path, first: LogIndex) -> PathBuf {
    dir.join(format!("{:020}.log", first.0))
}

/// First index and path of every segment, oldest first. Clears away segments whose creation was interrupted.
fn segments_of(dir: &Path) -> Result<VecDeque<(LogIndex, PathBuf)>, OpenError> {
    let mut found = Vec::new();
    for file in fs::read_dir(dir).map_err(OpenError::io("list", dir))? {
        let path = file.map_err(OpenError::io("list", dir))?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let first = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        match (extension, first) {
            (Some("log"), Some(first)) => found.push((LogIndex(first), path)),
            (Some("new"), _) => fs::remove_file(&path).map_err(OpenError::io("remove", &path))?,
            _ => return Err(damaged(&path, "a file that does not belong here".into())),
        }
    }
    found.sort();
    Ok(found.into())
}

/// Reads a segment whose name and place say that it begins at `begins`; gives the index after its last command.
fn read_segment(
    path: &Path,
    begins: (LogIndex, LogIndex),
    applied: LogIndex,
    tail: &mut Tail,
) -> Result<(LogIndex, Scanned), OpenError> {
    let (named, expected) = begins;
    if named != expected {
        let damage = format!("the segment before it ends at command {}", expected.0 - 1);
        return Err(damaged(path, damage));
    }
    let bytes = fs::read(path).map_err(OpenError::io("read", path))?;
    let mut next = named;
    let scanned = Scanned::read(&bytes, named, |frame: Frame<'_>| {
        next = LogIndex(frame.first.0 + u64::from(frame.count));
        if next.0 > applied.0 + 1 {
            let proposals = decode_batch(frame.body)?;
            let indexed = (frame.first.0..).map(LogIndex).zip(proposals);
            tail.extend(indexed.filter(|(index, _)| *index > applied));
        }
        Ok(())
    })
    .map_err(|broken| broken.into_open_error(path))?;
    Ok((next, scanned))
}

fn damaged(path: &Path, damage: String) -> OpenError {
    OpenError::Damaged { path: path.to_owned(), damage, way_out: WayOut::ForgetLog }
}

#[cfg(test)]
mod tests;
