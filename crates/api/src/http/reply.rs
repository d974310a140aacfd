//! Answers: status, headers and body, with the few shapes that all generations share.

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, EXPIRES, PRAGMA},
};
use http_body_util::Full;
use navaid_core::Timestamp;
use navaid_wire::{
    http::{BootError, Envelope, ErrorCode, RestResult, envelope},
    param::ParamError,
};
use serde::Serialize;

/// Plain text, as Spring labels it.
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain;charset=UTF-8");
/// JSON of v2 and v3.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// JSON of v1, and the label of many texts on configuration paths.
pub(crate) const JSON_UTF8: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// An answer that is ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: HeaderValue,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    /// 200 with a plain text: `ok`, `true` and the like.
    pub(crate) fn ok(body: &'static str) -> Self {
        Self::new(StatusCode::OK, TEXT, Bytes::from_static(body.as_bytes()))
    }

    pub(crate) fn text(status: StatusCode, body: String) -> Self {
        Self::new(status, TEXT, body)
    }

    /// 200 with a bare JSON value (v1, and the unenveloped answers of v2).
    pub(crate) fn json(value: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, JSON_UTF8, to_json(value))
    }

    /// 200 with `{"code":0,"message":"success","data":…}` (v2 and v3).
    pub(crate) fn success(data: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, JSON, to_json(&Envelope::success(data)))
    }

    /// 200 with the envelope of v2 and v3 around JSON that is encoded already.
    pub(crate) fn success_around(json: &[u8]) -> Self {
        Self::new(StatusCode::OK, JSON, envelope::success_around(json))
    }

    /// A failure in the envelope of v2 and v3.
    pub(crate) fn envelope(status: StatusCode, code: ErrorCode, detail: Option<String>) -> Self {
        Self::new(status, JSON, to_json(&Envelope::failure(code, detail)))
    }

    /// 500 in the envelope of v2 and v3, with the words of a failure that has no code of its own as the message.
    pub(crate) fn server_error(message: String) -> Self {
        let failure = Envelope { code: ErrorCode::SERVER_ERROR.code, message, data: () };
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, JSON, to_json(&failure))
    }

    /// A failure in the RestResult of v1 and v2 core: the code repeats the status.
    pub(crate) fn rest_failure(status: StatusCode, message: &str) -> Self {
        Self::new(status, JSON, to_json(&RestResult::failure(i32::from(status.as_u16()), message, ())))
    }

    /// The error object of Spring Boot: rejected by a filter, unknown path, wrong method.
    pub(crate) fn boot(at: Timestamp, status: StatusCode, message: &str, path: &str) -> Self {
        Self::new(status, JSON_UTF8, to_json(&BootError::new(at, status.as_u16(), message, path)))
    }

    /// A finding of the parameter check: one line of text that no cache may keep.
    pub(crate) fn checked(finding: &ParamError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, JSON_UTF8, finding.http_line()).uncached()
    }

    /// Adds the headers by which Nacos keeps an answer out of caches.
    pub(crate) fn uncached(mut self) -> Self {
        self.headers.push((PRAGMA, HeaderValue::from_static("no-cache")));
        self.headers.push((EXPIRES, HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT")));
        self.headers.push((CACHE_CONTROL, HeaderValue::from_static("no-cache,no-store")));
        self
    }

    /// Adds the headers by which 3.x keeps what says nothing about caches out of them (2.x adds none there).
    pub(crate) fn unstored(mut self) -> Self {
        self.headers.push((PRAGMA, HeaderValue::from_static("no-cache")));
        self.headers.push((EXPIRES, HeaderValue::from_static("0")));
        let control = "no-cache, no-store, max-age=0, must-revalidate";
        self.headers.push((CACHE_CONTROL, HeaderValue::from_static(control)));
        self
    }

    pub(crate) fn with_type(mut self, content_type: HeaderValue) -> Self {
        self.content_type = content_type;
        self
    }

    /// Adds a header; a value that no header can hold is left out.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type);
        headers.extend(self.headers.into_iter().map(|(name, value)| (Some(name), value)));
        response
    }
}

/// JSON bytes of a value of ours.
pub(crate) fn to_json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("our own answers have string keys and finite numbers").into()
}
