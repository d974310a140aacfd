//! The one error table of the HTTP edge: what went wrong, and how each API generation says so.
//!
//! A handler fails with a [`Failure`], which knows nothing of its caller's generation; the route knows its
//! [`Costume`], and [`Failure::reply`] brings the two together (`spec/http-naming-core` §3, `spec/http-config-auth`
//! §4). Recorded answers decide: where Nacos answers a client's mistake with 500 we answer what was recorded, because
//! scripts read these texts.

use http::StatusCode;
use navaid_core::{InvalidName, Timestamp, seam::CommitError};
use navaid_wire::{
    http::{ErrorCode, error_text, missing as words},
    param::ParamError,
};

use super::reply::Reply;

/// How a family of endpoints words its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Costume {
    /// v1 naming: the message alone.
    Text,
    /// v1 configuration, core and console: `caused: <message>;`, HTML-escaped.
    Caused,
    /// `/v3/client/cs/config` and `/v1/cmdb`: the same, not escaped.
    CausedPlain,
    /// Paths that only 1.x and 2.0 have: `caused: <message>;`, and 500 for what newer ones refuse with a status of its
    /// own (`spec/http-naming-core` §3.2; recorded: `ns1-api-dns` on 1.4.8, `ns1-upgrade-ops` on 2.0.4).
    First,
    /// v2 and v3: `{"code", "message", "data"}`.
    Envelope,
    /// Parts of v1 and v2 core: `{"code", "message", "data"}` with status 200 for what they refuse themselves.
    Rest,
}

/// In which of the reference's wordings a parameter is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// `Param 'x' is required.` (v1 naming reads it so), 400.
    Param,
    /// `Parameter 'x' is missing` (v1 naming, bound by signature), 400.
    Bound,
    /// `Required request parameter 'x' for method parameter type T is not present`; 500 in v1, 400 in v2 and v3.
    Request(&'static str),
    /// `Required parameter 'x' type T is not present` (forms of v2 and v3), 400.
    Form(&'static str),
    /// `required parameter 'x' is missing` (namespaces, core), 400.
    Plain,
}

/// Why a call was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    Missing {
        name: &'static str,
        missing: Missing,
    },
    /// A finding of the parameter check; the same plain text in every generation.
    Check(ParamError),
    /// An argument that makes no sense (Java's `IllegalArgumentException`): 400.
    Illegal(String),
    /// A refusal with an error code of its own and an HTTP status.
    Refused {
        status: StatusCode,
        code: ErrorCode,
        text: String,
    },
    /// As `Refused` with `server error`, but worded `errCode: <status>, errMsg: <text> `.
    Runtime {
        status: StatusCode,
        text: String,
    },
    /// The body, or the request as a whole, is larger than it may be.
    TooLarge {
        limit: usize,
    },
    /// Denied by access control.
    Denied(String),
    /// A path or method that does not exist.
    NoRoute {
        status: StatusCode,
        message: String,
    },
    /// What a filter of the reference stops before a handler sees it: the framework's error object in every
    /// generation.
    Filtered {
        status: StatusCode,
        message: String,
    },
    /// A text where a bound parameter of another kind is due; `kind` is the kind's name in the reference.
    Unconvertible {
        text: String,
        kind: &'static str,
    },
    /// Cannot be done now; try again, or elsewhere.
    Unavailable(String),
    /// Our own fault; logged where it happened.
    Internal(String),
}

impl Failure {
    pub(crate) fn illegal(text: impl Into<String>) -> Self {
        Self::Illegal(text.into())
    }

    pub(crate) fn refused(status: StatusCode, code: ErrorCode, text: impl Into<String>) -> Self {
        Self::Refused { status, code, text: text.into() }
    }

