//! The file in which ephemeral services outlive the process, and nothing more: it is no durable state, is never waited
//! for, and may be missing or unusable without anything else being lost.
//!
//! ```text
//! ephemeral.snapshot   header · every service as it was · mark · services that changed since, the later counts …
//!                      └──────────── base ─────────────────┘
//! ```
//!
//! Changes are appended; when they have grown as big as the base, the whole is written anew beside it and takes its place
//! by a rename. Nothing is synced: a killed process loses nothing that was written, and after a power failure clients
//! come back by themselves, as they would without the file.
//!
//! A record that was cut off at the end of the file is what a kill leaves: the records before it count. Anything else
//! that does not add up makes the whole file of no use, because what is missing might have said that instances are gone.

mod record;

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, BufReader, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

use navaid_core::{EphemeralChange, EphemeralService, ServiceKey, Timestamp};

use self::record::{Record, RecordReader};
use crate::stored::StoredError;

const FILE: &str = "ephemeral.snapshot";
/// Appended bytes that a small base does not make worth writing anew.
const APPENDED_MIN: u64 = 1 << 20;

/// What a file held.
#[derive(Debug, Default, PartialEq)]
pub struct EphemeralState {
    pub services: Vec<EphemeralService>,
    /// The clock of `lastRefTime` was not beyond this.
    pub reached: Option<Timestamp>,
    /// Bytes at the end that belong to no whole record.
    pub cut_off: u64,
}

/// Why a file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum EphemeralUnusable {
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
    #[error("it is a directory, a pipe or a device")]
    NoFile,
    #[error("it is no file of this kind")]
    Foreign,
    #[error("it has version {found}, this release reads {}", record::VERSION)]
    Version { found: u32 },
    #[error("it ends before all services were written")]
    Unfinished,
    #[error("damaged at byte {at}: {damage}")]
    Damaged { at: u64, damage: String },
    #[error("damaged at byte {at}: {source}")]
    Record { at: u64, source: StoredError },
    #[error("it has {bytes} bytes, {max} are the limit (navaid.naming.warm-restart.max-size)")]
    TooBig { bytes: u64, max: u64 },
}

/// Writes the file. Every call blocks, for as long as the operating system takes to take the bytes.
#[derive(Debug)]
pub struct EphemeralFile {
    path: PathBuf,
    /// Bytes that the file may have.
    max: u64,
    /// None until the base was written.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    base: u64,
    appended: u64,
}

impl EphemeralFile {
    /// The file of a data directory, which is not touched.
    pub fn new(data_dir: &Path, max: u64) -> Self {
        Self { path: data_dir.join(FILE), max, open: None }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file holds; nothing if there is none.
    ///
    /// # Errors
    /// The file is of no use.
    pub fn read(&self) -> Result<EphemeralState, EphemeralUnusable> {
        // Looked at first: to open a pipe waits for somebody to write into it.
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(EphemeralUnusable::NoFile),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(EphemeralState::default()),
            Err(error) => return Err(error.into()),
        }
        let file = File::open(&self.path)?;
        let bytes = file.metadata()?.len();
        if bytes > self.max {
            return Err(EphemeralUnusable::TooBig { bytes, max: self.max });
        }
        read(RecordReader::open(BufReader::new(file), bytes)?)
    }

    /// Removes the file, if there is one.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether the whole is to be written anew before anything is appended.
    pub fn wants_rewrite(&self) -> bool {
        self.open.as_ref().is_none_or(|open| open.appended > open.base.max(APPENDED_MIN))
    }

    /// Writes all services anew. The old file stays until the new one is complete.
    ///
    /// # Errors
    /// The operating system refuses, or the file would be too big; the old file stays, to be written anew.
    pub fn rewrite(
        &mut self,
        parts: impl Iterator<Item = Vec<EphemeralService>>,
        reached: Timestamp,
    ) -> io::Result<()> {
        self.open = None;
        let unfinished = self.path.with_extension("new");
        let mut file = BufWriter::new(File::create(&unfinished)?);
        let mut base = record::write_header(&mut file)?;
        base += record::write(&mut file, &Record::Reached(reached))?;
        for service in parts.flatten() {
            base += record::write(&mut file, &Record::Is(service))?;
            if base > self.max {
                drop(file);
                fs::remove_file(&unfinished)?;
                return Err(self.too_big());
            }
        }
        base += record::write(&mut file, &Record::BaseEnd)?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        fs::rename(&unfinished, &self.path)?;
        self.open = Some(Open { file, base, appended: 0 });
        Ok(())
    }

    /// Appends what changed, in one write.
    ///
    /// # Errors
    /// The operating system refuses, or the file would be too big; the whole is to be written anew.
    pub fn append(&mut self, changes: Vec<EphemeralChange>, reached: Timestamp) -> io::Result<()> {
        let Some(mut open) = self.open.take() else {
            return Err(io::Error::other("the base is not written"));
        };
        let mut bytes = Vec::new();
        for change in changes {
            record::write(&mut bytes, &change.into())?;
        }
        record::write(&mut bytes, &Record::Reached(reached))?;
        open.appended += bytes.len() as u64;
        if open.base + open.appended > self.max {
            return Err(self.too_big());
        }
        open.file.write_all(&bytes)?;
        self.open = Some(open);
        Ok(())
    }

    fn too_big(&self) -> io::Error {
        io::Error::new(ErrorKind::FileTooLarge, format!("it would have more than {} bytes", self.max))
    }
}

fn read<R: io::Read>(mut records: RecordReader<R>) -> Result<EphemeralState, EphemeralUnusable> {
    let mut services: HashMap<ServiceKey, EphemeralService> = HashMap::new();
    let mut state = EphemeralState::default();
    let mut has_base = false;
    while let Some(record) = records.next()? {
        match record {
            Record::Is(service) => {
                services.insert(service.key.clone(), service);
            }
            Record::Gone(key) => {
                services.remove(&key);
            }
            Record::Reached(time) => state.reached = state.reached.max(Some(time)),
            Record::BaseEnd => has_base = true,
        }
    }
    if !has_base {
        return Err(EphemeralUnusable::Unfinished);
    }
    state.cut_off = records.cut_off();
    state.services = services.into_values().collect();
    state.services.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(state)
}

impl From<EphemeralChange> for Record {
    fn from(change: EphemeralChange) -> Self {
        match change {
            EphemeralChange::Is(service) => Self::Is(service),
            EphemeralChange::Gone(key) => Self::Gone(key),
        }
    }
}

#[cfg(test)]
mod tests;
