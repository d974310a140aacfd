//! The frame of a log entry. All numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 2 | `NE` |
//! | 1 | version of the frame, 1 since 0.1.0 |
//! | 1 | zero |
//! | 4 | length of the body |
//! | 8 | index of the first command |
//! | 4 | number of commands |
//! | 4 | CRC-32 of the body |
//! | 4 | CRC-32 of the 24 bytes before |
//! | … | the body: a stored [`Batch`] |
//! | 1 | end mark, never zero |

use navaid_core::command::LogIndex;
use prost::Message;

use crate::stored::Batch;

const MAGIC: [u8; 2] = *b"NE";
const VERSION: u8 = 1;
const END: u8 = 0xE5;
/// Bytes before the body.
pub(crate) const HEADER: usize = 28;

/// A complete entry, checksums verified.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) first: LogIndex,
    pub(crate) count: u32,
    pub(crate) body: &'a [u8],
}

/// The verified header of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) version: u8,
    pub(crate) first: LogIndex,
    count: u32,
    body_len: usize,
    body_check: u32,
}

pub(crate) fn write_frame(buffer: &mut Vec<u8>, first: LogIndex, batch: &Batch) {
    let start = buffer.len();
    buffer.resize(start + HEADER, 0);
    batch.encode(buffer).expect("a vector grows as needed");
    let body = start + HEADER;
    let body_len = u32::try_from(buffer.len() - body).expect("batches are bounded far below 4 GiB");
    let body_check = crc32fast::hash(&buffer[body..]);
    let count = u32::try_from(batch.len()).expect("batches are bounded");

    let header = &mut buffer[start..body];
    header[0..2].copy_from_slice(&MAGIC);
    header[2] = VERSION;
    header[4..8].copy_from_slice(&body_len.to_le_bytes());
    header[8..16].copy_from_slice(&first.0.to_le_bytes());
    header[16..20].copy_from_slice(&count.to_le_bytes());
    header[20..24].copy_from_slice(&body_check.to_le_bytes());
    let header_check = crc32fast::hash(&header[..24]);
    header[24..28].copy_from_slice(&header_check.to_le_bytes());
    buffer.push(END);
}

impl Header {
    /// The header at the start of `bytes`, if there is a whole one there.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..HEADER).filter(|header| header[0..2] == MAGIC)?;
        let number = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
        let low_high = |at: usize| u64::from(number(at)) | u64::from(number(at + 4)) << 32;
        (number(24) == crc32fast::hash(&header[..24])).then(|| Self {
            version: header[2],
            first: LogIndex(low_high(8)),
            count: number(16),
            body_len: number(4) as usize,
            body_check: number(20),
        })
    }

    /// Length of the whole entry, in bytes.
    pub(crate) fn frame_len(&self) -> usize {
        HEADER + self.body_len + 1
    }

    /// The entry that `bytes` begin with, if all of it is there and unharmed.
    pub(crate) fn frame<'a>(&self, bytes: &'a [u8]) -> Option<Frame<'a>> {
        let body = bytes.get(HEADER..HEADER + self.body_len)?;
        let whole =
            bytes.get(HEADER + self.body_len) == Some(&END) && crc32fast::hash(body) == self.body_check;
        whole.then_some(Frame { first: self.first, count: self.count, body })
    }

    /// Whether this release knows the frame.
    pub(crate) fn is_known(&self) -> bool {
        self.version == VERSION
    }
}
