//! The one protobuf message of the gRPC protocol, written and read by hand.
//!
//! ```text
//! Payload  = 2: Metadata, 3: Any
//! Metadata = 3: type, 7: headers (map: 1 key, 2 value), 8: clientIp
//! Any      = 2: value (the JSON body)
//! ```
//!
//! By hand, because a codec shared with the server would share its mistakes.

use anyhow::{Context, Result, bail};

use crate::json::Json;

const LENGTH_DELIMITED: u64 = 2;

/// One message to send; `body` is the JSON text.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) kind: &'a str,
    pub(crate) body: &'a str,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) client_ip: &'a str,
}

impl<'a> Message<'a> {
    /// A message without headers from the local host.
    pub(crate) fn new(kind: &'a str, body: &'a str) -> Self {
        Self { kind, body, headers: &[], client_ip: "127.0.0.1" }
    }

    /// The bytes of the protobuf message.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut metadata = field(3, self.kind.as_bytes());
        metadata.extend(field(8, self.client_ip.as_bytes()));
        for (name, value) in self.headers {
            metadata.extend(field(7, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat()));
        }
        [field(2, &metadata), field(3, &field(2, self.body.as_bytes()))].concat()
    }
}

/// Type and JSON body of a message that came; a message without body has an empty object.
///
/// # Errors
/// The bytes are no protobuf message, the type is no text or the body is no JSON.
pub(crate) fn decode(bytes: &[u8]) -> Result<(String, Json)> {
    let (mut kind, mut body) = (String::new(), &[][..]);
    for (number, value) in fields(bytes)? {
        match number {
            2 => {
                let inner = fields(value)?.into_iter().filter(|(number, _)| *number == 3);
                for (_, value) in inner {
                    kind = String::from_utf8(value.to_vec()).context("payload type")?;
                }
            }
            3 => {
                body = fields(value)?
                    .into_iter()
                    .rfind(|(number, _)| *number == 2)
                    .map_or(body, |(_, value)| value)
            }
            _ => {}
        }
    }
    if body.is_empty() {
        return Ok((kind, Json::Object(Vec::new())));
    }
    let text = std::str::from_utf8(body).with_context(|| format!("body of {kind}"))?;
    let body = Json::parse(text).with_context(|| format!("body of {kind}"))?;
    Ok((kind, body))
}

fn field(number: u64, content: &[u8]) -> Vec<u8> {
    let mut out = varint((number << 3) | LENGTH_DELIMITED);
    out.extend(varint(content.len() as u64));
    out.extend(content);
    out
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// The length-delimited fields of a message; others are passed over.
fn fields(mut bytes: &[u8]) -> Result<Vec<(u64, &[u8])>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let key = take_varint(&mut bytes)?;
        match key & 7 {
            0 => {
                take_varint(&mut bytes)?;
            }
            1 => {
                take(&mut bytes, 8)?;
            }
            LENGTH_DELIMITED => {
                let length = take_varint(&mut bytes)?;
                out.push((key >> 3, take(&mut bytes, length)?));
            }
            5 => {
                take(&mut bytes, 4)?;
            }
            wire => bail!("payload has a field of unknown wire type {wire}"),
        }
    }
    Ok(out)
}

fn take_varint(bytes: &mut &[u8]) -> Result<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    bail!("payload has a number beyond 64 bits")
}

fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Result<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(usize::try_from(length)?).context("payload ends too early")?;
    *bytes = tail;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn message_encodes_to_the_known_bytes() {
        let headers = [("k".to_owned(), "v".to_owned())];
        let message = Message { headers: &headers, client_ip: "ip", ..Message::new("T", "{}") };
        let expected = b"\x12\x0f\x1a\x01T\x42\x02ip\x3a\x06\x0a\x01k\x12\x01v\x1a\x04\x12\x02{}";
        assert_eq!(message.encode(), expected);
    }

    #[test]
    fn message_without_body_has_an_empty_object() {
        assert_eq!(
            decode(&Message::new("T", "").encode()).unwrap(),
            ("T".to_owned(), Json::Object(Vec::new()))
        );
    }

    #[test]
    fn body_that_is_no_json_is_an_error() {
        assert!(decode(&Message::new("T", "{").encode()).is_err());
    }

    proptest! {
        #[test]
        fn message_reads_back(kind in ".{0,200}", text in ".{0,300}") {
            let body = Json::object([("text", text.into())]);
            let bytes = Message::new(&kind, &body.to_ascii()).encode();
            prop_assert_eq!(decode(&bytes).unwrap(), (kind, body));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            decode(&bytes).ok();
        }
    }
}
