//! A content as a list of keys with their values.
//!
//! A key is the way to its value: `server.ports[0].name`. A part that holds a dot, a bracket, a quote or nothing is
//! written as a JSON string: `logging."com.acme.shop"`. Contents of several YAML documents begin with the number of
//! theirs: `[1].server.port`.

use std::collections::BTreeMap;

use encoding_rs::UTF_8;
use serde_json::{Map, Value};

use crate::format::Format;

/// Most keys of a content that is compared by key.
pub const KEYS_MAX: usize = 100_000;
/// Deepest nesting that is compared by key.
pub const DEPTH_MAX: usize = 128;

/// Keys in order, with their values: texts, numbers, flags, nulls, and lists and maps only where they are empty.
pub type Keys = BTreeMap<String, Value>;

/// Why a content has no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It does not follow its format.
    #[error("it cannot be read as {format:?}: {reason}")]
    Syntax { format: Format, reason: String },
    #[error("it has more than {KEYS_MAX} keys")]
    TooManyKeys,
    #[error("it is nested deeper than {DEPTH_MAX}")]
    TooDeep,
}

/// Reads a content.
///
/// # Errors
/// [`Unreadable`]
pub fn read(format: Format, content: &str) -> Result<Keys, Unreadable> {
    let syntax = |reason: String| Unreadable::Syntax { format, reason: first_line(reason) };
    let mut keys = Keys::new();
    match format {
        Format::Json => {
            let value = serde_json::from_str(content).map_err(|error| syntax(error.to_string()))?;
            flatten(String::new(), value, 0, &mut keys)?;
        }
        Format::Toml => {
            let table: toml::Table = toml::from_str(content).map_err(|error| syntax(error.to_string()))?;
            flatten(String::new(), of_toml(toml::Value::Table(table), 0)?, 0, &mut keys)?;
        }
        Format::Yaml => {
            let documents: Vec<Value> =
                serde_saphyr::from_multiple(content).map_err(|error| syntax(error.to_string()))?;
            let value = match <[Value; 1]>::try_from(documents) {
                Ok([only]) => only,
                Err(several) => Value::Array(several),
            };
            flatten(String::new(), value, 0, &mut keys)?;
        }
        Format::Properties => read_properties(content, &mut keys).map_err(syntax)?,
    }
    if keys.len() > KEYS_MAX { Err(Unreadable::TooManyKeys) } else { Ok(keys) }
}

/// Parsers add pictures of the place to their messages.
fn first_line(mut reason: String) -> String {
    reason.truncate(reason.find('\n').unwrap_or(reason.len()));
    reason
}

/// A key that comes twice counts with its last value, as in Java.
fn read_properties(content: &str, keys: &mut Keys) -> Result<(), String> {
    let mut lines = java_properties::PropertiesIter::new_with_encoding(content.as_bytes(), UTF_8);
    let read = lines.read_into(|key, value| {
        keys.insert(key, Value::String(value));
    });
    read.map_err(|error| error.to_string())
}

fn flatten(path: String, value: Value, depth: usize, keys: &mut Keys) -> Result<(), Unreadable> {
    if depth > DEPTH_MAX {
        return Err(Unreadable::TooDeep);
    }
    if keys.len() > KEYS_MAX {
        return Err(Unreadable::TooManyKeys);
    }
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.into_iter().enumerate() {
                flatten(format!("{path}[{index}]"), item, depth + 1, keys)?;
            }
        }
        Value::Object(map) if !map.is_empty() => {
            for (name, item) in map {
                let part = part(&name);
                let path = if path.is_empty() { part } else { format!("{path}.{part}") };
                flatten(path, item, depth + 1, keys)?;
            }
        }
        leaf => {
            keys.insert(path, leaf);
        }
    }
    Ok(())
}

fn part(name: &str) -> String {
    if name.is_empty() || name.contains(['.', '[', ']', '"']) {
        return Value::from(name).to_string();
    }
    name.to_owned()
}

