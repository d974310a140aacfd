//! Spans of time as Istio's users write them: `5s`, `1m30s`, `0.25s`, `100ms`. Wider than protobuf's own form, which has
//! seconds only.

/// Longest span of protobuf, in seconds: ten thousand years.
const SECONDS_MAX: u128 = 315_576_000_000;
const SECOND: u128 = 1_000_000_000;
/// Digits of a number; more are no span of anything.
const DIGITS_MAX: usize = 15;

/// Units by name, in nanoseconds. Of two names of which one begins the other, the longer comes first.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];

/// Reads a span; none if the text is no span, or not one that protobuf can hold. A span is never negative here: nothing that
/// a rule says may be.
pub(super) fn parse(text: &str) -> Option<prost_types::Duration> {
    if text == "0" {
        return Some(prost_types::Duration::default());
    }
    let (mut rest, mut nanos) = (text, 0_u128);
    while !rest.is_empty() {
        let number = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, unit_first) = rest.split_at(number);
        let (name, unit) = UNITS.iter().find(|(name, _)| unit_first.starts_with(name))?;
        nanos = nanos.checked_add(scaled(number, *unit)?)?;
        rest = &unit_first[name.len()..];
    }
    let seconds = nanos / SECOND;
    (!text.is_empty() && seconds <= SECONDS_MAX).then(|| prost_types::Duration {
        seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
        nanos: i32::try_from(nanos % SECOND).unwrap_or_default(),
    })
}

/// A decimal number of units, in nanoseconds; what is less than one is dropped.
fn scaled(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = !(whole.is_empty() && fraction.is_empty())
        && [whole, fraction]
            .iter()
            .all(|digits| digits.len() <= DIGITS_MAX && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_number {
        return None;
    }
    let value = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u128>().ok() };
    let parts = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    Some(value(whole)? * unit + value(fraction)? * unit / parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units_and_may_have_several() {
        for (text, seconds, nanos) in [
            ("0", 0, 0),
            ("0s", 0, 0),
            ("5s", 5, 0),
            ("5m", 300, 0),
            ("1h30m0.5s", 5_400, 500_000_000),
            (".25s", 0, 250_000_000),
            ("1.s", 1, 0),
            ("100ms", 0, 100_000_000),
            ("7us", 0, 7_000),
            ("7\u{b5}s", 0, 7_000),
            ("1.0000000009s", 1, 0),
            ("315576000000s", 315_576_000_000, 0),
        ] {
            assert_eq!(parse(text), Some(prost_types::Duration { seconds, nanos }), "{text}");
        }
    }

    #[test]
    fn what_is_no_span_or_too_long_is_none() {
        for text in [
            "",
            "5",
            "s",
            "-5s",
            "+5s",
            "5 s",
            "5S",
            "5d",
            "1..5s",
            "1.2.3s",
            ".s",
            "5s ",
            "1e3s",
            "315576000001s",
            "9999999999999999s",
            "999999999999999h999999999999999h",
            "\u{663}s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
