//! Bytes on their way into a socket, in pieces that are written together and copied by nobody: a push of one view to
//! thousands of subscribers refers to its hosts, whether it is being written or waits for a peer that does not read.

use std::io::IoSlice;

use bytes::{Buf, Bytes};
use navaid_wire::grpc::SharedPayload;

/// Flag and length before each gRPC message.
const HEAD: usize = 5;
const CHUNKS: usize = 3;

/// What is left to write.
#[derive(Debug)]
pub(crate) struct Pieces {
    head: [u8; HEAD],
    /// Bytes of the head that have been written; all of them when there is no head.
    head_written: usize,
    chunks: [Bytes; CHUNKS],
}

impl Pieces {
    /// A gRPC message in its frame, uncompressed.
    pub(crate) fn framed(message: SharedPayload) -> Self {
        let length = u32::try_from(message.len()).expect("no message reaches 4 GiB");
        let mut head = [0; HEAD];
        head[1..].copy_from_slice(&length.to_be_bytes());
        Self { head, head_written: 0, chunks: message.chunks }
    }

    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let chunks = self.chunks.iter().map(|chunk| &chunk[..]);
        std::iter::once(&self.head[self.head_written..]).chain(chunks).filter(|part| !part.is_empty())
    }
}

impl From<Bytes> for Pieces {
    fn from(whole: Bytes) -> Self {
        Self { head: [0; HEAD], head_written: HEAD, chunks: [whole, Bytes::new(), Bytes::new()] }
    }
}

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        HEAD - self.head_written + self.chunks.iter().map(Bytes::len).sum::<usize>()
    }

    fn chunk(&self) -> &[u8] {
        self.parts().next().unwrap_or_default()
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let parts = self.parts().zip(slices);
        parts.map(|(part, slice)| *slice = IoSlice::new(part)).count()
    }

    fn advance(&mut self, count: usize) {
        let of_head = count.min(HEAD - self.head_written);
        self.head_written += of_head;
        let mut left = count - of_head;
        for chunk in &mut self.chunks {
            let of_chunk = left.min(chunk.len());
            chunk.advance(of_chunk);
            left -= of_chunk;
        }
        assert_eq!(left, 0, "advanced by {count}, {left} more than there was");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Pieces {
        let chunks = [&b"envelope"[..], b"", b"hosts"].map(Bytes::from_static);
        Pieces::framed(SharedPayload { chunks })
    }

    fn joined(slices: &[IoSlice<'_>]) -> Vec<u8> {
        slices.iter().flat_map(|slice| slice.iter().copied()).collect()
    }

    const WRITTEN: &[u8] = b"\0\0\0\0\x0denvelopehosts";

    #[test]
    fn message_is_written_in_its_frame_whatever_the_socket_takes_at_once() {
        for step in 1..=WRITTEN.len() {
            let (mut pieces, mut written) = (message(), Vec::new());
            while pieces.has_remaining() {
                let taken = step.min(pieces.remaining());
                let mut slices = [IoSlice::new(&[]); 4];
                let count = pieces.chunks_vectored(&mut slices);
                let offered = joined(&slices[..count]);
                assert_eq!(offered.len(), pieces.remaining());
                assert!(offered.starts_with(pieces.chunk()));
                written.extend_from_slice(&offered[..taken]);
                pieces.advance(taken);
            }
            assert_eq!(written, WRITTEN, "{step} at once");
            assert_eq!((pieces.chunk(), pieces.remaining()), (&[][..], 0));
        }
    }

    #[test]
    fn pieces_that_find_no_room_wait() {
        let (pieces, mut slices) = (message(), [IoSlice::new(&[]); 2]);
        assert_eq!(pieces.chunks_vectored(&mut slices), 2);
        assert_eq!(joined(&slices), &WRITTEN[..13]);
    }

    #[test]
    fn whole_bytes_have_no_frame() {
        let mut pieces = Pieces::from(Bytes::from_static(b"page"));
        assert_eq!(pieces.copy_to_bytes(4), "page");
        assert!(!pieces.has_remaining());
    }

    #[test]
    fn hosts_are_referred_to_and_not_copied() {
        let hosts = Bytes::from(vec![7; 100]);
        let chunks = [Bytes::new(), hosts.clone(), Bytes::new()];
        let mut pieces = Pieces::framed(SharedPayload { chunks });
        pieces.advance(HEAD);
        assert_eq!(pieces.chunk().as_ptr(), hosts.as_ptr());
    }
}
