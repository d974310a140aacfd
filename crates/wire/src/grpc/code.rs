//! Codes of responses (`spec/grpc` §3.4). The same numbers mean different things in different places; each
//! constant says where it is used.

/// `resultCode` of a success.
pub const SUCCESS: i32 = 200;
/// `resultCode` of nearly every failure, and the general `errorCode`.
pub const FAIL: i32 = 500;

/// [`super::connection::ErrorResponse`]: the server is still starting.
pub const STARTING: i32 = 300;
/// `ErrorResponse`: a call on a transport that has no registered stream. SDKs reconnect on it.
pub const UNREGISTERED: i32 = 301;
/// `ErrorResponse`: no handler for the payload type.
pub const NO_HANDLER: i32 = 302;
/// `ErrorResponse`: a body that cannot be read, or a type that this port does not serve.
pub const BAD_GATEWAY: i32 = 502;
/// `ErrorResponse`, as `resultCode` and `errorCode`: the client of a naming write is gone.
pub const CLIENT_DISCONNECTED: i32 = -401;

/// Typed: a parameter is refused.
pub const INVALID_PARAM: i32 = 400;
/// Typed: authentication or authorisation refused.
pub const NO_RIGHT: i32 = 403;
/// Typed: the thing is not there.
pub const NOT_FOUND: i32 = 404;
/// Typed: it is there already, in another state.
pub const CONFLICT: i32 = 409;
/// Typed: this server does not do that.
pub const NOT_IMPLEMENTED: i32 = 501;
/// Typed: too many calls; such an answer is held back for 1000 ms.
pub const OVER_THRESHOLD: i32 = 503;
/// Typed, 3.1: the namespace is not in the namespace table.
pub const NAMESPACE_NOT_EXIST: i32 = 22001;
/// Typed: too many fuzzy watch patterns.
pub const FUZZY_WATCH_PATTERNS: i32 = 50310;
/// Typed: a fuzzy watch pattern matches too much.
pub const FUZZY_WATCH_MATCHES: i32 = 50311;

/// [`super::config::ConfigQueryResponse`]: there is no such item.
pub const CONFIG_NOT_FOUND: i32 = 300;
/// `ConfigQueryResponse`: the item is being written.
pub const CONFIG_QUERY_CONFLICT: i32 = 400;
