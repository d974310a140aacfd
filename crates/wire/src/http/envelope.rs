//! The two envelopes around HTTP answers (`spec/http-naming-core` §3.3, §3.4).

use serde::Serialize;

use super::ErrorCode;

/// `Result` of v2 and v3: code 0 is a success; a failure has its detail in `data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Envelope<T> {
    pub code: i32,
    pub message: String,
    pub data: T,
}

impl<T> Envelope<T> {
    pub fn success(data: T) -> Self {
        Self { code: 0, message: ErrorCode::SUCCESS.text.into(), data }
    }
}

impl Envelope<Option<String>> {
    /// A failure with its detail as `data`, null when there is none.
    pub fn failure(code: ErrorCode, detail: Option<String>) -> Self {
        Self { code: code.code, message: code.text.into(), data: detail }
    }
}

/// A success around JSON that is encoded already.
pub fn success_around(json: &[u8]) -> Vec<u8> {
    [b"{\"code\":0,\"message\":\"success\",\"data\":", json, b"}"].concat()
}

/// A [`RestResult`] of success around JSON that is encoded already.
pub fn rest_success_around(json: &[u8]) -> Vec<u8> {
    [b"{\"code\":200,\"message\":null,\"data\":", json, b"}"].concat()
}

/// `RestResult` of older console and core paths: code 200 is a success, the HTTP status is 200 always, nulls are
/// written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestResult<T> {
    pub code: i32,
    pub message: Option<String>,
    pub data: T,
}

impl<T> RestResult<T> {
    pub fn success(data: T) -> Self {
        Self { code: 200, message: None, data }
    }

    /// A success that says something, such as `query beta ok`.
    pub fn said(message: impl Into<String>, data: T) -> Self {
        Self { code: 200, message: Some(message.into()), data }
    }

    pub fn failure(code: i32, message: impl Into<String>, data: T) -> Self {
        Self { code, message: Some(message.into()), data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answer: &impl Serialize, expected: &str) {
        assert_eq!(serde_json::to_string(answer).unwrap(), expected);
    }

    /// Recorded: `ns3-client-heartbeat` on 3.1, `ns2-service-crud`, `cs1-beta` and `cs1-delete-by-ids` on 2.5.1.
    #[test]
    fn envelopes_are_written_as_recorded() {
        check(&Envelope::success("ok"), r#"{"code":0,"message":"success","data":"ok"}"#);
        check(
            &Envelope::failure(ErrorCode::INSTANCE_NOT_FOUND, None),
            r#"{"code":21003,"message":"instance not found","data":null}"#,
        );
        check(
            &Envelope::failure(ErrorCode::SELECTOR_ERROR, Some("not match any type of selector!".into())),
            r#"{"code":21006,"message":"selector error","data":"not match any type of selector!"}"#,
        );
        check(&RestResult::success(true), r#"{"code":200,"message":null,"data":true}"#);
        check(
            &RestResult::said("stop beta ok", true),
            r#"{"code":200,"message":"stop beta ok","data":true}"#,
        );
    }

    #[test]
    fn encoded_json_is_wrapped_like_any_other() {
        assert_eq!(
            success_around(b"[]"),
            serde_json::to_vec(&Envelope::success(Vec::<String>::new())).unwrap()
        );
    }
}
