//! Reading as forgivingly as the reference does (Jackson's default coercions, `spec/grpc` §2.3), bounded in what
//! one body may make us allocate.
//!
//! | read as | accepted |
//! |---|---|
//! | text | text, number, boolean; null is the empty text |
//! | flag | boolean, number (0 is false), `"true"` and `"false"` in any case; null and `""` are false |
//! | number | number, numeric text; null and `""` are 0 |
//! | list, map, object | itself; null is empty; a null value inside a map is left out |

use std::{borrow::Cow, collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

/// Most entries of one JSON array: more than twice what an SDK puts into one request (3000 keys).
pub const LIST_MAX: usize = 10_000;
/// Most entries of one JSON object that holds free keys.
pub const MAP_MAX: usize = 10_000;

/// A type that can be read forgivingly.
pub trait Lenient: Sized {
    /// # Errors
    /// The value is of a kind that the reference would refuse as well.
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error>;
}

/// Carries a [`Lenient`] type through serde.
pub struct Loose<T>(pub T);

impl<'de, T: Lenient> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        T::lenient(source).map(Loose)
    }
}

/// What a JSON value is before it is coerced.
enum Scalar<'de> {
    Null,
    Flag(bool),
    Whole(i64),
    Real(f64),
    Text(Cow<'de, str>),
}

struct ScalarVisitor(&'static str);

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_unit<E: Error>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_i64<E: Error>(self, whole: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Whole(whole))
    }

    fn visit_u64<E: Error>(self, whole: u64) -> Result<Scalar<'de>, E> {
        Ok(i64::try_from(whole).map_or(Scalar::Real(whole as f64), Scalar::Whole))
    }

    fn visit_f64<E: Error>(self, real: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Real(real))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }
}

impl Lenient for String {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Ok(match source.deserialize_any(ScalarVisitor("a text"))? {
            Scalar::Null => Self::new(),
            Scalar::Flag(flag) => flag.to_string(),
            Scalar::Whole(whole) => whole.to_string(),
            Scalar::Real(real) => super::writer::double_text(real),
            Scalar::Text(text) => text.into_owned(),
        })
    }
}

impl Lenient for bool {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        match source.deserialize_any(ScalarVisitor("true or false"))? {
            Scalar::Null => Ok(false),
            Scalar::Flag(flag) => Ok(flag),
            Scalar::Whole(whole) => Ok(whole != 0),
            Scalar::Real(_) => Err(D::Error::custom("a fraction is neither true nor false")),
            Scalar::Text(text) => match text.trim() {
                "" => Ok(false),
                word if word.eq_ignore_ascii_case("true") => Ok(true),
                word if word.eq_ignore_ascii_case("false") => Ok(false),
                _ => Err(D::Error::custom("expected true or false")),
            },
        }
    }
}

impl Lenient for i64 {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        match source.deserialize_any(ScalarVisitor("a whole number"))? {
            Scalar::Null => Ok(0),
            Scalar::Flag(_) => Err(D::Error::custom("expected a whole number")),
            Scalar::Whole(whole) => Ok(whole),
            // A fraction is cut off, as the reference does.
            Scalar::Real(real) => Ok(real as i64),
            Scalar::Text(text) if text.trim().is_empty() => Ok(0),
            Scalar::Text(text) => {
                text.trim().parse().map_err(|_| D::Error::custom("expected a whole number"))
            }
        }
    }
}

impl Lenient for i32 {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Self::try_from(i64::lenient(source)?).map_err(|_| D::Error::custom("out of the range of an int"))
    }
}

impl Lenient for f64 {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let number = match source.deserialize_any(ScalarVisitor("a number"))? {
            Scalar::Null => 0.0,
            Scalar::Flag(_) => return Err(D::Error::custom("expected a number")),
            Scalar::Whole(whole) => whole as Self,
            Scalar::Real(real) => real,
            Scalar::Text(text) if text.trim().is_empty() => 0.0,
            Scalar::Text(text) => text.trim().parse().map_err(|_| D::Error::custom("expected a number"))?,
        };
        if number.is_finite() { Ok(number) } else { Err(D::Error::custom("expected a finite number")) }
    }
}

impl Lenient for Value {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Self::deserialize(source)
    }
}

impl<T: Lenient> Lenient for Option<T> {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        Option::<Loose<T>>::deserialize(source).map(|value| value.map(|loose| loose.0))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Lenient> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(Loose(entry)) = entries.next_element()? {
            if list.len() == LIST_MAX {
                return Err(A::Error::custom(format_args!("more than {LIST_MAX} entries")));
            }
            list.push(entry);
        }
        Ok(list)
    }
}

impl<T: Lenient> Lenient for Vec<T> {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(ListVisitor(PhantomData))
    }
}

struct MapVisitor<T>(PhantomData<T>);

impl<'de, T: Lenient> Visitor<'de> for MapVisitor<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry::<String, Loose<Option<T>>>()? {
            if map.len() == MAP_MAX {
                return Err(A::Error::custom(format_args!("more than {MAP_MAX} entries")));
            }
            match value.0 {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(map)
    }
}

impl<T: Lenient> Lenient for BTreeMap<String, T> {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(MapVisitor(PhantomData))
    }
}
