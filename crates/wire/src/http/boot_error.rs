//! The error object that filters and the framework of the reference answer (`spec/http-naming-core` §3.2).

use navaid_core::Timestamp;
use serde::Serialize;

use super::time_text;

/// An error that no controller saw: refused by a filter, unknown path, wrong method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BootError {
    pub timestamp: String,
    pub status: u16,
    /// Reason phrase of the status.
    pub error: &'static str,
    pub message: String,
    /// Path of the request, without its query.
    pub path: String,
}

impl BootError {
    pub fn new(at: Timestamp, status: u16, message: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            timestamp: time_text::iso(at),
            status,
            error: reason(status),
            message: message.into(),
            path: path.into(),
        }
    }
}

/// Reason phrases of the statuses that the reference answers so.
fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "None",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded: `ns3-client-instance-errors` on 3.1.
    #[test]
    fn an_error_object_is_written_in_the_order_of_the_reference() {
        let error = BootError::new(
            Timestamp(0),
            405,
            "Method 'PUT' is not supported.",
            "/nacos/v3/client/ns/instance",
        );
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            r#"{"timestamp":"1970-01-01T00:00:00.000+00:00","status":405,"error":"Method Not Allowed","#
                .to_owned()
                + r#""message":"Method 'PUT' is not supported.","path":"/nacos/v3/client/ns/instance"}"#
        );
    }
}
