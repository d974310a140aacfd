//! What one probe found, and how much that weighs.

use std::{fmt, io, sync::Arc};

use navaid_core::ProbeVerdict;
use rustix::io::Errno;

/// What one probe found (`spec/naming-semantics` §7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Connected, or answered with the status that is expected.
    Passed,
    /// No connection, or no answer, in time.
    TimedOut,
    /// Answered over HTTP that it cannot serve now (503), or from elsewhere (302).
    Unavailable { status: u16 },
    /// The connection or the exchange failed.
    Failed { reason: Arc<str> },
    /// Nobody listens.
    Refused,
    /// Answered over HTTP with another status than is expected.
    WrongStatus { status: u16 },
    /// Not served over MySQL: the login or the statement was refused, or the conversation broke.
    SqlFailed { reason: Arc<str> },
    /// Answered over MySQL that it takes no writes, where a server that does is expected.
    ReadOnly,
    /// This server lacked the means to probe (sockets, memory), which says nothing about the instance.
    NotProbed { reason: Arc<str> },
}

/// How a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    For,
    /// Unhealthy once enough of these came in a row.
    Against,
    /// Unhealthy at once.
    Decisive,
    Nothing,
}

/// What a probe is taken to have cost; it sets the pace of the next ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// As long as it took.
    Measured,
    /// Twice the current interval.
    Double,
    /// The longest interval.
    Longest,
}

impl Finding {
    /// What an error of a connection or of an exchange on it comes to.
    pub(crate) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::TimedOut,
            _ if is_own_fault(error) => Self::NotProbed { reason: error.to_string().into() },
            _ => Self::Failed { reason: error.to_string().into() },
        }
    }

    pub(crate) fn weight(&self) -> Weight {
        match self {
            Self::Passed => Weight::For,
            Self::TimedOut | Self::Unavailable { .. } | Self::Failed { .. } | Self::ReadOnly => {
                Weight::Against
            }
            Self::Refused | Self::WrongStatus { .. } | Self::SqlFailed { .. } => Weight::Decisive,
            Self::NotProbed { .. } => Weight::Nothing,
        }
    }

    /// The same for those who only read of it.
    pub(crate) fn verdict(&self) -> ProbeVerdict {
        match self.weight() {
            Weight::For => ProbeVerdict::Passed,
            Weight::Against => ProbeVerdict::Failed,
            Weight::Decisive => ProbeVerdict::FailedAtOnce,
            Weight::Nothing => ProbeVerdict::NotCounted,
        }
    }

    pub(crate) fn cost(&self) -> Cost {
        match self {
            Self::Passed => Cost::Measured,
            Self::TimedOut | Self::Unavailable { .. } => Cost::Double,
            Self::Failed { .. }
            | Self::Refused
            | Self::WrongStatus { .. }
            | Self::SqlFailed { .. }
            | Self::ReadOnly
            | Self::NotProbed { .. } => Cost::Longest,
        }
    }
}

/// Whether this machine or process, not the other side, is out of something. A server that runs out of file
/// descriptors must not declare everybody dead.
fn is_own_fault(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    let lacking =
        [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::ADDRNOTAVAIL, Errno::AGAIN];
    errno.is_some_and(|errno| lacking.contains(&errno))
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Unavailable { status } => write!(f, "unavailable: status {status}"),
            Self::Failed { reason } => write!(f, "failed: {reason}"),
            Self::Refused => f.write_str("connection refused"),
            Self::WrongStatus { status } => write!(f, "unexpected status {status}"),
            Self::SqlFailed { reason } => write!(f, "MySQL: {reason}"),
            // The reference's words, which operators look for.
            Self::ReadOnly => f.write_str("current node is slave!"),
            Self::NotProbed { reason } => write!(f, "cannot probe: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_errors_tell_the_other_side_from_our_own_limits() {
        let of = |errno: Errno| Finding::of(&io::Error::from(errno)).weight();
        assert_eq!(of(Errno::CONNREFUSED), Weight::Decisive);
        assert_eq!(of(Errno::HOSTUNREACH), Weight::Against);
        assert_eq!(of(Errno::TIMEDOUT), Weight::Against);
        assert_eq!(of(Errno::MFILE), Weight::Nothing);
        assert_eq!(of(Errno::NFILE), Weight::Nothing);
    }
}