    /// The answer, in the words of the caller's generation. `path` and `at` are what Spring's error object
    /// repeats.
    pub(crate) fn reply(&self, costume: Costume, path: &str, at: Timestamp) -> Reply {
        match self {
            Self::Check(finding) => Reply::checked(finding),
            Self::TooLarge { limit } => Reply::text(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("request body is larger than the limit of {limit} bytes"),
            ),
            Self::Denied(message) => Reply::boot(at, StatusCode::FORBIDDEN, message, path),
            Self::NoRoute { status, message } | Self::Filtered { status, message } => {
                Reply::boot(at, *status, message, path)
            }
            Self::Unconvertible { text, kind } if costume == Costume::Envelope => {
                Reply::server_error(error_text::unconvertible(text, kind))
            }
            Self::Missing { .. }
            | Self::Illegal(_)
            | Self::Refused { .. }
            | Self::Runtime { .. }
            | Self::Unconvertible { .. }
            | Self::Unavailable(_)
            | Self::Internal(_) => match costume {
                Costume::Text => Reply::text(self.status(costume), self.text()),
                Costume::Caused => Reply::text(self.status(costume), caused(&self.text())),
                Costume::CausedPlain | Costume::First => {
                    Reply::text(self.status(costume), error_text::caused([&*self.text()]))
                }
                Costume::Envelope => Reply::envelope(self.status(costume), self.code(), Some(self.text())),
                Costume::Rest => Reply::rest_failure(self.status(costume), &caused(&self.text())),
            },
        }
    }

    pub(crate) fn status(&self, costume: Costume) -> StatusCode {
        match self {
            Self::Missing { missing: Missing::Request(_), .. }
                if matches!(costume, Costume::Caused | Costume::Rest | Costume::First) =>
            {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Refused { .. } | Self::Runtime { .. } if costume == Costume::First => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Refused { status, .. }
            | Self::Runtime { status, .. }
            | Self::NoRoute { status, .. }
            | Self::Filtered { status, .. } => *status,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Denied(_) => StatusCode::FORBIDDEN,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unconvertible { .. } | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Missing { .. } | Self::Check(_) | Self::Illegal(_) => StatusCode::BAD_REQUEST,
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::Missing { .. } => ErrorCode::PARAMETER_MISSING,
            Self::Check(_) | Self::Illegal(_) | Self::TooLarge { .. } | Self::Filtered { .. } => {
                ErrorCode::PARAMETER_VALIDATE_ERROR
            }
            Self::Refused { code, .. } => *code,
            Self::Denied(_) => ErrorCode::ACCESS_DENIED,
            Self::NoRoute { .. } => ErrorCode::RESOURCE_NOT_FOUND,
            Self::Runtime { .. } | Self::Unconvertible { .. } | Self::Unavailable(_) | Self::Internal(_) => {
                ErrorCode::SERVER_ERROR
            }
        }
    }

    /// What went wrong, before it is worded for a generation.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Missing { name, missing } => missing_text(name, *missing),
            Self::Runtime { status, text } => error_text::coded(i32::from(status.as_u16()), text),
            Self::Refused { text, .. }
            | Self::Illegal(text)
            | Self::Denied(text)
            | Self::Unavailable(text)
            | Self::Internal(text) => text.clone(),
            Self::NoRoute { message, .. } | Self::Filtered { message, .. } => message.clone(),
            Self::Unconvertible { text, kind } => {
                error_text::caused([&*error_text::unconvertible(text, kind), &*error_text::no_number(text)])
            }
            Self::Check(finding) => finding.to_string(),
            Self::TooLarge { limit } => format!("request body is larger than the limit of {limit} bytes"),
        }
    }
}

fn missing_text(name: &str, missing: Missing) -> String {
    match missing {
        Missing::Param => words::required(name),
        Missing::Bound => words::parameter(name),
        Missing::Request(kind) => words::request_parameter(name, kind),
        Missing::Form(kind) => words::form_field(name, kind),
        Missing::Plain => words::namespace_field(name),
    }
}

/// One exception as v1 prints it: `caused: <message>;`, escaped for browsers.
fn caused(message: &str) -> String {
    error_text::html_escaped(&error_text::caused([message]))
}

impl From<InvalidName> for Failure {
    fn from(invalid: InvalidName) -> Self {
        Self::Check(invalid.into())
    }
}

