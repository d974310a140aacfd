//! Messages of protobuf, written field by field.

use bytes::{BufMut, Bytes, BytesMut};

/// Type of a field with a length.
const LENGTH: u8 = 2;

/// A message that grows by fields; their numbers are below 16.
#[derive(Debug, Default)]
pub(super) struct Fields(BytesMut);

impl Fields {
    pub(super) fn text(mut self, field: u8, text: &str) -> Self {
        self.0.put_u8(field << 3 | LENGTH);
        put_varint(&mut self.0, text.len());
        self.0.put_slice(text.as_bytes());
        self
    }

    /// Nothing where there is no text: fields of protobuf are empty by themselves.
    pub(super) fn text_if_any(self, field: u8, text: &str) -> Self {
        if text.is_empty() { self } else { self.text(field, text) }
    }

    pub(super) fn message(mut self, field: u8, message: Fields) -> Self {
        self.0.put_u8(field << 3 | LENGTH);
        put_varint(&mut self.0, message.0.len());
        self.0.unsplit(message.0);
        self
    }

    pub(super) fn encoded(self) -> Bytes {
        self.0.freeze()
    }

    /// As the begin of a message of gRPC, which ends with that many further bytes.
    pub(super) fn framed(self, further: usize) -> Bytes {
        let mut frame = BytesMut::with_capacity(5 + self.0.len());
        frame.put_u8(0);
        frame.put_u32(u32::try_from(self.0.len() + further).expect("requests are small"));
        frame.unsplit(self.0);
        frame.freeze()
    }
}

fn put_varint(buffer: &mut BytesMut, mut number: usize) {
    while number > 0x7f {
        buffer.put_u8(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    buffer.put_u8(number as u8);
}

/// The first texts of the fields 1 to 5 in the begin of a message, up to the fifth, or to what is not all there.
pub(super) fn first_texts(mut head: &[u8]) -> [Option<&str>; 6] {
    let mut texts = [None; 6];
    while let Some((field, text, rest)) = next_text(head) {
        if let Some(place @ None) = texts.get_mut(field) {
            *place = std::str::from_utf8(text).ok();
        }
        if field == 5 {
            break;
        }
        head = rest;
    }
    texts
}

fn next_text(head: &[u8]) -> Option<(usize, &[u8], &[u8])> {
    let (tag, rest) = head.split_first()?;
    if tag & 7 != LENGTH {
        return None;
    }
    let (mut length, mut rest) = (0_usize, rest);
    for shift in (0..28).step_by(7) {
        let (byte, further) = rest.split_first()?;
        length |= usize::from(byte & 0x7f) << shift;
        rest = further;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let (text, rest) = rest.split_at_checked(length)?;
    Some((usize::from(tag >> 3), text, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_in_front_of_what_is_cut_off() {
        let long = "x".repeat(300);
        let message = Fields::default().text(1, "version").text(4, &long).text(5, "7").text(2, &long);
        let encoded = message.encoded();
        let texts = first_texts(&encoded[..330]);
        assert_eq!((texts[1], texts[4], texts[5]), (Some("version"), Some(long.as_str()), Some("7")));
        assert_eq!(first_texts(&encoded[..20])[4], None);
        assert_eq!(first_texts(&[]), [None; 6]);
    }

    #[test]
    fn frame_counts_what_follows_it() {
        let frame = Fields::default().message(1, Fields::default().text(1, "id")).framed(300);
        assert_eq!(&frame[..], [0, 0, 0, 1, 50, 10, 4, 10, 2, b'i', b'd']);
    }
}
