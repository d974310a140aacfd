//! JSON values that keep the order of their keys.
//!
//! The order matters because a recorded query, form or variable list is replayed in the order in which it was written,
//! and it is kept here, rather than by a feature of `serde_json`, because such a feature would reach every crate of the
//! workspace that is built together with this one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// One JSON value; an object is a list of unique keys in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a text that holds one value and nothing else.
    pub(crate) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// An object of the given fields; the keys must differ.
    pub(crate) fn object<const N: usize>(fields: [(&str, Json); N]) -> Self {
        Json::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The value under a key, `None` where this is no object or lacks the key.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        self.fields().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The fields of an object, none for any other value.
    pub(crate) fn fields(&self) -> &[(String, Json)] {
        if let Json::Object(fields) = self { fields } else { &[] }
    }

    /// The items of a list, none for any other value.
    pub(crate) fn items(&self) -> &[Json] {
        if let Json::List(items) = self { items } else { &[] }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        if let Json::Number(number) = self { number.as_f64() } else { None }
    }

    pub(crate) fn is_true(&self) -> bool {
        *self == Json::Bool(true)
    }

    /// The text of this value where it stands inside a query, a form or a header: texts bare, the rest as Python's
    /// `str` writes it, which is what the recorded clients sent.
    pub(crate) fn bare(&self) -> String {
        match self {
            Json::Null => "None".to_owned(),
            Json::Bool(true) => "True".to_owned(),
            Json::Bool(false) => "False".to_owned(),
            Json::Text(text) => text.clone(),
            Json::Number(_) | Json::List(_) | Json::Object(_) => self.to_ascii(),
        }
    }

    /// JSON with `", "` and `": "` between parts, every character beyond ASCII escaped: the form in which the recorded
    /// clients sent their bodies.
    pub(crate) fn to_ascii(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &escape_ascii);
        out
    }

    /// As [`Self::to_ascii`] with the characters beyond ASCII left as they are.
    pub(crate) fn to_unicode(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &escape);
        out
    }

    /// One text for all values that are equal up to the order of their keys.
    pub(crate) fn canonical(&self) -> String {
        self.sorted().to_ascii()
    }

    fn sorted(&self) -> Json {
        match self {
            Json::List(items) => Json::List(items.iter().map(Json::sorted).collect()),
            Json::Object(fields) => {
                let mut fields: Vec<_> =
                    fields.iter().map(|(key, value)| (key.clone(), value.sorted())).collect();
                fields.sort_by(|(a, _), (b, _)| a.cmp(b));
                Json::Object(fields)
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => self.clone(),
        }
    }

    fn write(&self, out: &mut String, quote: &dyn Fn(&str, &mut String)) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(number) => out.push_str(&number.to_string()),
            Json::Text(text) => quote(text, out),
            Json::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    item.write(out, quote);
                }
                out.push(']');
            }
            Json::Object(fields) => {
                out.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    quote(key, out);
                    out.push_str(": ");
                    value.write(out, quote);
                }
                out.push('}');
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::Text(text)
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Json::Number(number.into())
    }
}

fn escape(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

fn escape_ascii(text: &str, out: &mut String) {
    let mut quoted = String::new();
    escape(text, &mut quoted);
    for character in quoted.chars() {
        if character <= '~' {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            // The last of equal keys wins, as in every JSON reader that the clients use.
            match fields.iter_mut().find(|(name, _)| *name == key) {
                Some(field) => field.1 = value,
                None => fields.push((key, value)),
            }
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_round_trip(text: &str) {
        assert_eq!(Json::parse(text).unwrap().to_unicode(), text);
    }

    #[test]
    fn object_keeps_the_order_of_its_keys() {
        check_round_trip(r#"{"z": 1, "a": [true, null, -2.5], "m": {"é": "ü\n\""}}"#);
    }

    #[test]
    fn equal_keys_leave_the_last_value() {
        assert_eq!(Json::parse(r#"{"a": 1, "b": 2, "a": 3}"#).unwrap().to_ascii(), r#"{"a": 3, "b": 2}"#);
    }

    #[test]
    fn ascii_form_escapes_in_utf16_units() {
        assert_eq!(Json::from("é😀\u{7f}").to_ascii(), r#""\u00e9\ud83d\ude00\u007f""#);
    }

    #[test]
    fn canonical_form_ignores_the_order_of_keys() {
        let one = Json::parse(r#"{"b": {"y": 1, "x": 2}, "a": 1}"#).unwrap();
        let other = Json::parse(r#"{"a": 1, "b": {"x": 2, "y": 1}}"#).unwrap();
        assert_eq!(one.canonical(), other.canonical());
    }

    #[test]
    fn text_after_the_value_is_refused() {
        assert!(Json::parse("{} x").is_err());
    }
}
