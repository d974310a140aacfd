//! Writes a value as a protobuf message, by the message's descriptor and the rules of protobuf's JSON form, in one order of
//! fields and keys: the same value gives the same bytes on every server, of which the version is made.
//!
//! Beyond those rules, spans of time have Go's form ([`super::span`]). How deep it goes is bounded by the descriptors, none
//! of which holds itself.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use prost::{
    Message,
    encoding::{WireType, encode_key, encode_varint},
};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

use super::{
    path::{Mistake, Path, clip},
    span,
};

/// A value without its tag.
enum Wire {
    Varint(u64),
    Fixed64(u64),
    Bytes(Vec<u8>),
}

impl Wire {
    fn is_default(&self) -> bool {
        match self {
            Self::Varint(number) | Self::Fixed64(number) => *number == 0,
            Self::Bytes(bytes) => bytes.is_empty(),
        }
    }

    fn kind(&self) -> WireType {
        match self {
            Self::Varint(_) => WireType::Varint,
            Self::Fixed64(_) => WireType::SixtyFourBit,
            Self::Bytes(_) => WireType::LengthDelimited,
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Varint(number) => encode_varint(*number, out),
            Self::Fixed64(bits) => out.extend(bits.to_le_bytes()),
            Self::Bytes(bytes) => {
                encode_varint(bytes.len() as u64, out);
                out.extend(bytes);
            }
        }
    }

    fn put_tagged(&self, number: u32, out: &mut Vec<u8>) {
        encode_key(number, self.kind(), out);
        self.put(out);
    }
}

/// Writes a mapping as a message.
///
/// # Errors
/// It has a field that the message lacks, or a value that the field cannot hold.
pub(super) fn encode(shape: &MessageDescriptor, value: &Value, at: &Path<'_>) -> Result<Vec<u8>, Mistake> {
    let Value::Object(given) = value else { return Err(at.mistake("a mapping was expected")) };
    let mut fields: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let mut chosen: BTreeMap<String, &str> = BTreeMap::new();
    for (name, value) in given {
        let at = Path::Field(at, name);
        let field = shape.get_field_by_json_name(name).or_else(|| shape.get_field_by_name(name));
        let field = field.ok_or_else(|| at.mistake(format!("{} has no such field", shape.name())))?;
        if value.is_null() {
            continue; // as if it were not there
        }
        if let Some(oneof) = field.containing_oneof()
            && let Some(other) = chosen.insert(oneof.full_name().to_owned(), name)
        {
            return Err(at.mistake(format!("it cannot stand beside `{}`", clip(other))));
        }
        if fields.insert(field.number(), encode_field(&field, value, &at)?).is_some() {
            return Err(at.mistake("it is given twice, under both of its names"));
        }
    }
    Ok(fields.into_values().flatten().collect())
}

/// A field with its tags.
fn encode_field(field: &FieldDescriptor, value: &Value, at: &Path<'_>) -> Result<Vec<u8>, Mistake> {
    let mut out = Vec::new();
    match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            let Value::Object(given) = value else { return Err(at.mistake("a mapping was expected")) };
            let sorted: BTreeMap<&String, &Value> = given.iter().collect();
            for (key, value) in sorted {
                let mut one = Vec::new();
                Wire::Bytes(key.clone().into_bytes()).put_tagged(1, &mut one);
                let kind = entry.map_entry_value_field().kind();
                wire(&kind, value, &Path::Key(at, key))?.put_tagged(2, &mut one);
                Wire::Bytes(one).put_tagged(field.number(), &mut out);
            }
        }
        kind if field.is_list() => {
            let Value::Array(items) = value else { return Err(at.mistake("a list was expected")) };
            let mut packed = Vec::new();
            for (place, item) in items.iter().enumerate() {
                let item = wire(&kind, item, &Path::Item(at, place))?;
                if field.is_packed() {
                    item.put(&mut packed);
                } else {
                    item.put_tagged(field.number(), &mut out);
                }
            }
            if !packed.is_empty() {
                Wire::Bytes(packed).put_tagged(field.number(), &mut out);
            }
        }
        kind => {
            let value = wire(&kind, value, at)?;
            if field.supports_presence() || !value.is_default() {
                value.put_tagged(field.number(), &mut out);
            }
        }
    }
    Ok(out)
}

