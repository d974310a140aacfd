//! JSON objects with known keys: one declaration gives the struct, its writing (serde) and its forgiving reading.
//!
//! Reading: unknown keys are skipped, absent ones keep their default, the last of equal keys counts, null is the
//! empty value of the field's kind. Writing: keys in the order declared.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};

use super::lenient::{Lenient, Loose};

/// The keys that an object takes from the wire.
pub trait Fields: Default {
    /// Takes the value of `key`; false when the object has no such key, and then nothing was read.
    ///
    /// # Errors
    /// The value is of the wrong kind; the error names the key.
    fn read_field<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error>;
}

/// Reads the value of `key`, which the error names.
///
/// # Errors
/// The value is of the wrong kind.
pub fn read_value<'de, T: Lenient, A: MapAccess<'de>>(key: &str, map: &mut A) -> Result<T, A::Error> {
    match map.next_value::<Loose<T>>() {
        Ok(Loose(value)) => Ok(value),
        Err(problem) => Err(A::Error::custom(format_args!("{key}: {problem}"))),
    }
}

/// Reads a whole object; null is its default.
///
/// # Errors
/// Not an object, or a field of the wrong kind.
pub fn read_object<'de, T: Fields, D: Deserializer<'de>>(source: D) -> Result<T, D::Error> {
    source.deserialize_any(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Fields> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut object = T::default();
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            if !object.read_field(&key, &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(object)
    }
}

/// A key, borrowed from the text unless it holds escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

/// Declares an object of the wire: `field: Type = "key"`, with `or value` where the default is not the type's own.
macro_rules! wire_object {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $key:literal $(or $default:expr)?,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        pub struct $name {
            $($(#[$field_meta])* #[serde(rename = $key)] pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $crate::json::object::wire_object!(@default $($default)?),)* }
            }
        }

        impl $crate::json::object::Fields for $name {
            fn read_field<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                key: &str,
                map: &mut A,
            ) -> Result<bool, A::Error> {
                match key {
                    $($key => self.$field = $crate::json::object::read_value($key, map)?,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }

        $crate::json::object::wire_object!(@lenient $name);
    };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    (@lenient $name:ident) => {
        impl $crate::json::lenient::Lenient for $name {
            fn lenient<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                $crate::json::object::read_object(source)
            }
        }
    };
}

/// Declares objects that have no keys of their own.
macro_rules! empty_wire_objects {
    ($($(#[$meta:meta])* $name:ident,)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
        pub struct $name {}

        impl $crate::json::object::Fields for $name {
            fn read_field<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                _: &str,
                _: &mut A,
            ) -> Result<bool, A::Error> {
                Ok(false)
            }
        }

        $crate::json::object::wire_object!(@lenient $name);
    )*};
}

pub(crate) use {empty_wire_objects, wire_object};
