//! The frame of a gRPC message: one byte for compression, four for the length, the message.

use bytes::{Buf, BufMut, Bytes, BytesMut};

const HEAD_LENGTH: usize = 5;

/// A message in its frame, not compressed.
///
/// # Panics
/// The message is 4 GiB or longer.
pub fn framed(message: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(HEAD_LENGTH + message.len());
    out.put_u8(0);
    out.put_u32(u32::try_from(message.len()).expect("no message reaches 4 GiB"));
    out.put_slice(message);
    out.freeze()
}

/// Takes the messages out of a body as it arrives.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: BytesMut,
}

impl Frames {
    /// Adds a piece as it arrived.
    pub fn extend(&mut self, data: &[u8]) {
        self.buffer.extend_from_slice(data);
    }

    /// The next whole message.
    pub fn take(&mut self) -> Option<Bytes> {
        let length = self.buffer.get(1..HEAD_LENGTH)?.try_into().map(u32::from_be_bytes).ok()?;
        let length = usize::try_from(length).ok()?;
        if self.buffer.len() - HEAD_LENGTH < length {
            return None;
        }
        self.buffer.advance(HEAD_LENGTH);
        Some(self.buffer.split_to(length).freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_from_pieces_of_any_size() {
        let bytes = [framed(b"first"), framed(b""), framed(b"third")].concat();
        for size in 1..=bytes.len() {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                frames.extend(piece);
                found.extend(std::iter::from_fn(|| frames.take()));
            }
            assert_eq!(found, [&b"first"[..], b"", b"third"], "pieces of {size}");
        }
    }
}
