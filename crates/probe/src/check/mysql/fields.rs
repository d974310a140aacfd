//! Reads the fields of a packet, each only if it is there.

/// What is left of a packet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

/// A length-encoded text; `Null` is SQL's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted<'a> {
    Null,
    Bytes(&'a [u8]),
}

impl<'a> Fields<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.bytes(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    /// A text that a NUL ends, or the packet.
    pub(super) fn text(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0);
        let (text, rest) = match end {
            Some(end) => (&self.0[..end], &self.0[end + 1..]),
            None => (self.0, &[][..]),
        };
        self.0 = rest;
        text
    }

    /// A length-encoded number.
    pub(super) fn number(&mut self) -> Option<u64> {
        let width = match self.u8()? {
            small @ ..=0xfa => return Some(small.into()),
            0xfc => 2,
            0xfd => 3,
            0xfe => 8,
            0xfb | 0xff => return None,
        };
        let mut wide = [0; 8];
        wide[..width].copy_from_slice(self.bytes(width)?);
        Some(u64::from_le_bytes(wide))
    }

    pub(super) fn counted(&mut self) -> Option<Counted<'a>> {
        if self.0.first() == Some(&0xfb) {
            self.bytes(1)?;
            return Some(Counted::Null);
        }
        let length = usize::try_from(self.number()?).ok()?;
        self.bytes(length).map(Counted::Bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_as_wide_as_their_first_byte_says() {
        let number = |bytes: &[u8]| Fields(bytes).number();
        assert_eq!(number(&[250]), Some(250));
        assert_eq!(number(&[0xfc, 1, 2]), Some(0x201));
        assert_eq!(number(&[0xfd, 1, 2, 3]), Some(0x03_0201));
        assert_eq!(number(&[0xfe, 0, 0, 0, 0, 0, 0, 0, 1]), Some(1 << 56));
        assert_eq!(number(&[0xfd, 1, 2]), None);
        assert_eq!(number(&[0xfb]), None);
    }

    #[test]
    fn texts_end_where_they_say() {
        let mut fields = Fields(b"ab\0\x02cd\xfbe");
        assert_eq!(fields.text(), b"ab");
        assert_eq!(fields.counted(), Some(Counted::Bytes(b"cd")));
        assert_eq!(fields.counted(), Some(Counted::Null));
        assert_eq!(fields.text(), b"e");
        assert_eq!(fields.counted(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes: Vec<u8>) {
            let mut fields = Fields(&bytes);
            while fields.counted().is_some() {}
            fields.u16();
            fields.text();
        }
    }
}
