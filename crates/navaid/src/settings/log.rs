//! How much is logged, and in which shape.

use std::collections::BTreeMap;
use std::fmt;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use super::conversion::Reading;

/// Directives of the log filter, known to be well-formed: `info`, `warn,navaid_naming=debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// Takes directives that [`EnvFilter`] understands.
    pub(crate) fn read(text: &str) -> Reading<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Reading::Absent;
        }
        let well_formed = text.split(',').all(|directive| {
            let level = directive.rsplit('=').next().unwrap_or(directive).trim();
            ["error", "warn", "info", "debug", "trace", "off"].contains(&level.to_ascii_lowercase().as_str())
        });
        if well_formed && EnvFilter::try_new(text).is_ok() {
            Reading::Plain(Self(text.to_owned()))
        } else {
            Reading::Refused
        }
    }

    /// The filter itself.
    pub fn to_filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }

    /// The filter with other levels for some parts, which are paths of modules.
    pub fn to_filter_with(&self, levels: &BTreeMap<&'static str, LevelFilter>) -> EnvFilter {
        let mut directives = self.0.clone();
        for (part, level) in levels {
            directives.push_str(&format!(",{part}={level}"));
        }
        EnvFilter::new(directives)
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    pub(crate) fn read(text: &str) -> Reading<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" => Reading::Absent,
            "text" => Reading::Plain(Self::Text),
            "json" => Reading::Plain(Self::Json),
            _ => Reading::Refused,
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// The settings of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// What is logged.
    pub filter: LogFilter,
    /// In which shape.
    pub format: LogFormat,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_filter_takes_levels_and_pairs_and_refuses_the_rest() {
        for text in ["info", "DEBUG", "warn,navaid_naming=debug", "off"] {
            assert!(matches!(LogFilter::read(text), Reading::Plain(_)), "{text}");
        }
        assert_eq!(LogFilter::read(" "), Reading::Absent);
        for text in ["loud", "info,", "navaid=", "navaid", "a=b=c"] {
            assert_eq!(LogFilter::read(text), Reading::Refused, "{text}");
        }
    }
}
