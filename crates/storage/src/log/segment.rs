//! One file of the log: a header of 32 bytes, entries, and zeros to the end.
//!
//! Header: `NAVAIDLG`, version (4 bytes), zero (4), index of the first command (8), CRC-32 of the 24 bytes before (4),
//! zero (4). The file's length is a multiple of [`CHUNK`], except after a crash while it was being lengthened.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use navaid_core::command::LogIndex;

use super::entry::{Frame, HEADER as ENTRY_HEADER, Header};
use crate::{
    directory::write_whole,
    error::{OpenError, WayOut},
    stored::StoredError,
};

const MAGIC: &[u8; 8] = b"NAVAIDLG";
const VERSION: u32 = 1;
const HEADER: usize = 32;
/// Zeros are written ahead in pieces of this many bytes.
const CHUNK: usize = 512 << 10;
/// A disk writes such a piece whole or not at all.
const SECTOR: usize = 512;

/// The segment that is being written.
#[derive(Debug)]
pub(crate) struct Segment {
    path: PathBuf,
    first: LogIndex,
    file: File,
    /// Where the next entry goes.
    at: u64,
    /// Up to where the file is filled with zeros.
    allocated: u64,
}

impl Segment {
    /// Makes an empty segment, durably.
    pub(crate) fn create(path: &Path, first: LogIndex) -> io::Result<Self> {
        let mut bytes = vec![0; CHUNK];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&first.0.to_le_bytes());
        let check = crc32fast::hash(&bytes[..24]);
        bytes[24..28].copy_from_slice(&check.to_le_bytes());
        write_whole(path, &bytes)?;
        let file = OpenOptions::new().write(true).open(path)?;
        Ok(Self { path: path.to_owned(), first, file, at: HEADER as u64, allocated: CHUNK as u64 })
    }

    /// Opens a segment that was read, to go on after its last entry. Clears an unfinished one away, and makes durable
    /// what a killed process had written without an fsync.
    pub(crate) fn reopen(path: &Path, scanned: &Scanned) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).open(path)?;
        let mut segment = Self {
            path: path.to_owned(),
            first: scanned.first,
            file,
            at: scanned.end as u64,
            allocated: scanned.len as u64,
        };
        if scanned.unfinished || !scanned.len.is_multiple_of(CHUNK) {
            let target = scanned.len.next_multiple_of(CHUNK);
            segment.file.seek(SeekFrom::Start(segment.at))?;
            segment.file.write_all(&vec![0; target - scanned.end])?;
            segment.allocated = target as u64;
        }
        segment.file.sync_all()?;
        Ok(segment)
    }

    /// Writes an entry and makes it durable. May leave zeros behind the frame.
    pub(crate) fn append(&mut self, frame: &mut Vec<u8>) -> io::Result<()> {
        let end = self.at + frame.len() as u64;
        if end > self.allocated {
            self.allocated = end.next_multiple_of(CHUNK as u64);
            let with_zeros =
                usize::try_from(self.allocated - self.at).expect("a frame and less than a chunk");
            frame.resize(with_zeros, 0);
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        self.file.write_all(frame)?;
        self.file.sync_data()?;
        self.at = end;
        Ok(())
    }

    pub(crate) fn len(&self) -> u64 {
        self.at
    }

    pub(crate) fn first(&self) -> LogIndex {
        self.first
    }

    /// Makes every later append fail, as a full or dying disk does.
    #[cfg(test)]
    pub(crate) fn break_file(&mut self) {
        self.file = File::open(&self.path).expect("the segment exists");
    }

    pub(crate) fn into_name(self) -> (LogIndex, PathBuf) {
        (self.first, self.path)
    }
}

/// What reading a segment found.
#[derive(Debug)]
pub(crate) struct Scanned {
    first: LogIndex,
    /// Where its last complete entry ends.
    end: usize,
    /// Length of the file.
    len: usize,
    /// Whether a write was interrupted after that.
    pub(crate) unfinished: bool,
}

