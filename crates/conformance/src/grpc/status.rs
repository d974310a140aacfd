//! The status with which a gRPC exchange ends.

use hyper::header::HeaderMap;
use hyper::{Response, StatusCode};

/// The code of an exchange that ended without saying how.
pub(super) const UNKNOWN: u8 = 2;

/// The names of the codes, by number.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// How an exchange or a stream ended: the name of a code, or `COMPLETED` for a stream that ended well.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Status(pub(super) String);

impl Status {
    /// What a broken connection looks like to a client.
    pub(super) fn of(_error: &hyper::Error) -> Self {
        Self("UNAVAILABLE".to_owned())
    }

    /// The status of an answer that consists of nothing else, or that is not gRPC's at all.
    pub(super) fn in_head<B>(response: &Response<B>) -> Option<Self> {
        if let Some(code) = code_in(response.headers()) {
            return Some(Self::at_end(Some(code)));
        }
        let name = match response.status() {
            StatusCode::OK => return None,
            StatusCode::BAD_REQUEST => "INTERNAL",
            StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
            StatusCode::FORBIDDEN => "PERMISSION_DENIED",
            StatusCode::NOT_FOUND => "UNIMPLEMENTED",
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => "UNAVAILABLE",
            _ => "UNKNOWN",
        };
        Some(Self(name.to_owned()))
    }

    /// The status of a stream that ended with a code.
    pub(super) fn at_end(code: Option<u8>) -> Self {
        match code {
            Some(0) => Self("COMPLETED".to_owned()),
            code => Self(code_name(code.unwrap_or(UNKNOWN))),
        }
    }
}

/// The code that trailers (or the head of an answer without body) carry.
pub(super) fn code_in(headers: &HeaderMap) -> Option<u8> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

pub(super) fn code_name(code: u8) -> String {
    CODES.get(usize::from(code)).copied().unwrap_or("UNKNOWN").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, grpc: Option<&str>, expected: Option<&str>) {
        let mut response = Response::builder().status(status);
        if let Some(code) = grpc {
            response = response.header("grpc-status", code);
        }
        let found = Status::in_head(&response.body(()).unwrap());
        assert_eq!(found, expected.map(|name| Status(name.to_owned())));
    }

    #[test]
    fn head_of_an_answer_with_body_has_no_status() {
        check(200, None, None);
    }

    #[test]
    fn head_alone_carries_the_status() {
        check(200, Some("12"), Some("UNIMPLEMENTED"));
        check(200, Some("0"), Some("COMPLETED"));
        check(200, Some("99"), Some("UNKNOWN"));
    }

    #[test]
    fn http_errors_have_a_code() {
        check(404, None, Some("UNIMPLEMENTED"));
        check(503, None, Some("UNAVAILABLE"));
        check(500, None, Some("UNKNOWN"));
    }
}
