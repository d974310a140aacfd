//! Reader of Java `.properties` files, as a Nacos server reads `application.properties`.
//!
//! The file is ISO-8859-1, one character per byte, in every version. Document separators, profiles and
//! imports mean nothing here: the server lays its own plain reading above whatever Spring made of the file.
//! Reading never fails on ordinary text; the one error is a broken `\uXXXX`, which stops a Java server too.

use std::fmt;

/// One key with its value. A file may hold a key several times; the last one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Property {
    /// Line on which the key starts, counted from 1.
    pub(crate) line: u32,
    pub(crate) key: String,
    pub(crate) value: String,
    /// Whether the value had a backslash before a character that needs none: the backslash is lost.
    pub(crate) backslash_dropped: bool,
}

/// Something a reader of the file should know, with the line it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// The file starts with a UTF-8 byte order mark, which a Java server takes as part of the first key.
    ByteOrderMark,
    /// A byte above 0x7F outside a comment: it is read as ISO-8859-1, hardly what its author saw.
    NotAscii { line: u32 },
    /// A document separator, which has no meaning here.
    Document { line: u32 },
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark => f.write_str(
                "the file starts with a byte order mark; a Java server loses the key of the first line",
            ),
            Self::NotAscii { .. } => f.write_str(
                "characters outside ASCII are read as ISO-8859-1, as a Java server does; write them as \\uXXXX",
            ),
            Self::Document { .. } => f.write_str(
                "document separators have no meaning: all parts of the file count and the last line wins",
            ),
        }
    }
}

impl Oddity {
    /// The line it is about.
    pub(crate) fn line(self) -> u32 {
        match self {
            Self::ByteOrderMark => 1,
            Self::NotAscii { line } | Self::Document { line } => line,
        }
    }
}

/// A file that cannot be read: `\u` without four hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed \\uXXXX escape")]
pub(crate) struct MalformedEscape {
    pub(crate) line: u32,
}

/// A file's properties in their order, and what is odd about them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Properties {
    pub(crate) entries: Vec<Property>,
    pub(crate) oddities: Vec<Oddity>,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads the bytes of a `.properties` file.
///
/// # Errors
/// [`MalformedEscape`] for a `\u` that is not followed by four hexadecimal digits.
pub(crate) fn read(bytes: &[u8]) -> Result<Properties, MalformedEscape> {
    let mut found = Properties::default();
    let body = match bytes.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => {
            found.oddities.push(Oddity::ByteOrderMark);
            rest
        }
        None => bytes,
    };
    let mut cursor = Cursor { bytes: body, at: 0, line: 1, backslash_dropped: false };
    while cursor.skip_to_logical_line() {
        let line = cursor.line;
        let start = cursor.at;
        if matches!(cursor.peek(), Some(b'#' | b'!')) {
            if cursor.rest_of_line()[1..].trim_ascii_end() == b"---" {
                found.oddities.push(Oddity::Document { line });
            }
            cursor.skip_line();
            continue;
        }
        let key = cursor.key()?;
        cursor.backslash_dropped = false;
        if let Some(list) = key.strip_suffix("[]") {
            let items = cursor.items()?;
            let backslash_dropped = cursor.backslash_dropped;
            found.entries.extend((0..).zip(items).map(|(index, value)| Property {
                line,
                key: format!("{list}[{index}]"),
                value,
                backslash_dropped,
            }));
        } else {
            let value = cursor.value()?;
            if !key.is_empty() {
                found.entries.push(Property {
                    line,
                    key,
                    value,
                    backslash_dropped: cursor.backslash_dropped,
                });
            }
        }
        if !cursor.bytes[start..cursor.at].is_ascii() {
            found.oddities.push(Oddity::NotAscii { line });
        }
    }
    Ok(found)
}

/// One character of a key or value after escapes and continuations are dealt with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Written as it is, so it may separate or end something.
    Plain(u8),
    /// Came out of an escape: a UTF-16 unit without any meaning.
    Escaped(u16),
}

