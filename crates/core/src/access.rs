//! What a call touches, named by every route and payload from the first day, so that one decision can be made about
//! it (`spec/auth` §5; `docs/adr/0004`).

use crate::{config_item::ConfigKey, name::NamespaceId, service::ServiceKey};

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Read,
    Write,
}

/// What a call reads or changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// One configuration item.
    Config(ConfigKey),
    /// Any item of a namespace.
    ConfigNamespace(NamespaceId),
    /// One service.
    Service(ServiceKey),
    /// Any service of a namespace.
    ServiceNamespace(NamespaceId),
    /// An operator's function, by the name of its area (`naming/switches`, `core/cluster`, …).
    Operation(&'static str),
    /// Nothing that needs protection: health, login, the caller's own handshake.
    Open,
}
