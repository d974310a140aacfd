//! Times as text: ISO 8601 in UTC with milliseconds and an offset, as answers show SQL timestamps.

use navaid_core::Timestamp;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Such as `2010-05-05T00:00:00.000+00:00`.
pub fn iso(at: Timestamp) -> String {
    let (days, ms) = (at.as_millis() / DAY_MS, at.as_millis() % DAY_MS);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}+00:00", ms % 1000)
}

/// Year, month and day of a day counted from 1970-01-01.
///
/// Counts in years that begin in March, so that the day added in leap years is the last one; a cycle of 400 years
/// has 146 097 days.
fn date(days: u64) -> (u64, u64, u64) {
    const BEFORE_EPOCH: u64 = 719_468;
    let days = days + BEFORE_EPOCH;
    let (cycle, day_of_cycle) = (days / 146_097, days % 146_097);
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (cycle * 400 + year_of_cycle + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_iso_in_utc() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000+00:00"),
            (1_273_017_600_000, "2010-05-05T00:00:00.000+00:00"),
            (951_782_399_999, "2000-02-28T23:59:59.999+00:00"),
            (951_782_400_000, "2000-02-29T00:00:00.000+00:00"),
            (951_868_800_000, "2000-03-01T00:00:00.000+00:00"),
            (1_735_689_599_001, "2024-12-31T23:59:59.001+00:00"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000+00:00"),
        ] {
            assert_eq!(iso(Timestamp(ms)), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_time_has_a_text(ms: u64) {
            proptest::prop_assert!(iso(Timestamp(ms)).ends_with("+00:00"));
        }
    }
}
