//! What answers are wrapped in: `Result` of v2 and v3, `RestResult` of v1, Spring's error object, and the text form
//! of exceptions (`spec/http-naming-core` §3).

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// `{"code":0,"message":"success","data":…}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Success<'a, T> {
    code: u32,
    message: &'static str,
    pub data: &'a T,
}

impl<'a, T> Success<'a, T> {
    pub fn new(data: &'a T) -> Self {
        Self { code: 0, message: "success", data }
    }
}

/// `{"code":…,"message":…,"data":…}` of a failure; `data` holds the details, or null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed<'a> {
    pub code: u32,
    pub message: &'a str,
    pub data: Option<&'a str>,
}

/// `{"code":200,"message":null,"data":…}`; failures repeat an HTTP status as code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestResult<'a, T> {
    pub code: u32,
    pub message: Option<&'a str>,
    pub data: Option<&'a T>,
}

impl<'a, T> RestResult<'a, T> {
    pub fn ok(data: &'a T) -> Self {
        Self { code: 200, message: None, data: Some(data) }
    }
}

/// The error object of Spring Boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BootError<'a> {
    /// ISO 8601 with milliseconds, in UTC.
    pub timestamp: String,
    pub status: u16,
    pub error: &'a str,
    pub message: &'a str,
    pub path: &'a str,
}

impl<'a> BootError<'a> {
    pub fn new(at: SystemTime, status: u16, error: &'a str, message: &'a str, path: &'a str) -> Self {
        let millis = at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let timestamp = iso_utc(u64::try_from(millis).unwrap_or(u64::MAX));
        Self { timestamp, status, error, message, path }
    }
}

/// A time of the epoch in milliseconds as `2026-11-27T10:00:00.000+00:00`, the form of history rows and errors.
pub fn iso_utc(millis: u64) -> String {
    let (days, in_day) = (millis / 86_400_000, millis % 86_400_000);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}+00:00", in_day % 1000)
}

/// Year, month and day of a day since 1970-01-01, by counting in eras of 400 years that begin on 1 March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day_of_year - (153 * from_march + 2) / 5 + 1)
}

/// The text of an exception in v1: `caused: <message>;`, with the characters escaped that HTML would take.
pub fn caused(message: &str) -> String {
    let mut text = String::with_capacity(message.len() + 10);
    text.push_str("caused: ");
    for c in message.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            _ => text.push(c),
        }
    }
    text.push(';');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_iso_8601() {
        assert_eq!(iso_utc(0), "1970-01-01T00:00:00.000+00:00");
        assert_eq!(iso_utc(951_782_399_999), "2000-02-28T23:59:59.999+00:00");
        assert_eq!(iso_utc(951_782_400_000), "2000-02-29T00:00:00.000+00:00");
        assert_eq!(iso_utc(1_798_761_600_001), "2027-01-01T00:00:00.001+00:00");
    }

    #[test]
    fn exception_texts_are_escaped() {
        assert_eq!(caused("Required 'x' & <y>"), "caused: Required &#39;x&#39; &amp; &lt;y&gt;;");
    }
}
