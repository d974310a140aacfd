//! A value of the stored state: one byte of version, then the message.

use prost::Message;

use super::error::StoredError;

/// 1 since 0.1.0.
const VERSION: u8 = 1;

pub(crate) fn encode_value(message: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + message.encoded_len());
    bytes.push(VERSION);
    message.encode(&mut bytes).expect("a vector grows as needed");
    bytes
}

/// # Errors
/// Another version, or bytes that are no such message.
pub(crate) fn decode_value<M: Message + Default>(bytes: &[u8]) -> Result<M, StoredError> {
    match bytes.split_first() {
        Some((&VERSION, message)) => Ok(M::decode(message)?),
        Some((version, _)) => Err(StoredError::Newer { what: format!("value version {version}") }),
        None => Err(StoredError::Missing("version")),
    }
}
