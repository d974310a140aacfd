//! What every request has beside its own keys.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserializer, Serialize, de::MapAccess};

use super::{Body, payload};
use crate::json::{
    self, Malformed,
    lenient::Lenient,
    object::{Fields, read_object, read_value},
};

/// A request: headers that the body carries, its id if it has one, and its own keys.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Request<T> {
    /// Headers inside the body (C#, Python); to be merged behind those of the envelope.
    pub headers: BTreeMap<String, String>,
    /// Decimal text that an acknowledgement repeats. Server pushes always have one, setup acknowledgements none.
    pub request_id: Option<String>,
    pub body: T,
}

/// How a request looks on the wire; `headers` empty, as Java sends it and the Rust SDK requires it.
#[derive(Serialize)]
struct Written<'a, T> {
    headers: BTreeMap<(), ()>,
    #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(flatten)]
    body: &'a T,
    module: &'static str,
}

impl<T: Body> Request<T> {
    /// A request without id: what Java clients send as unary calls.
    pub fn new(body: T) -> Self {
        Self { headers: BTreeMap::new(), request_id: None, body }
    }

    /// A push that is to be acknowledged under `request_id`.
    pub fn push(request_id: impl Into<String>, body: T) -> Self {
        Self { request_id: Some(request_id.into()), ..Self::new(body) }
    }

    /// Reads the JSON body of a request.
    ///
    /// # Errors
    /// Not an object, or a field of the wrong kind, which is named.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        json::read(body)
    }

    /// The JSON body. Headers are not repeated in it: they belong into the envelope.
    pub fn to_json(&self) -> Vec<u8> {
        let written = Written {
            headers: BTreeMap::new(),
            request_id: self.request_id.as_deref(),
            body: &self.body,
            module: T::TYPE.module().as_word(),
        };
        serde_json::to_vec(&written).expect("wire objects have text keys and finite numbers")
    }

    /// The whole message. `sender_ip` is the server's own address for a push.
    pub fn encode(&self, sender_ip: &str) -> Bytes {
        payload::encode(T::TYPE, sender_ip, &self.to_json())
    }
}

impl<T: Fields> Fields for Request<T> {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "headers" => self.headers = read_value(key, map)?,
            "requestId" => self.request_id = read_value(key, map)?,
            _ => return self.body.read_field(key, map),
        }
        Ok(true)
    }
}

impl<T: Fields> Lenient for Request<T> {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        read_object(source)
    }
}
