//! What an operator may change while discovery runs (`spec/naming-semantics` §11). One value: read as a whole, and
//! changed by an edge entry by entry.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use crate::service::Lifetime;

mod change;

pub use change::{DatagramFamily, SwitchChange};

/// All switches; defaults are those of the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Switches {
    /// Off: nothing turns unhealthy and nothing expires by its beats or probes; the rule of the silent client stays.
    pub health_check_enabled: bool,
    /// Off: nothing is pushed; what changes meanwhile is pushed when it is on again.
    pub push_enabled: bool,
    /// Pause between beats that a beat's answer asks for when the instance names none.
    pub client_beat_interval: Duration,
    /// Whether the answer to a beat allows the next one to come without its JSON.
    pub light_beat_enabled: bool,
    /// How long clients may keep an answer.
    pub push_cache: Duration,
    /// Lifetime of an instance that an HTTP caller does not tell.
    pub default_lifetime: Lifetime,
    /// Probes that must agree before the health of an instance changes.
    pub probe_times: u32,
    pub http_probes: ProbePace,
    pub tcp_probes: ProbePace,
    pub mysql_probes: ProbePace,
    /// Off: every member answers for every client itself.
    pub distro_enabled: bool,
    /// What this server says it is, instead of what it finds.
    pub server_status: Option<ServerStatus>,
    /// Calls of the oldest API whose path and query begin so are answered with this status alone.
    pub limited_urls: BTreeMap<Arc<str>, u16>,
    pub datagram_versions: DatagramVersions,
    pub idle: IdleSwitches,
}

/// How often instances are probed: between `min` and `max`, following the time that a probe takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbePace {
    pub max: Duration,
    pub min: Duration,
    /// Weight of the past, 0.0 to 1.0.
    pub factor: f32,
}

/// First version of each client family that is pushed to by datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatagramVersions {
    pub go: Arc<str>,
    pub java: Arc<str>,
    pub python: Arc<str>,
    pub c: Arc<str>,
    pub csharp: Arc<str>,
}

/// Switches that nothing of 2.x goes by any more, here as in the reference: kept for those who read back what they set.
#[derive(Debug, Clone, PartialEq)]
pub struct IdleSwitches {
    pub masters: Option<Vec<Arc<str>>>,
    /// Of lists for the DNS plugins of 1.x alone.
    pub default_cache: Duration,
    pub distro_threshold: f32,
    pub auto_change_health_check: bool,
    pub enable_standalone: bool,
    pub server_status_period: Duration,
    pub service_status_period: Duration,
    pub disable_add_ip: bool,
    pub send_beat_only: bool,
    pub distro_server_expired: Duration,
}

impl Default for Switches {
    fn default() -> Self {
        let pace = |max, min, factor| ProbePace {
            max: Duration::from_millis(max),
            min: Duration::from_millis(min),
            factor,
        };
        Self {
            health_check_enabled: true,
            push_enabled: true,
            client_beat_interval: Duration::from_secs(5),
            light_beat_enabled: true,
            push_cache: Duration::from_secs(10),
            default_lifetime: Lifetime::Ephemeral,
            probe_times: 3,
            http_probes: pace(5000, 500, 0.85),
            tcp_probes: pace(5000, 1000, 0.75),
            mysql_probes: pace(3000, 2000, 0.65),
            distro_enabled: true,
            server_status: None,
            limited_urls: BTreeMap::new(),
            datagram_versions: DatagramVersions::default(),
            idle: IdleSwitches::default(),
        }
    }
}

impl Default for DatagramVersions {
    fn default() -> Self {
        Self {
            go: "0.1.0".into(),
            java: "0.1.0".into(),
            python: "0.4.3".into(),
            c: "1.0.12".into(),
            csharp: "0.9.0".into(),
        }
    }
}

impl Default for IdleSwitches {
    fn default() -> Self {
        Self {
            masters: None,
            default_cache: Duration::from_secs(3),
            distro_threshold: 0.7,
            auto_change_health_check: true,
            enable_standalone: true,
            server_status_period: Duration::from_secs(2),
            service_status_period: Duration::from_secs(5),
            disable_add_ip: false,
            send_beat_only: false,
            distro_server_expired: Duration::from_secs(10),
        }
    }
}

/// What a server is ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerStatus {
    Up,
    Down,
    Starting,
    Paused,
    /// Takes writes only.
    WriteOnly,
    /// Takes reads only.
    ReadOnly,
}

impl ServerStatus {
    pub const ALL: [Self; 6] =
        [Self::Up, Self::Down, Self::Starting, Self::Paused, Self::WriteOnly, Self::ReadOnly];

    /// The status as every API spells it.
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Up => "UP",
            Self::Down => "DOWN",
            Self::Starting => "STARTING",
            Self::Paused => "PAUSED",
            Self::WriteOnly => "WRITE_ONLY",
            Self::ReadOnly => "READ_ONLY",
        }
    }

    /// The status of a word, spelled exactly.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_word() == word)
    }

    /// Whether a call may be served; `is_read` tells whether it only reads.
    pub fn admits(self, is_read: bool) -> bool {
        match self {
            Self::Up => true,
            Self::Down | Self::Starting | Self::Paused => false,
            Self::WriteOnly => !is_read,
            Self::ReadOnly => is_read,
        }
    }
}

impl fmt::Display for ServerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_known_by_its_word_and_admits_what_it_says() {
        for status in ServerStatus::ALL {
            assert_eq!(ServerStatus::from_word(status.as_word()), Some(status));
        }
        assert_eq!(ServerStatus::from_word("up"), None);
        let admits = |status: ServerStatus| (status.admits(true), status.admits(false));
        assert_eq!(admits(ServerStatus::Up), (true, true));
        assert_eq!(admits(ServerStatus::WriteOnly), (false, true));
        assert_eq!(admits(ServerStatus::ReadOnly), (true, false));
        assert_eq!(admits(ServerStatus::Paused), (false, false));
    }
}