impl Unit {
    fn utf16(self) -> u16 {
        match self {
            Self::Plain(byte) => u16::from(byte),
            Self::Escaped(unit) => unit,
        }
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
    /// Whether a backslash stood before a character that needs none, since this was last set back.
    backslash_dropped: bool,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest_of_line(&self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
        &rest[..end]
    }

    /// Steps over `\n`, `\r` or `\r\n`, if one stands here.
    fn end_of_line(&mut self) -> bool {
        let width = match (self.peek(), self.bytes.get(self.at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\r' | b'\n'), _) => 1,
            _ => return false,
        };
        self.at += width;
        self.line += 1;
        true
    }

    fn skip_line(&mut self) {
        self.at += self.rest_of_line().len();
        self.end_of_line();
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\x0C')) {
            self.at += 1;
        }
    }

    /// Goes to the first character of the next line that holds something; false at the end of the file.
    fn skip_to_logical_line(&mut self) -> bool {
        loop {
            self.skip_blanks();
            if !self.end_of_line() {
                return self.peek().is_some();
            }
        }
    }

    /// The next unit of this logical line, `None` at its end (which is left in place).
    fn unit(&mut self) -> Result<Option<Unit>, MalformedEscape> {
        loop {
            let Some(byte) = self.peek() else { return Ok(None) };
            match byte {
                b'\r' | b'\n' => return Ok(None),
                b'\\' => {
                    self.at += 1;
                    if self.end_of_line() {
                        self.skip_blanks();
                        continue;
                    }
                    return self.escape();
                }
                plain => {
                    self.at += 1;
                    return Ok(Some(Unit::Plain(plain)));
                }
            }
        }
    }

    /// What follows a backslash. At the end of the file there is nothing, and the backslash counts for nothing.
    fn escape(&mut self) -> Result<Option<Unit>, MalformedEscape> {
        let Some(byte) = self.peek() else { return Ok(None) };
        self.at += 1;
        let unit = match byte {
            b't' => 0x09,
            b'n' => 0x0A,
            b'f' => 0x0C,
            b'r' => 0x0D,
            b'u' => self.unicode_escape()?,
            other => {
                self.backslash_dropped |= !b"\\:=#! \t\x0C\"'".contains(&other);
                u16::from(other)
            }
        };
        Ok(Some(Unit::Escaped(unit)))
    }

    fn unicode_escape(&mut self) -> Result<u16, MalformedEscape> {
        let malformed = MalformedEscape { line: self.line };
        let digits = self.bytes.get(self.at..self.at + 4).ok_or_else(|| malformed.clone())?;
        let mut unit = 0;
        for digit in digits {
            let value = char::from(*digit).to_digit(16).ok_or_else(|| malformed.clone())?;
            unit = unit * 16 + value;
        }
        self.at += 4;
        u16::try_from(unit).map_err(|_| malformed)
    }

    /// A key up to its separator; the separator and the blanks around it are consumed.
    fn key(&mut self) -> Result<String, MalformedEscape> {
        let mut units = Vec::new();
        loop {
            match self.unit()? {
                None => break,
                Some(Unit::Plain(b'=' | b':')) => {
                    self.skip_blanks();
                    break;
                }
                Some(Unit::Plain(b' ' | b'\t' | b'\x0C')) => {
                    self.skip_blanks();
                    if matches!(self.peek(), Some(b'=' | b':')) {
                        self.at += 1;
                        self.skip_blanks();
                    }
                    break;
                }
                Some(unit) => units.push(unit.utf16()),
            }
        }
        Ok(String::from_utf16_lossy(&units))
    }

    fn value(&mut self) -> Result<String, MalformedEscape> {
        let mut units = Vec::new();
        while let Some(unit) = self.unit()? {
            units.push(unit.utf16());
        }
        Ok(String::from_utf16_lossy(&units))
    }

    /// The value of a `key[]` line: its items, split at plain commas, blanks before an item dropped.
    fn items(&mut self) -> Result<Vec<String>, MalformedEscape> {
        let mut items = vec![Vec::new()];
        let mut after_comma = false;
        while let Some(unit) = self.unit()? {
            if after_comma {
                items.push(Vec::new());
                after_comma = false;
            }
            let item = items.last_mut().expect("there is always a last item");
            match unit {
                Unit::Plain(b',') => after_comma = true,
                Unit::Plain(b' ' | b'\t' | b'\x0C') if item.is_empty() => {}
                unit => item.push(unit.utf16()),
            }
        }
        Ok(items.iter().map(|units| String::from_utf16_lossy(units)).collect())
    }
}

#[cfg(test)]
mod tests;
