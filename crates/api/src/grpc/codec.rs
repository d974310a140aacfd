//! Takes messages out of a request's body as bytes: the envelope is read by `navaid-wire`. What goes out is framed in
//! [`crate::pieces`].

use bytes::{Buf, Bytes};
use tonic::{
    Status,
    codec::{BufferSettings, DecodeBuf, Decoder},
};

/// First size of a stream's read buffer. Small, because an idle connection keeps it; a larger message grows it for as
/// long as it is read.
const BUFFER_START: usize = 1024;
/// A setting for what goes out, which no decoder looks at.
const BUFFER_GATHER: usize = BUFFER_START;

/// One gRPC message is one [`Bytes`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BytesDecoder;

impl Decoder for BytesDecoder {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFER_START, BUFFER_GATHER)
    }
}
