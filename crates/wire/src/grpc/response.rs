//! What every response has beside its own keys.

use bytes::Bytes;
use serde::{Deserializer, Serialize, de::MapAccess};

use super::{Body, code, connection::ErrorResponse, payload};
use crate::json::{
    self, Malformed,
    lenient::Lenient,
    object::{Fields, read_object, read_value},
};

/// A response. A client's acknowledgement is judged by [`Response::is_success`] alone: types and the `success` flag
/// differ between SDKs (`spec/grpc` §5.4).
#[derive(Debug, Clone, PartialEq)]
pub struct Response<T> {
    pub result_code: i32,
    pub error_code: i32,
    pub message: Option<String>,
    /// Present in acknowledgements only: the id of the push.
    pub request_id: Option<String>,
    pub body: T,
}

/// A client's answer to a push, of whatever type it is.
pub type Ack = Response<ErrorResponse>;

impl<T: Default> Default for Response<T> {
    fn default() -> Self {
        Self::ok(T::default())
    }
}

impl<T> Response<T> {
    /// A success.
    pub fn ok(body: T) -> Self {
        Self { result_code: code::SUCCESS, error_code: 0, message: None, request_id: None, body }
    }

    /// Adds a message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    pub fn is_success(&self) -> bool {
        self.result_code == code::SUCCESS
    }
}

impl<T: Default> Response<T> {
    /// A refusal of the response's own type: `resultCode` 500 and the code as `errorCode`.
    pub fn refused(error_code: i32, message: impl Into<String>) -> Self {
        Self { result_code: code::FAIL, error_code, ..Self::ok(T::default()) }.with_message(message)
    }
}

impl Response<ErrorResponse> {
    /// The error of the pipeline before a handler (`spec/grpc` §4 steps 1 to 6).
    pub fn rejected(error_code: i32, message: impl Into<String>) -> Self {
        Self::refused(error_code, message)
    }

    /// The error of a handler that throws: the code stands in both places.
    pub fn thrown(error_code: i32, message: impl Into<String>) -> Self {
        Self { result_code: error_code, ..Self::refused(error_code, message) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a, T> {
    result_code: i32,
    error_code: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(flatten)]
    body: &'a T,
    success: bool,
}

impl<T: Body> Response<T> {
    /// Reads the JSON body of a response.
    ///
    /// # Errors
    /// Not an object, or a field of the wrong kind, which is named.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        json::read(body)
    }

    /// The JSON body.
    pub fn to_json(&self) -> Vec<u8> {
        let written = Written {
            result_code: self.result_code,
            error_code: self.error_code,
            message: self.message.as_deref(),
            request_id: self.request_id.as_deref(),
            body: &self.body,
            success: self.is_success(),
        };
        serde_json::to_vec(&written).expect("wire objects have text keys and finite numbers")
    }

    /// The whole message, as a unary answer or an acknowledgement goes: no address, no headers.
    pub fn encode(&self) -> Bytes {
        payload::encode(T::TYPE, "", &self.to_json())
    }
}

impl<T: Fields> Fields for Response<T> {
    fn read_field<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "resultCode" => self.result_code = read_value(key, map)?,
            "errorCode" => self.error_code = read_value(key, map)?,
            "message" => self.message = read_value(key, map)?,
            "requestId" => self.request_id = read_value(key, map)?,
            _ => return self.body.read_field(key, map),
        }
        Ok(true)
    }
}

impl<T: Fields> Lenient for Response<T> {
    fn lenient<'de, D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        read_object(source)
    }
}
