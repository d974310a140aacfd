//! The settings of the servers that the recordings were made on, where they differ from the defaults.

use crate::recording::Recording;

type Settings = &'static [(&'static str, &'static str)];

/// `(generation prefix, scenario prefix, settings)`: the first line that fits a recording counts.
const TABLE: [(&str, &str, Settings); 4] = [
    ("", "auth-", ACCESS_CONTROL),
    ("", "grpc-ns-param-errors", SHORT_METADATA),
    ("nacos-3", "", OPEN_CONSOLE),
    ("", "", &[]),
];

/// Scenarios about access control ran with every check on.
const ACCESS_CONTROL: Settings = &[
    ("nacos.core.auth.enabled", "true"),
    ("nacos.core.auth.admin.enabled", "true"),
    ("nacos.core.auth.console.enabled", "true"),
    ("nacos.core.auth.server.identity.key", "conformance"),
    ("nacos.core.auth.server.identity.value", "conformance"),
    // Base64 of 48 bytes; signs tokens of these tests alone.
    (
        "nacos.core.auth.plugin.nacos.token.secret.key",
        "Y29uZm9ybWFuY2UtY29uZm9ybWFuY2UtY29uZm9ybWFuY2UtY29uZm9y",
    ),
];

/// The limit that Nacos has and this server, on purpose, has not (docs/operations).
const SHORT_METADATA: Settings = &[("nacos.naming.service.metadata.length", "1024")];

/// All other 3.x scenarios call the admin and console API without credentials, which the defaults refuse.
const OPEN_CONSOLE: Settings =
    &[("nacos.core.auth.admin.enabled", "false"), ("nacos.core.auth.console.enabled", "false")];

/// The settings for the server of a recording.
pub(super) fn settings_for(recording: &Recording) -> Settings {
    let fits = |(generation, stem, _): &&(&str, &str, Settings)| {
        recording.generation().starts_with(generation) && recording.stem().starts_with(stem)
    };
    TABLE.iter().find(fits).map_or(&[], |(_, _, settings)| settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(generation: &str, stem: &str, expected: Settings) {
        assert_eq!(settings_for(&Recording::new(generation, stem, "")), expected);
    }

    #[test]
    fn scenarios_about_access_run_with_checks_on() {
        check("nacos-1.4.8", "auth-users-v1", ACCESS_CONTROL);
        check("nacos-3.1", "auth-users-v3", ACCESS_CONTROL);
    }

    #[test]
    fn other_scenarios_run_open() {
        check("nacos-3.1", "cs3-console-config", OPEN_CONSOLE);
        check("nacos-2.5.1", "cs1-charset", &[]);
    }
}
