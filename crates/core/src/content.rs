//! The text of a configuration, small at rest.
//!
//! A server keeps every content in memory, and most are texts of a few KB that say the same words again and again.
//! What it keeps is packed once, when it is published or loaded, and unpacked for each reader (docs/adr/0014).

use std::{borrow::Cow, fmt, ops::Range, sync::Arc};

use lz4_flex::block;

/// Bytes of the contents that are packed. Of a shorter one little is won; a longer one would keep a reader's thread
/// busy for more than some 30 µs.
pub const PACKED_BYTES: Range<usize> = 1025..65_537;

/// The least share of a content that packing must save: one part of so many.
const LEAST_GAIN: usize = 8;

/// A content, cheap to clone: clones share it. Contents are equal when their texts are, packed or not.
#[derive(Clone)]
pub struct Content(Form);

#[derive(Clone)]
enum Form {
    Plain(Arc<str>),
    Packed(Arc<Packed>),
}

/// There is one for each item: the pointer to what is packed lies where that to a text would be null.
const _: () = assert!(size_of::<Content>() == size_of::<Arc<str>>());

struct Packed {
    /// Bytes of the text.
    length: u32,
    /// LZ4.
    block: Box<[u8]>,
}

impl Content {
    /// The same, packed if its length is within [`PACKED_BYTES`] and packing saves an eighth.
    #[must_use]
    pub fn packed(self) -> Self {
        let Form::Plain(text) = &self.0 else { return self };
        let Some(length) = u32::try_from(text.len()).ok().filter(|_| PACKED_BYTES.contains(&text.len()))
        else {
            return self;
        };
        let block = block::compress(text.as_bytes());
        if block.len() > text.len() - text.len() / LEAST_GAIN {
            return self;
        }
        Self(Form::Packed(Arc::new(Packed { length, block: block.into() })))
    }

    /// Bytes of the text.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Plain(text) => text.len(),
            Form::Packed(packed) => packed.length as usize,
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text; made anew if it is packed, some 0.4 µs for a KiB.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match &self.0 {
            Form::Plain(text) => Cow::Borrowed(text),
            Form::Packed(packed) => {
                let bytes = block::decompress(&packed.block, packed.length as usize);
                let bytes = bytes.expect("the block was made here");
                Cow::Owned(String::from_utf8(bytes).expect("it was made of a text"))
            }
        }
    }

    /// The text as it is kept; none if it is packed.
    #[must_use]
    pub fn plain(&self) -> Option<&Arc<str>> {
        match &self.0 {
            Form::Plain(text) => Some(text),
            Form::Packed(_) => None,
        }
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.text() == other.text()
    }
}

impl Eq for Content {}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text(), f)
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl From<Arc<str>> for Content {
    fn from(text: Arc<str>) -> Self {
        Self(Form::Plain(text))
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Arc::<str>::from(text).into()
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Arc::<str>::from(text).into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_packed(text: &str) -> bool {
        let content = Content::from(text).packed();
        assert_eq!((content.len(), &*content.text()), (text.len(), text));
        content.plain().is_none()
    }

    #[test]
    fn contents_are_packed_by_their_length() {
        let lengths =
            [0, 1, PACKED_BYTES.start - 1, PACKED_BYTES.start, PACKED_BYTES.end - 1, PACKED_BYTES.end];
        assert_eq!(
            lengths.map(|length| is_packed(&"x".repeat(length))),
            [false, false, false, true, true, false]
        );
    }

    #[test]
    fn what_does_not_shrink_stays_as_it_is() {
        let mut dice = 1_u64;
        let digits = std::iter::repeat_with(|| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b' ' + (dice >> 58) as u8)
        });
        let text: String = digits.take(5_120).collect();
        assert!(!is_packed(&text));
        assert!(is_packed(&text.repeat(2)));
    }

    proptest! {
        #[test]
        fn a_text_comes_back_and_equals_itself(words in prop::collection::vec("[a-z\u{4E2D}\n]{0,12}", 0..600)) {
            let plain = Content::from(words.concat());
            let packed = plain.clone().packed();
            prop_assert_eq!(&*packed.text(), &*plain.text());
            prop_assert_eq!(&packed, &plain);
        }
    }
}
