//! Text to value, as Nacos servers do it: what Spring converts, and what Java's bare parsers take.
//!
//! Same value wherever a Java server starts; where it stops only because of blanks, the blanks are dropped and
//! noticed; where it stops for other text, the text is refused.

use std::time::Duration;

/// What a text means for a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading<T> {
    /// The value.
    Plain(T),
    /// The value, and what its author should know.
    Odd(T, &'static str),
    /// As if nothing were written: the default counts.
    Absent,
    /// No value of this kind.
    Refused,
}

impl<T> Reading<T> {
    /// Goes on with the value, which `check` may refuse.
    pub(crate) fn and_then<U>(self, check: impl FnOnce(T) -> Option<U>) -> Reading<U> {
        match self {
            Self::Plain(value) => check(value).map_or(Reading::Refused, Reading::Plain),
            Self::Odd(value, note) => check(value).map_or(Reading::Refused, |v| Reading::Odd(v, note)),
            Self::Absent => Reading::Absent,
            Self::Refused => Reading::Refused,
        }
    }
}

const BLANKS_DROPPED: &str = "blanks around the value are dropped; a Java server does not start with them";

/// A switch as Spring reads it: `true`, `yes`, `on`, `1` and their opposites, any case, blanks around.
pub(crate) fn switch(text: &str) -> Reading<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Reading::Absent,
        "true" | "yes" | "on" | "1" => Reading::Plain(true),
        "false" | "no" | "off" | "0" => Reading::Plain(false),
        _ => Reading::Refused,
    }
}

/// A switch as Java's own parser reads it: the word `true` in any case, everything else is false.
pub(crate) fn bare_switch(text: &str) -> Reading<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Reading::Plain(true),
        "false" => Reading::Plain(false),
        _ => Reading::Odd(false, "only the word true turns it on, so it is off, as on a Java server"),
    }
}

/// A switch of the access control: as [`switch`], but an empty text is refused, as a Java server refuses it.
pub(crate) fn access_switch(text: &str) -> Reading<bool> {
    match switch(text) {
        Reading::Absent => Reading::Refused,
        other => other,
    }
}

/// A whole number as Spring reads it: blanks anywhere are dropped, `0x10` and `#FF` are hexadecimal, leading
/// zeros mean nothing.
pub(crate) fn integer(text: &str) -> Reading<i64> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.is_empty() {
        return Reading::Absent;
    }
    let (sign, body) = match digits.strip_prefix('-') {
        Some(body) => ("-", body),
        None => ("", digits.as_str()),
    };
    let hexadecimal = ["0x", "0X", "#"].iter().find_map(|prefix| body.strip_prefix(prefix));
    let number = match hexadecimal {
        Some(body) if body.starts_with(['+', '-']) => return Reading::Refused,
        Some(body) => i64::from_str_radix(&format!("{sign}{body}"), 16),
        None => digits.parse(),
    };
    number.map_or(Reading::Refused, Reading::Plain)
}

/// A whole number as Java's own parser reads it: digits with an optional sign, nothing else. A Java server
/// does not start with blanks around it or without it.
pub(crate) fn bare_integer(text: &str) -> Reading<i64> {
    match text.parse() {
        Ok(number) => Reading::Plain(number),
        Err(_) => match text.trim().parse() {
            Ok(number) => Reading::Odd(number, BLANKS_DROPPED),
            Err(_) => Reading::Refused,
        },
    }
}

/// A span of time: `5s`, `500ms`, `2m`, `1h`, `1d`, `PT5S`; a bare number counts milliseconds.
pub(crate) fn period(text: &str) -> Reading<Duration> {
    if text.is_empty() {
        return Reading::Absent;
    }
    let trimmed = text.trim();
    match simple_period(trimmed).or_else(|| iso_period(trimmed)) {
        None => Reading::Refused,
        Some(period) if trimmed.len() == text.len() => Reading::Plain(period),
        Some(period) => Reading::Odd(period, BLANKS_DROPPED),
    }
}

fn simple_period(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().ok()?;
    match unit.to_ascii_lowercase().as_str() {
        "ns" => Some(Duration::from_nanos(number)),
        "us" => Some(Duration::from_micros(number)),
        "" | "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3_600).map(Duration::from_secs),
        "d" => number.checked_mul(86_400).map(Duration::from_secs),
        _ => None,
    }
}

