//! The one error table of the gRPC edge (`spec/grpc` §4): refusals before and after a handler starts are typed or
//! `ErrorResponse`, and clients treat the two very differently.

use bytes::Bytes;
use navaid_config::ConfigError;
use navaid_core::{InvalidName, Lifetime, seam::CommitError};
use navaid_naming::NamingError;
use navaid_wire::{
    grpc::{Body, Response, code, connection::ErrorResponse},
    json::Malformed,
    param_check,
};

/// Why a request was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// In the answer's own type: a final word about this request.
    Typed { code: i32, message: String },
    /// As `ErrorResponse` of the pipeline: SDKs try again, some of them elsewhere.
    Rejected { code: i32, message: String },
    /// As `ErrorResponse` of a handler that failed: the code stands as result code as well.
    Thrown { code: i32, message: String },
}

impl Refusal {
    /// A finding of the parameter check.
    pub(crate) fn check(text: &str) -> Self {
        Self::Typed { code: code::INVALID_PARAM, message: format!("Param check invalid:{text}") }
    }

    pub(crate) fn thrown(code: i32, message: impl Into<String>) -> Self {
        Self::Thrown { code, message: message.into() }
    }

    /// The whole message, for a request that `A` answers.
    pub(crate) fn encode<A: Body + Default>(&self) -> Bytes {
        match self {
            Self::Typed { code, message } => Response::<A>::refused(*code, message).encode(),
            Self::Rejected { code, message } => Response::<ErrorResponse>::rejected(*code, message).encode(),
            Self::Thrown { code, message } => Response::<ErrorResponse>::thrown(*code, message).encode(),
        }
    }
}

impl From<InvalidName> for Refusal {
    fn from(invalid: InvalidName) -> Self {
        Self::check(&param_check::message(&invalid))
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self::Rejected { code: code::BAD_GATEWAY, message: malformed.to_string() }
    }
}

impl From<CommitError> for Refusal {
    fn from(error: CommitError) -> Self {
        Self::Typed { code: code::FAIL, message: error.to_string() }
    }
}
