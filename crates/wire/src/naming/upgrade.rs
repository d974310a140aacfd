//! How far a server is on its way from 1.x to 2.0 (`spec/naming-semantics` §16.3; recorded: `ns1-upgrade-ops` on
//! 2.0.4). Run-books read these lines to decide whether they may go on.

use std::fmt::Write as _;

use serde::{Serialize, Serializer, ser::SerializeMap};

/// What there is, by lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    pub services: usize,
    pub instances: usize,
}

/// State of the upgrade of a server that keeps one store for all generations: it is over, and nothing is left in a
/// store of 1.x.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UpgradeMetrics {
    pub services: usize,
    pub instances: usize,
    pub subscriptions: usize,
    pub ephemeral: Sizes,
    pub persistent: Sizes,
}

/// A value of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Shown {
    Flag(bool),
    Count(usize),
    /// Services that one store has and the other lacks: there is one store.
    Services([(); 0]),
}

impl UpgradeMetrics {
    fn lines(&self) -> [(&'static str, Shown); 17] {
        use Shown::{Count, Flag, Services};
        [
            ("upgraded", Flag(true)),
            ("isAll20XVersion", Flag(true)),
            ("isDoubleWriteEnabled", Flag(false)),
            ("doubleWriteDelayTaskCount", Count(0)),
            ("serviceCountV1", Count(0)),
            ("instanceCountV1", Count(0)),
            ("serviceCountV2", Count(self.services)),
            ("instanceCountV2", Count(self.instances)),
            ("subscribeCountV2", Count(self.subscriptions)),
            ("responsibleServiceCountV1", Count(0)),
            ("responsibleInstanceCountV1", Count(0)),
            ("ephemeralServiceCountV2", Count(self.ephemeral.services)),
            ("persistentServiceCountV2", Count(self.persistent.services)),
            ("ephemeralInstanceCountV2", Count(self.ephemeral.instances)),
            ("persistentInstanceCountV2", Count(self.persistent.instances)),
            ("service.V1.not.in.V2", Services([])),
            ("service.V2.not.in.V1", Services([])),
        ]
    }

    /// One line for each: the key in 30 columns, ` = `, numbers to the right of 5.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (key, value) in self.lines() {
            let written = match value {
                Shown::Flag(flag) => writeln!(text, "{key:<30} = {flag}"),
                Shown::Count(count) => writeln!(text, "{key:<30} = {count:>5}"),
                Shown::Services([]) => writeln!(text, "{key:<30} = "),
            };
            written.expect("writing to a string cannot fail");
        }
        text
    }
}

impl Serialize for UpgradeMetrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lines = self.lines();
        let mut map = serializer.serialize_map(Some(lines.len()))?;
        for (key, value) in lines {
            map.serialize_entry(key, &value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: UpgradeMetrics = UpgradeMetrics {
        services: 3,
        instances: 12,
        subscriptions: 4,
        ephemeral: Sizes { services: 2, instances: 11 },
        persistent: Sizes { services: 1, instances: 1 },
    };

    /// `spec/naming-semantics` §20, line 121.
    #[test]
    fn upgrade_metrics_are_seventeen_lines_with_keys_in_thirty_columns() {
        let text = METRICS.to_text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 17);
        assert!(lines.iter().all(|line| line[30..].starts_with(" = ")), "{text}");
        assert_eq!(lines[0], "upgraded                       = true");
        assert_eq!(lines[3], "doubleWriteDelayTaskCount      =     0");
        assert_eq!(lines[7], "instanceCountV2                =    12");
        assert_eq!(lines[16], "service.V2.not.in.V1           = ");
        assert!(text.ends_with('\n'));
    }

    #[test]
    fn upgrade_metrics_are_the_same_as_an_object() {
        let shown = serde_json::to_string(&METRICS).unwrap();
        let keys = METRICS.lines().map(|(key, _)| shown.find(&format!("\"{key}\":")).unwrap());
        assert!(keys.is_sorted(), "{shown}");
        assert!(shown.contains(r#""upgraded":true,"isAll20XVersion":true,"isDoubleWriteEnabled":false"#));
        assert!(shown.ends_with(r#""service.V1.not.in.V2":[],"service.V2.not.in.V1":[]}"#), "{shown}");
    }
}
