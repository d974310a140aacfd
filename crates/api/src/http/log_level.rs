//! Changing what the server logs, by the names of the reference's loggers (`spec/http-naming-core` §12.4).

use tracing::level_filters::LevelFilter;

use super::{call::Call, failure::Failure};

/// Sets the level of the part that does the work of the named logger. A name that nothing here answers to is passed
/// over, as in the reference: scripts set loggers that only some releases have.
pub(crate) fn set(call: &Call, name: &str, level: &str) -> Result<(), Failure> {
    let Some(part) = part(name) else {
        tracing::info!(name, level, "log level of a logger that does not exist here");
        return Ok(());
    };
    let level = parse(level);
    call.node.log.set_level(part, level).map_err(|error| Failure::Internal(error.to_string()))?;
    tracing::warn!(name, part, %level, "log level changed");
    Ok(())
}

/// Our part for a logger: `core` is the whole server, so that what was set for a part stays as it is there.
fn part(name: &str) -> Option<&'static str> {
    match name {
        "core" => Some("navaid"),
        "core-raft" => Some("navaid_storage"),
        "remote" => Some("navaid_api"),
        _ if name.starts_with("naming-") => Some("navaid_naming"),
        _ if name.starts_with("config-") => Some("navaid_config"),
        _ => None,
    }
}

/// A level in any case. Whatever is none means DEBUG (recorded: `ns1-operator-misc`).
fn parse(level: &str) -> LevelFilter {
    let known = [
        ("TRACE", LevelFilter::TRACE),
        ("INFO", LevelFilter::INFO),
        ("WARN", LevelFilter::WARN),
        ("ERROR", LevelFilter::ERROR),
        ("OFF", LevelFilter::OFF),
    ];
    let found = known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(level.trim()));
    found.map_or(LevelFilter::DEBUG, |(_, level)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_in_any_case_and_unknown_ones_are_debug() {
        assert_eq!(parse("warn"), LevelFilter::WARN);
        assert_eq!(parse("OFF"), LevelFilter::OFF);
        assert_eq!(parse("LOUD"), LevelFilter::DEBUG);
    }

    #[test]
    fn loggers_of_the_reference_name_our_parts() {
        assert_eq!(part("naming-push"), Some("navaid_naming"));
        assert_eq!(part("config-server"), Some("navaid_config"));
        assert_eq!(part("core-cluster"), None);
    }
}