/// A date is its text.
fn of_toml(value: toml::Value, depth: usize) -> Result<Value, Unreadable> {
    if depth > DEPTH_MAX {
        return Err(Unreadable::TooDeep);
    }
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        // JSON has no word for what is not a number.
        toml::Value::Float(number) => {
            serde_json::Number::from_f64(number).map_or_else(|| number.to_string().into(), Value::Number)
        }
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| of_toml(item, depth + 1)).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => {
            let entries = table.into_iter().map(|(name, item)| Ok((name, of_toml(item, depth + 1)?)));
            Value::Object(entries.collect::<Result<Map<_, _>, _>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn keys(format: Format, content: &str) -> Vec<(String, Value)> {
        read(format, content).unwrap().into_iter().collect()
    }

    fn key(path: &str, value: impl Into<Value>) -> (String, Value) {
        (path.to_owned(), value.into())
    }

    #[test]
    fn every_format_gives_the_same_keys_for_the_same_content() {
        let wanted = vec![key("server.name", "x"), key("server.ports[0]", 80), key("server.ports[1]", 81)];
        assert_eq!(keys(Format::Yaml, "server:\n  name: x\n  ports: [80, 81]\n"), wanted);
        assert_eq!(keys(Format::Json, r#"{"server":{"ports":[80,81],"name":"x"}}"#), wanted);
        assert_eq!(keys(Format::Toml, "[server]\nname = 'x'\nports = [80, 81]\n"), wanted);
        let texts = vec![key("server.name", "x"), key("server.ports[0]", "80")];
        assert_eq!(keys(Format::Properties, "server.ports[0]=80\nserver.name : x\n"), texts);
    }

    #[test]
    fn a_text_is_not_the_number_that_it_spells() {
        assert_eq!(
            keys(Format::Yaml, "a: '1'\nb: 1\nc: ~\nd: {}\n"),
            [key("a", "1"), key("b", 1), key("c", Value::Null), key("d", json!({})),]
        );
    }

    #[test]
    fn names_that_would_mislead_are_quoted() {
        let content = r#"{"a.b":1,"":2,"c":{"d[0]":3}}"#;
        assert_eq!(keys(Format::Json, content), [key(r#""""#, 2), key(r#""a.b""#, 1), key(r#"c."d[0]""#, 3)]);
    }

    #[test]
    fn several_documents_are_numbered() {
        assert_eq!(keys(Format::Yaml, "a: 1\n---\na: 2\n"), [key("[0].a", 1), key("[1].a", 2)]);
    }

    #[test]
    fn properties_are_read_as_java_reads_them_but_in_utf_8() {
        let content = "# note\na=1\na=2\nlong = x\\\n   y\nname=\u{4E2D}\\u6587\n";
        assert_eq!(
            keys(Format::Properties, content),
            [key("a", "2"), key("long", "xy"), key("name", "\u{4E2D}\u{6587}")]
        );
    }

    #[test]
    fn dates_and_odd_numbers_of_toml_are_texts() {
        assert_eq!(
            keys(Format::Toml, "d = 2026-11-27\nn = nan\nf = 1.5\n"),
            [key("d", "2026-11-27"), key("f", 1.5), key("n", "NaN")]
        );
    }

    #[test]
    fn what_is_no_such_content_says_so_in_one_line() {
        for (format, content) in [
            (Format::Json, "{"),
            (Format::Yaml, "a: [1\nb: }"),
            (Format::Toml, "a ="),
            (Format::Properties, "a=\\u12"),
        ] {
            let Err(Unreadable::Syntax { format: found, reason }) = read(format, content) else {
                panic!("{content} was read as {format:?}")
            };
            assert_eq!(found, format);
            assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
        }
    }

    #[test]
    fn deep_and_broad_contents_are_refused() {
        let broad = format!("[{}0]", "0,".repeat(KEYS_MAX));
        assert_eq!(read(Format::Json, &broad), Err(Unreadable::TooManyKeys));
        for format in [Format::Json, Format::Yaml, Format::Toml] {
            let start = if format == Format::Toml { "a = " } else { "" };
            let deep = format!("{start}{}{}", "[".repeat(2_000), "]".repeat(2_000));
            assert!(read(format, &deep).is_err(), "{format:?}");
        }
    }

    #[test]
    fn aliases_of_yaml_do_not_multiply_without_end() {
        let mut content = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = level - 1;
            content += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(","));
        }
        assert!(read(Format::Yaml, &content).is_err());
    }

    proptest! {
        #[test]
        fn any_content_is_read_or_refused(content in "[-a-z0-9:=\\[\\]{}\"'\n #&*!|>.\\\\]{0,80}") {
            for format in [Format::Yaml, Format::Json, Format::Properties, Format::Toml] {
                drop(read(format, &content));
            }
        }
    }
}
