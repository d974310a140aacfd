//! Which format a content is in.

use navaid_core::ConfigType;
use serde::Serialize;

/// A format whose contents have keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Yaml,
    Json,
    Properties,
    Toml,
}

impl Format {
    /// By the declared type; where that says nothing, by the end of the data id.
    pub fn of(kind: Option<ConfigType>, data_id: &str) -> Option<Self> {
        match kind {
            Some(ConfigType::Yaml) => Some(Self::Yaml),
            Some(ConfigType::Json) => Some(Self::Json),
            Some(ConfigType::Properties) => Some(Self::Properties),
            Some(ConfigType::Toml) => Some(Self::Toml),
            Some(ConfigType::Xml | ConfigType::Html) => None,
            Some(ConfigType::Text | ConfigType::Unset) | None => Self::of_data_id(data_id),
        }
    }

    fn of_data_id(data_id: &str) -> Option<Self> {
        match data_id.rsplit_once('.')?.1 {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            "properties" => Some(Self::Properties),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_decides_and_the_name_where_it_is_silent() {
        assert_eq!(Format::of(Some(ConfigType::Yaml), "a.json"), Some(Format::Yaml));
        assert_eq!(Format::of(Some(ConfigType::Text), "a.yml"), Some(Format::Yaml));
        assert_eq!(Format::of(None, "a.b.toml"), Some(Format::Toml));
        assert_eq!(Format::of(Some(ConfigType::Xml), "a.json"), None);
        assert_eq!(Format::of(None, "json"), None);
    }
}
