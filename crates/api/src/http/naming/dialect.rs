//! How the generations differ, as data: how they name a service, how they say that a parameter is missing, and what
//! they put around an answer. A handler is written once and given the dialect by its route.

use bytes::Bytes;
use http::StatusCode;
use navaid_wire::http::{RestResult, envelope};
use serde::Serialize;

use crate::http::{
    failure::{Failure, Missing},
    reply::{JSON_UTF8, Reply},
};

/// Whose shapes an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    V1,
    V2,
    V3,
}

/// How `serviceName` and `groupName` name a service (`spec/http-naming-core` §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// v1: the name may be grouped, `groupName` counts when it is not.
    Mixed,
    /// v2 and v3: always apart.
    Apart,
    /// Some calls of v2: always grouped.
    Grouped,
}

/// In which words a missing parameter is told; see [`Missing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wording {
    Fetched,
    Bound,
    Request,
    Form,
}

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) generation: Generation,
    pub(crate) names: Names,
    wording: Wording,
    around: Around,
}

/// What stands around an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    /// `Result` of v2 and v3.
    Envelope,
    /// `RestResult`, with which v2 began.
    Rest,
}

/// v1 calls that fetch their parameters themselves.
pub(crate) const V1: Dialect = Dialect {
    generation: Generation::V1,
    names: Names::Mixed,
    wording: Wording::Fetched,
    around: Around::Nothing,
};
/// v1 calls whose parameters the framework binds.
pub(crate) const V1_BOUND: Dialect = Dialect { wording: Wording::Bound, ..V1 };
/// The same on paths that only 1.x and 2.0 have, which say it in the framework's words.
pub(crate) const V1_REQUEST: Dialect = Dialect { wording: Wording::Request, ..V1 };
/// v2 calls with a form.
pub(crate) const V2: Dialect = Dialect {
    generation: Generation::V2,
    names: Names::Apart,
    wording: Wording::Form,
    around: Around::Envelope,
};
/// v2 calls with single parameters.
pub(crate) const V2_BOUND: Dialect = Dialect { wording: Wording::Request, ..V2 };
/// v2 calls that kept the names and bare answers of v1.
pub(crate) const V2_BARE: Dialect =
    Dialect { names: Names::Grouped, wording: Wording::Request, around: Around::Nothing, ..V2 };
/// v2 calls as 2.0 first had them.
pub(crate) const V2_REST: Dialect = Dialect { wording: Wording::Request, around: Around::Rest, ..V2 };
/// v3 calls, which have forms nearly always.
pub(crate) const V3: Dialect = Dialect { generation: Generation::V3, ..V2 };
/// v3 calls with single parameters.
pub(crate) const V3_BOUND: Dialect = Dialect { wording: Wording::Request, ..V3 };

impl Dialect {
    /// The failure of a call that lacks a parameter; `kind` is its kind in the reference.
    pub(crate) fn missing(self, name: &'static str, kind: &'static str) -> Failure {
        let missing = match self.wording {
            Wording::Fetched => Missing::Param,
            Wording::Bound => Missing::Bound,
            Wording::Request => Missing::Request(kind),
            Wording::Form => Missing::Form(kind),
        };
        Failure::Missing { name, missing }
    }

    /// What a write answers.
    pub(crate) fn done(self) -> Reply {
        match self.around {
            Around::Nothing => Reply::ok("ok"),
            Around::Envelope | Around::Rest => self.answer(&"ok"),
        }
    }

    /// An answer with a value.
    pub(crate) fn answer(self, value: &impl Serialize) -> Reply {
        match self.around {
            Around::Nothing => Reply::json(value),
            Around::Envelope => Reply::success(value),
            Around::Rest => Reply::json(&RestResult::success(value)),
        }
    }

    /// An answer with a value that is JSON already.
    pub(crate) fn encoded(self, json: Bytes) -> Reply {
        match self.around {
            Around::Nothing => Reply::new(StatusCode::OK, JSON_UTF8, json),
            Around::Envelope => Reply::success_around(&json),
            Around::Rest => Reply::new(StatusCode::OK, JSON_UTF8, envelope::rest_success_around(&json)),
        }
    }
}
