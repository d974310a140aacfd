//! One record of the file of ephemeral services.
//!
//! ```text
//! header   "NAVAIDEP" · version (4) · CRC-32 of both (4)
//! record   length of the body (4) · kind (1) · body · CRC-32 of all before it (4)
//! ```
//!
//! Numbers are little-endian.

use std::io::{self, Read, Write};

use navaid_core::{EphemeralService, ServiceKey, Timestamp};
use prost::Message;

use super::EphemeralUnusable;
use crate::stored::{self, StoredError};

/// 1 since 0.1.0.
pub(super) const VERSION: u32 = 1;
const MAGIC: [u8; 8] = *b"NAVAIDEP";
const HEADER: usize = 16;
const HEAD: usize = 5;
const TAIL: usize = 4;

/// What a record says.
#[derive(Debug, PartialEq)]
pub(super) enum Record {
    Is(EphemeralService),
    Gone(ServiceKey),
    /// The clock of `lastRefTime` is not beyond this.
    Reached(Timestamp),
    /// All services have been written; changes follow.
    BaseEnd,
}

const IS: u8 = 1;
const GONE: u8 = 2;
const REACHED: u8 = 3;
const BASE_END: u8 = 4;

pub(super) fn write_header(out: &mut impl Write) -> io::Result<u64> {
    let mut header = Vec::with_capacity(HEADER);
    header.extend(MAGIC);
    header.extend(VERSION.to_le_bytes());
    header.extend(crc32fast::hash(&header).to_le_bytes());
    out.write_all(&header)?;
    Ok(HEADER as u64)
}

/// Writes a record; gives its bytes.
pub(super) fn write(out: &mut impl Write, record: &Record) -> io::Result<u64> {
    let (kind, body) = match record {
        Record::Is(service) => (IS, stored::EphemeralService::from(service).encode_to_vec()),
        Record::Gone(key) => (GONE, stored::EphemeralGone::from(key).encode_to_vec()),
        Record::Reached(time) => (REACHED, time.0.to_le_bytes().to_vec()),
        Record::BaseEnd => (BASE_END, Vec::new()),
    };
    let length = u32::try_from(body.len())
        .map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, "a service takes more than 4 GiB"))?;
    let mut head = [0; HEAD];
    head[..4].copy_from_slice(&length.to_le_bytes());
    head[4] = kind;
    let mut check = crc32fast::Hasher::new();
    check.update(&head);
    check.update(&body);
    out.write_all(&head)?;
    out.write_all(&body)?;
    out.write_all(&check.finalize().to_le_bytes())?;
    Ok((HEAD + body.len() + TAIL) as u64)
}

/// Reads records until the end, or until one that the file ends in.
#[derive(Debug)]
pub(super) struct RecordReader<R> {
    input: R,
    /// Bytes of the file, and how many of them belong to what was read.
    bytes: u64,
    at: u64,
}

impl<R: Read> RecordReader<R> {
    pub(super) fn open(mut input: R, bytes: u64) -> Result<Self, EphemeralUnusable> {
        if bytes < HEADER as u64 {
            return Err(EphemeralUnusable::Foreign);
        }
        let mut header = [0; HEADER];
        input.read_exact(&mut header)?;
        let number = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
        if header[..8] != MAGIC || number(12) != crc32fast::hash(&header[..12]) {
            return Err(EphemeralUnusable::Foreign);
        }
        match number(8) {
            VERSION => Ok(Self { input, bytes, at: HEADER as u64 }),
            found => Err(EphemeralUnusable::Version { found }),
        }
    }

    /// The next whole record.
    pub(super) fn next(&mut self) -> Result<Option<Record>, EphemeralUnusable> {
        let left = self.bytes - self.at;
        if left < (HEAD + TAIL) as u64 {
            return Ok(None);
        }
        let mut head = [0; HEAD];
        self.input.read_exact(&mut head)?;
        let length = u32::from_le_bytes(head[..4].try_into().expect("four bytes"));
        let whole = HEAD as u64 + u64::from(length) + TAIL as u64;
        if whole > left {
            return Ok(None);
        }
        let mut rest = vec![0; length as usize + TAIL];
        self.input.read_exact(&mut rest)?;
        let (body, tail) = rest.split_at(length as usize);
        let mut check = crc32fast::Hasher::new();
        check.update(&head);
        check.update(body);
        let at = self.at;
        if tail != check.finalize().to_le_bytes() {
            return Err(EphemeralUnusable::Damaged { at, damage: "a checksum does not fit".to_owned() });
        }
        self.at += whole;
        decode(head[4], body).map_err(|source| EphemeralUnusable::Record { at, source }).map(Some)
    }

    /// Bytes after the last whole record.
    pub(super) fn cut_off(&self) -> u64 {
        self.bytes - self.at
    }
}

fn decode(kind: u8, body: &[u8]) -> Result<Record, StoredError> {
    Ok(match kind {
        IS => Record::Is(stored::EphemeralService::decode(body)?.try_into()?),
        GONE => Record::Gone(stored::EphemeralGone::decode(body)?.try_into()?),
        REACHED => {
            let bytes = body.try_into().map_err(|_| StoredError::Missing("time"))?;
            Record::Reached(Timestamp(u64::from_le_bytes(bytes)))
        }
        BASE_END => Record::BaseEnd,
        found => return Err(StoredError::Value { field: "kind", found: found.into() }),
    })
}
