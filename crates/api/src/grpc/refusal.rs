//! The one error table of the gRPC edge (`spec/grpc` §4): refusals before and after a handler starts are typed or
//! `ErrorResponse`, and clients treat the two very differently: a Java client sends a request again three times, without
//! a pause, when it gets the latter (`spec/clients-on-the-wire` A §2). What Nacos was recorded to answer so stays so
//! (`grpc-ns-param-errors`, `grpc-ns-type-mixing`, `grpc-ns-other-module`); every other word about a request is typed.

use bytes::Bytes;
use navaid_core::{ClientId, InvalidName, ServiceKey, seam::CommitError};
use navaid_naming::{NamingError, UnknownGenerator};
use navaid_wire::{
    grpc::{Body, Response, code, connection::ErrorResponse},
    http::error_text,
    json::Malformed,
    naming::{
        legality::IllegalInstance,
        refused::{self, Registration},
    },
    param::ParamError,
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
    pub(crate) fn thrown(code: i32, message: impl Into<String>) -> Self {
        Self::Thrown { code, message: message.into() }
    }

    /// A runtime failure of the reference: its text names the code again.
    fn runtime(text: &str) -> Self {
        Self::thrown(code::INVALID_PARAM, error_text::coded(code::INVALID_PARAM, text))
    }

    /// The connection has no naming client, or none any more.
    pub(crate) fn disconnected(client: &ClientId) -> Self {
        Self::thrown(code::CLIENT_DISCONNECTED, refused::disconnected(client))
    }

    /// A refusal of the discovery engine about that service.
    pub(crate) fn from_naming(error: &NamingError, key: &ServiceKey, registration: Registration) -> Self {
        match error {
            NamingError::LifetimeMismatch { service } => {
                Self::runtime(&refused::lifetime_mismatch(key, *service, registration))
            }
            NamingError::WrongClient { client } => Self::disconnected(client),
            NamingError::LimitReached { .. }
            | NamingError::ServiceNotFound { .. }
            | NamingError::ServiceExists { .. }
            | NamingError::ServiceNotEmpty { .. }
            | NamingError::NoInstances { .. }
            | NamingError::InstanceNotFound { .. }
            | NamingError::HealthIsChecked { .. } => {
                Self::Typed { code: code::INVALID_PARAM, message: error.to_string() }
            }
            NamingError::Commit(error) => error.clone().into(),
        }
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
        ParamError::from(invalid).into()
    }
}

impl From<ParamError> for Refusal {
    fn from(finding: ParamError) -> Self {
        Self::Typed { code: code::INVALID_PARAM, message: finding.grpc_message() }
    }
}

impl From<IllegalInstance> for Refusal {
    fn from(illegal: IllegalInstance) -> Self {
        Self::thrown(code::INVALID_PARAM, illegal.to_string())
    }
}

impl From<UnknownGenerator> for Refusal {
    fn from(unknown: UnknownGenerator) -> Self {
        Self::Typed { code: code::FAIL, message: unknown.to_string() }
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

#[cfg(test)]
mod tests {
    use navaid_core::{ConnectionId, GroupName, Lifetime, NamespaceId, ServiceName};
    use navaid_wire::grpc::naming::InstanceResponse;

    use super::*;

    fn is_typed(refusal: &Refusal) -> bool {
        let message = refusal.encode::<InstanceResponse>();
        let text = String::from_utf8_lossy(&message);
        assert!(text.contains("Response"), "{text}");
        !text.contains("ErrorResponse")
    }

    #[test]
    fn word_about_a_request_is_typed_unless_it_was_recorded_otherwise() {
        let name = ServiceName::parse("s").unwrap();
        let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
        let of = |error: NamingError| Refusal::from_naming(&error, &key, Registration::Single);
        let typed = [
            of(NamingError::ServiceNotFound { key: key.clone() }),
            of(NamingError::NoInstances { key: key.clone() }),
            of(NamingError::LimitReached { limit: "instances", max: 1, setting: None }),
            of(NamingError::Commit(CommitError::Stopping)),
            UnknownGenerator { name: "other".into(), known: Vec::new() }.into(),
            ParamError::Metadata { max: 1, length: 2 }.into(),
        ];
        assert!(typed.iter().all(is_typed), "{typed:?}");
        let recorded = [
            of(NamingError::LifetimeMismatch { service: Lifetime::Ephemeral }),
            IllegalInstance::BeatTimes.into(),
            Refusal::disconnected(&ClientId::Connection(ConnectionId::new("c"))),
        ];
        assert!(!recorded.iter().any(is_typed), "{recorded:?}");
    }
}
