//! What single registrations check beyond their parameters (`spec/naming-semantics` §1.2 layer B, §2.5 of the HTTP
//! page): beat intervals, a narrower cluster name, and over HTTP the weight.

use navaid_core::{Instance, Metadata};

use super::reserved::BeatTimes;

/// Largest weight that HTTP accepts.
pub const WEIGHT_MAX: f64 = 10_000.0;

/// An instance that may not be registered; displays as the reference's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalInstance {
    #[error("Instance can not be null.")]
    Missing,
    #[error("Instance 'heart beat interval' must less than 'heart beat timeout' and 'ip delete timeout'.")]
    BeatTimes,
    #[error("Instance 'clusterName' should be characters with only 0-9a-zA-Z-. (current: {0})")]
    ClusterName(String),
}

/// Checks what a register or update of one instance checks; batches and gRPC persistent instances skip this in the
/// reference.
///
/// # Errors
/// Beat intervals that contradict one another, or an underscore in the cluster name.
pub fn check_instance(instance: &Instance) -> Result<(), IllegalInstance> {
    check_beat_times(&instance.metadata)?;
    check_cluster(instance.cluster.as_str())
}

/// # Errors
/// The beat timeout or the delete timeout is below the beat interval.
pub fn check_beat_times(metadata: &Metadata) -> Result<(), IllegalInstance> {
    let times = BeatTimes::of(metadata);
    if times.timeout < times.interval || times.delete_timeout < times.interval {
        return Err(IllegalInstance::BeatTimes);
    }
    Ok(())
}

/// # Errors
/// A character other than `0-9 a-z A-Z -`.
pub fn check_cluster(name: &str) -> Result<(), IllegalInstance> {
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Ok(());
    }
    Err(IllegalInstance::ClusterName(name.into()))
}

/// A weight that HTTP refuses; displays as the reference's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightError {
    #[error("For input string: \"{0}\"")]
    NotANumber(String),
    #[error("instance format invalid: The weights range from 0.0 to 10000.0")]
    OutOfRange,
}

/// Parses and checks a weight parameter.
///
/// # Errors
/// Not a number, or outside 0 to [`WEIGHT_MAX`].
pub fn parse_weight(text: &str) -> Result<f64, WeightError> {
    let weight = text.trim().parse().map_err(|_| WeightError::NotANumber(text.into()))?;
    check_weight(weight)?;
    Ok(weight)
}

/// Checks a weight, over HTTP only: gRPC stores what it gets.
///
/// # Errors
/// Outside 0 to [`WEIGHT_MAX`].
pub fn check_weight(weight: f64) -> Result<(), WeightError> {
    if (0.0..=WEIGHT_MAX).contains(&weight) { Ok(()) } else { Err(WeightError::OutOfRange) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naming::reserved;

    /// Recorded: `grpc-ns-param-errors` on 3.1.
    #[test]
    fn an_interval_above_a_timeout_is_illegal() {
        let with = |pairs: &[(&'static str, &'static str)]| pairs.iter().copied().collect::<Metadata>();
        let refused = check_beat_times(&with(&[(reserved::BEAT_INTERVAL, "20000")])).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "Instance 'heart beat interval' must less than 'heart beat timeout' and 'ip delete timeout'."
        );
        assert!(check_beat_times(&with(&[(reserved::BEAT_INTERVAL, "15000")])).is_ok());
        assert!(check_beat_times(&with(&[(reserved::IP_DELETE_TIMEOUT, "4999")])).is_err());
        assert!(check_beat_times(&with(&[(reserved::BEAT_TIMEOUT, "soon")])).is_ok());
    }

    #[test]
    fn an_underscore_in_a_cluster_is_illegal_and_quoted() {
        assert!(check_cluster("DEFAULT-1").is_ok());
        assert_eq!(
            check_cluster("a_b").unwrap_err().to_string(),
            "Instance 'clusterName' should be characters with only 0-9a-zA-Z-. (current: a_b)"
        );
    }

    /// Recorded: `ns1-instance-value-errors` on 2.5.1.
    #[test]
    fn weights_over_http_are_numbers_of_0_to_10000() {
        assert_eq!(parse_weight("10000"), Ok(10_000.0));
        for bad in ["10001", "-1", "NaN", "inf"] {
            assert_eq!(parse_weight(bad), Err(WeightError::OutOfRange), "{bad}");
        }
        assert_eq!(parse_weight("abc").unwrap_err().to_string(), "For input string: \"abc\"");
    }
}