/// `P1DT2H3M4S`, whole numbers only, any case.
fn iso_period(text: &str) -> Option<Duration> {
    let text = text.to_ascii_uppercase();
    let mut rest = text.strip_prefix('P')?;
    let mut units: &[(char, u64)] = &[('D', 86_400)];
    let mut total: u64 = 0;
    let mut parts = 0;
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            if units.first().is_some_and(|(unit, _)| *unit != 'D') || time.is_empty() {
                return None;
            }
            units = &[('H', 3_600), ('M', 60), ('S', 1)];
            rest = time;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..end].parse().ok()?;
        let unit = rest[end..].chars().next()?;
        let at = units.iter().position(|(known, _)| *known == unit)?;
        total = total.checked_add(number.checked_mul(units[at].1)?)?;
        units = &units[at + 1..];
        rest = &rest[end + 1..];
        parts += 1;
    }
    (parts > 0).then(|| Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn s6_switches_read_as_spring_reads_them() {
        for text in ["true", "TRUE", "yes", "on", "1", " true ", "On"] {
            assert_eq!(switch(text), Reading::Plain(true), "{text:?}");
        }
        for text in ["false", "no", "off", "0", " No"] {
            assert_eq!(switch(text), Reading::Plain(false), "{text:?}");
        }
        assert_eq!(switch(""), Reading::Absent);
        for text in ["y", "T", "010", "0x10", "5", "maybe"] {
            assert_eq!(switch(text), Reading::Refused, "{text:?}");
        }
        assert_eq!(access_switch(""), Reading::Refused);
        assert_eq!(access_switch("true "), Reading::Plain(true));
        assert_eq!(access_switch("maybe"), Reading::Refused);
    }

    #[test]
    fn s6_integers_read_as_spring_reads_them() {
        for (text, value) in [
            ("1", 1),
            ("0", 0),
            ("010", 10),
            ("08", 8),
            ("0x10", 16),
            ("#FF", 255),
            ("-0x10", -16),
            (" 5 ", 5),
            ("+3", 3),
            ("-3", -3),
            ("99999999999", 99_999_999_999),
        ] {
            assert_eq!(integer(text), Reading::Plain(value), "{text:?}");
        }
        assert_eq!(integer(""), Reading::Absent);
        assert_eq!(integer("  "), Reading::Absent);
        for text in ["true", "5s", "1_000", "1e3", "5.0", "abc", "0x", "--3", "0x-3", "99999999999999999999"]
        {
            assert_eq!(integer(text), Reading::Refused, "{text:?}");
        }
    }

    #[test]
    fn s6_bare_integers_read_as_java_parses_them() {
        assert_eq!(bare_integer("+20"), Reading::Plain(20));
        assert_eq!(bare_integer("007"), Reading::Plain(7));
        assert_eq!(bare_integer("20 "), Reading::Odd(20, BLANKS_DROPPED));
        for text in ["0x10", "", "abc", "2 0"] {
            assert_eq!(bare_integer(text), Reading::Refused, "{text:?}");
        }
    }

    #[test]
    fn s6_periods_read_as_spring_reads_them() {
        for (text, ms) in [
            ("1", 1),
            ("0", 0),
            ("010", 10),
            ("08", 8),
            ("+3", 3),
            ("5s", 5_000),
            ("5ms", 5),
            ("10S", 10_000),
            ("1h", 3_600_000),
            ("1d", 86_400_000),
            ("1m", 60_000),
            ("PT5S", 5_000),
            ("P1DT1H", 90_000_000),
            ("pt1m30s", 90_000),
        ] {
            assert_eq!(period(text), Reading::Plain(Duration::from_millis(ms)), "{text:?}");
        }
        assert_eq!(period(""), Reading::Absent);
        assert_eq!(period("5 "), Reading::Odd(Duration::from_millis(5), BLANKS_DROPPED));
        for text in ["0x10", "-3", "1_000", "1e3", "5.0", "5w", "P", "PT", "PT5", "PT1S1H", "5s1m", "é"] {
            assert_eq!(period(text), Reading::Refused, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_converted_without_panic(text in "[ptPT0-9hmsd+\\-#xé ]{0,24}") {
            let _ = (switch(&text), integer(&text), bare_integer(&text), period(&text));
        }
    }
}