fn wire(kind: &Kind, value: &Value, at: &Path<'_>) -> Result<Wire, Mistake> {
    Ok(match kind {
        Kind::String => Wire::Bytes(text(value, at)?.as_bytes().to_vec()),
        Kind::Bytes => {
            let bytes = STANDARD.decode(text(value, at)?);
            Wire::Bytes(bytes.map_err(|_| at.mistake("a text in base64 was expected"))?)
        }
        Kind::Bool => match value {
            Value::Bool(flag) => Wire::Varint((*flag).into()),
            _ => return Err(at.mistake("true or false was expected")),
        },
        Kind::Int32 => {
            Wire::Varint(i64::cast_unsigned(integer(value, i32::MIN.into(), i32::MAX.into(), at)?))
        }
        Kind::Uint32 => Wire::Varint(i64::cast_unsigned(integer(value, 0, u32::MAX.into(), at)?)),
        Kind::Uint64 => Wire::Varint(i64::cast_unsigned(integer(value, 0, i64::MAX, at)?)),
        Kind::Double => Wire::Fixed64(number(value, at)?.to_bits()),
        Kind::Enum(words) => Wire::Varint(i64::cast_unsigned(word(words, value, at)?.into())),
        Kind::Message(shape) => Wire::Bytes(message(shape, value, at)?),
        _ => return Err(at.mistake("values of this type are not taken")),
    })
}

/// A message, or one of protobuf's own that stand for a plain value.
fn message(shape: &MessageDescriptor, value: &Value, at: &Path<'_>) -> Result<Vec<u8>, Mistake> {
    match shape.full_name() {
        "google.protobuf.Duration" => {
            let span = value.as_str().and_then(span::parse);
            Ok(span.ok_or_else(|| at.mistake("a span was expected, such as 5s or 1m30s"))?.encode_to_vec())
        }
        "google.protobuf.BoolValue"
        | "google.protobuf.DoubleValue"
        | "google.protobuf.UInt32Value"
        | "google.protobuf.UInt64Value" => {
            let plain = shape.get_field(1).expect("a wrapper has one field");
            encode_field(&plain, value, at)
        }
        _ => encode(shape, value, at),
    }
}

fn text<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v str, Mistake> {
    value.as_str().ok_or_else(|| {
        at.mistake(match value {
            Value::Number(_) | Value::Bool(_) => "a text was expected: put it in quotes",
            _ => "a text was expected",
        })
    })
}

/// A whole number, which may be written as a text.
fn integer(value: &Value, min: i64, max: i64, at: &Path<'_>) -> Result<i64, Mistake> {
    let found = match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_i64(),
    };
    let found = found.filter(|number| (min..=max).contains(number));
    found.ok_or_else(|| at.mistake(format!("a whole number from {min} to {max} was expected")))
}

fn number(value: &Value, at: &Path<'_>) -> Result<f64, Mistake> {
    let found = match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_f64(),
    };
    found.filter(|number: &f64| number.is_finite()).ok_or_else(|| at.mistake("a number was expected"))
}

/// A value of an enumeration, by name or by number.
fn word(words: &EnumDescriptor, value: &Value, at: &Path<'_>) -> Result<i32, Mistake> {
    let found = match value {
        Value::String(name) => words.get_value_by_name(name),
        value => value.as_i64().and_then(|number| words.get_value(number.try_into().ok()?)),
    };
    found.map(|value| value.number()).ok_or_else(|| {
        let names: Vec<String> = words.values().map(|value| value.name().to_owned()).collect();
        at.mistake(format!("one of {} was expected", names.join(", ")))
    })
}
