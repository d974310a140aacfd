//! The remote protocol of 2.x and 3.x clients (`spec/grpc`): envelopes, type names, codes and bodies.
//!
//! ```text
//! Payload { type name, client ip, headers, body bytes }     payload
//!            │                               └─ JSON: Request<T> or Response<T>, T from connection, naming, config
//!            └─ PayloadType                  payload_type
//! ```

pub mod code;
pub mod config;
pub mod config_fuzzy_watch;
pub mod connection;
pub mod headers;
pub mod naming;
pub mod naming_fuzzy_watch;
pub mod payload;
pub mod payload_type;
pub mod request;
pub mod response;
pub mod service_answer;

pub use headers::Headers;
pub use payload::{MalformedPayload, Payload};
pub use payload_type::{Exchange, Module, PayloadType};
pub use request::Request;
pub use response::Response;
pub use service_answer::SharedPayload;

use serde::Serialize;

use crate::json::object::Fields;

/// The part of a payload's JSON body that belongs to its type alone.
pub trait Body: Fields + Serialize {
    /// The type name that goes with it.
    const TYPE: PayloadType;
}

/// Declares a payload body: a wire object whose name is its type name.
macro_rules! payload_body {
    ($(#[$meta:meta])* $name:ident $fields:tt) => {
        $crate::json::object::wire_object! { $(#[$meta])* $name $fields }

        impl $crate::grpc::Body for $name {
            const TYPE: $crate::grpc::PayloadType = $crate::grpc::PayloadType::$name;
        }
    };
}

/// Declares payload bodies that have no keys beside those of every request or response.
macro_rules! empty_payload_bodies {
    ($($(#[$meta:meta])* $name:ident,)*) => {
        $crate::json::object::empty_wire_objects! { $($(#[$meta])* $name,)* }

        $(impl $crate::grpc::Body for $name {
            const TYPE: $crate::grpc::PayloadType = $crate::grpc::PayloadType::$name;
        })*
    };
}

pub(crate) use {empty_payload_bodies, payload_body};

#[cfg(test)]
mod tests;
