//! Metadata keys with a meaning of their own (`spec/naming-semantics` §1.5).

use std::time::Duration;

use navaid_core::Metadata;

/// Pause between beats, ms.
pub const BEAT_INTERVAL: &str = "preserved.heart.beat.interval";
/// Silence after which an instance is unhealthy, ms.
pub const BEAT_TIMEOUT: &str = "preserved.heart.beat.timeout";
/// Silence after which an instance is removed, ms.
pub const IP_DELETE_TIMEOUT: &str = "preserved.ip.delete.timeout";
/// `simple` or `snowflake`.
pub const INSTANCE_ID_GENERATOR: &str = "preserved.instance.id.generator";
/// Who registered: display only.
pub const REGISTER_SOURCE: &str = "preserved.register.source";
/// `true` switches the beat check **off**: the reference reads the flag as "intercept".
pub const ENABLE_CLIENT_BEAT: &str = "enableClientBeat";

/// The generator when none is named.
pub const SIMPLE_GENERATOR: &str = "simple";
/// Makes ids from a worker id and a sequence.
pub const SNOWFLAKE_GENERATOR: &str = "snowflake";

pub const DEFAULT_BEAT_INTERVAL: Duration = Duration::from_millis(5_000);
pub const DEFAULT_BEAT_TIMEOUT: Duration = Duration::from_millis(15_000);
pub const DEFAULT_IP_DELETE_TIMEOUT: Duration = Duration::from_millis(30_000);

/// The three periods of an instance, from its metadata (overlay included) or the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeatTimes {
    pub interval: Duration,
    pub timeout: Duration,
    pub delete_timeout: Duration,
}

impl BeatTimes {
    pub fn of(metadata: &Metadata) -> Self {
        if metadata.is_empty() {
            return Self::default();
        }
        let default = Self::default();
        Self {
            interval: millis(metadata, BEAT_INTERVAL).unwrap_or(default.interval),
            timeout: millis(metadata, BEAT_TIMEOUT).unwrap_or(default.timeout),
            delete_timeout: millis(metadata, IP_DELETE_TIMEOUT).unwrap_or(default.delete_timeout),
        }
    }
}

impl Default for BeatTimes {
    fn default() -> Self {
        Self {
            interval: DEFAULT_BEAT_INTERVAL,
            timeout: DEFAULT_BEAT_TIMEOUT,
            delete_timeout: DEFAULT_IP_DELETE_TIMEOUT,
        }
    }
}

/// The value of a key that counts milliseconds; none when it is not a plain number, which the default then replaces
/// (the reference takes 0 in one place).
pub fn millis(metadata: &Metadata, key: &str) -> Option<Duration> {
    let value = metadata.get(key)?;
    let digits_only = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = digits_only.then(|| value.parse().ok())??;
    u64::try_from(number).ok().map(Duration::from_millis)
}

/// The generator that answers show: `simple` for empty metadata, what the key says, and nothing when there is
/// metadata without the key.
pub fn shown_generator(metadata: &Metadata) -> Option<&str> {
    if metadata.is_empty() { Some(SIMPLE_GENERATOR) } else { metadata.get(INSTANCE_ID_GENERATOR) }
}

/// Whether the beat check is off for an instance or a service with this metadata.
pub fn is_beat_check_off(metadata: &Metadata) -> bool {
    metadata.get(ENABLE_CLIENT_BEAT).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_that_are_no_plain_numbers_are_the_defaults() {
        for odd in ["", "soon", "-5", "1.5", "99999999999999999999"] {
            let metadata: Metadata = [(BEAT_TIMEOUT, odd)].into_iter().collect();
            assert_eq!(BeatTimes::of(&metadata), BeatTimes::default(), "{odd}");
        }
        let metadata: Metadata = [(BEAT_TIMEOUT, "6000"), (BEAT_INTERVAL, "2000")].into_iter().collect();
        let times = BeatTimes::of(&metadata);
        assert_eq!((times.interval.as_millis(), times.timeout.as_millis()), (2000, 6000));
    }

    #[test]
    fn the_generator_is_shown_when_named_or_when_there_is_no_metadata() {
        let shown = |pairs: &[(&'static str, &'static str)]| {
            shown_generator(&pairs.iter().copied().collect()).map(str::to_owned)
        };
        assert_eq!(shown(&[]).as_deref(), Some("simple"));
        assert_eq!(shown(&[("a", "b")]), None);
        assert_eq!(shown(&[(INSTANCE_ID_GENERATOR, "snowflake")]).as_deref(), Some("snowflake"));
    }
}