/// Why a segment cannot be read.
#[derive(Debug)]
pub(crate) enum Broken {
    /// At this byte, for this reason.
    Damage(usize, &'static str),
    /// An entry that arrived whole cannot be understood.
    Stored(StoredError),
}

impl From<StoredError> for Broken {
    fn from(error: StoredError) -> Self {
        Self::Stored(error)
    }
}

impl Broken {
    pub(crate) fn into_open_error(self, path: &Path) -> OpenError {
        match self {
            Self::Stored(error) => OpenError::stored(path, WayOut::ForgetLog)(error),
            Self::Damage(at, why) => OpenError::Damaged {
                path: path.to_owned(),
                damage: format!("{why} at byte {at}"),
                way_out: WayOut::ForgetLog,
            },
        }
    }
}

impl Scanned {
    /// Reads the segment that begins at `first`, handing every complete entry to `each`.
    pub(crate) fn read(
        bytes: &[u8],
        first: LogIndex,
        mut each: impl FnMut(Frame<'_>) -> Result<(), StoredError>,
    ) -> Result<Self, Broken> {
        check_header(bytes, first)?;
        let (mut at, mut next) = (HEADER, first);
        while let Some((header, frame)) = Header::read(&bytes[at..])
            .filter(|header| header.first == next)
            .and_then(|header| Some((header, header.frame(&bytes[at..])?)))
        {
            if !header.is_known() {
                return Err(
                    StoredError::Newer { what: format!("log entry version {}", header.version) }.into()
                );
            }
            each(frame)?;
            next = LogIndex(next.0 + u64::from(frame.count));
            at += header.frame_len();
        }
        let unfinished = check_rest(bytes, at, next)?;
        Ok(Self { first, end: at, len: bytes.len(), unfinished })
    }
}

fn check_header(bytes: &[u8], first: LogIndex) -> Result<(), Broken> {
    let damage = |why| Err(Broken::Damage(0, why));
    let Some(header) = bytes.get(..HEADER) else { return damage("no segment header") };
    if &header[..8] != MAGIC || header[24..28] != crc32fast::hash(&header[..24]).to_le_bytes() {
        return damage("not a segment header");
    }
    let version = u32::from_le_bytes(header[8..12].try_into().expect("four bytes"));
    if version > VERSION {
        return Err(StoredError::Newer { what: format!("log segment version {version}") }.into());
    }
    if header[16..24] != first.0.to_le_bytes() {
        return damage("another segment's header");
    }
    Ok(())
}

/// Decides what follows the last complete entry: nothing (false), one interrupted write (true), or damage.
///
/// An interrupted write has holes where sectors never reached the disk, or stops early; the end mark tells the latter
/// from an entry that ends in zeros. A complete entry with a wrong byte has neither, and was perhaps acknowledged.
fn check_rest(bytes: &[u8], at: usize, next: LogIndex) -> Result<bool, Broken> {
    // Lengthening goes from chunk to chunk, so a file of another length ends in its first unacknowledged entry.
    if !bytes.len().is_multiple_of(CHUNK) && at > bytes.len() / CHUNK * CHUNK {
        return Err(Broken::Damage(bytes.len(), "the file is cut short"));
    }
    let Some(used) = bytes[at..].iter().rposition(|byte| *byte != 0) else { return Ok(false) };
    let rest = at..at + used + 1;
    let is_interrupted = match Header::read(&bytes[at..]) {
        Some(header) if header.first == next => {
            let end = at + header.frame_len();
            rest.end < end || (rest.end == end && has_hole(bytes, rest.clone()))
        }
        Some(_) => false,
        None => rest.len() < ENTRY_HEADER || has_hole(bytes, at..at + ENTRY_HEADER),
    };
    if !is_interrupted || has_later_entry(&bytes[rest.clone()], next) {
        return Err(Broken::Damage(at, "an entry with a wrong checksum"));
    }
    Ok(true)
}

/// Whether a sector of the range holds nothing but zeros in it.
fn has_hole(bytes: &[u8], range: Range<usize>) -> bool {
    let mut from = range.start;
    while from < range.end {
        let to = (from / SECTOR * SECTOR + SECTOR).min(range.end);
        if bytes[from..to].iter().all(|byte| *byte == 0) {
            return true;
        }
        from = to;
    }
    false
}

/// Whether an entry after `next` begins in `rest`: it was written when the one at `next` was durable.
fn has_later_entry(rest: &[u8], next: LogIndex) -> bool {
    (1..rest.len()).any(|at| Header::read(&rest[at..]).is_some_and(|header| header.first > next))
}