impl From<ParamError> for Failure {
    fn from(finding: ParamError) -> Self {
        Self::Check(finding)
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Overloaded { .. } | CommitError::Stopping => Self::Unavailable(error.to_string()),
            CommitError::Failed(_) | CommitError::Unknown(_) => Self::Internal(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::name::{GroupName, ServiceName};

    use super::*;

    /// Status and body of a failure in each costume.
    fn worded(failure: &Failure) -> [String; 3] {
        [Costume::Text, Costume::Caused, Costume::Envelope].map(|costume| {
            let reply = failure.reply(costume, "/nacos/x", Timestamp(0));
            format!("{} {}", reply.status.as_u16(), String::from_utf8_lossy(&reply.body))
        })
    }

    /// Recorded: `ns1-instance-missing-params` and `cs1-missing-parameters` on 2.5.1, `cs3-admin-refused` on 3.1.
    #[test]
    fn a_missing_parameter_is_named_in_every_costume() {
        let missing = Failure::Missing { name: "dataId", missing: Missing::Request("String") };
        assert_eq!(
            worded(&missing),
            [
                "400 Required request parameter 'dataId' for method parameter type String is not present",
                "500 caused: Required request parameter &#39;dataId&#39; for method parameter type String is not present;",
                r#"400 {"code":10000,"message":"parameter missing","data":"Required request parameter 'dataId' for method parameter type String is not present"}"#,
            ]
        );
    }

    /// Recorded: `ns1-type-mixing` on 2.5.1, `ns3-admin-instance-errors` on 3.1.
    #[test]
    fn a_runtime_failure_repeats_its_status() {
        let failure = Failure::Runtime { status: StatusCode::BAD_REQUEST, text: "no".into() };
        let [text, caused, envelope] = worded(&failure);
        assert_eq!(text, "400 errCode: 400, errMsg: no ");
        assert_eq!(caused, "400 caused: errCode: 400, errMsg: no ;");
        assert_eq!(
            envelope,
            r#"400 {"code":30000,"message":"server error","data":"errCode: 400, errMsg: no "}"#
        );
    }

    /// Recorded: `ns1-api-dns` on 1.4.8, `ns1-upgrade-ops` on 2.0.4.
    #[test]
    fn paths_of_the_first_generations_say_what_caused_a_failure() {
        let worded = |failure: &Failure| {
            let reply = failure.reply(Costume::First, "/nacos/x", Timestamp(0));
            format!("{} {}", reply.status.as_u16(), String::from_utf8_lossy(&reply.body))
        };
        let missing = Failure::Missing { name: "dom", missing: Missing::Param };
        assert_eq!(worded(&missing), "400 caused: Param 'dom' is required.;");
        let refused =
            Failure::refused(StatusCode::BAD_REQUEST, ErrorCode::SERVICE_NOT_EXIST, "no such service");
        assert_eq!(worded(&refused), "500 caused: no such service;");
    }

    /// Recorded: `cs1-illegal-names` and `cs2-config-refused` on 2.5.1.
    #[test]
    fn a_finding_of_the_parameter_check_is_the_same_line_everywhere() {
        let failure = Failure::from(GroupName::parse("a/b").unwrap_err());
        let line = "400 Param 'group' is illegal, illegal characters should not appear in the param.\r\n";
        assert_eq!(worded(&failure), [line, line, line]);
        let long = Failure::from(ServiceName::parse(&"s".repeat(513)).unwrap_err());
        assert!(worded(&long)[0].contains("should not exceed 512."));
    }

    #[test]
    fn what_we_cannot_do_now_is_503_and_what_we_broke_is_500() {
        let overloaded = Failure::from(CommitError::Overloaded { limit: 4096 });
        assert!(worded(&overloaded)[0].starts_with("503 cannot accept the write: 4096 writes"));
        let failed = Failure::from(CommitError::Failed("disk".into()));
        assert!(worded(&failed)[2].starts_with(r#"500 {"code":30000"#));
    }

    #[test]
    fn a_body_over_the_limit_names_the_limit() {
        assert!(
            worded(&Failure::TooLarge { limit: 7 })[2]
                .starts_with("413 request body is larger than the limit of 7")
        );
    }
}
