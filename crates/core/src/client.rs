//! Who publishes and subscribes: an SDK process, seen either as a gRPC connection or, over HTTP, as the address it
//! registers (`spec/naming-semantics` §2.1).

use std::{fmt, sync::Arc};

use crate::{instance::Endpoint, service::Lifetime};

/// One accepted gRPC transport: `<epoch ms>_<ip>_<port>`; never contains `#`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(Arc<str>);

impl ConnectionId {
    pub fn new(text: &str) -> Self {
        debug_assert!(!text.contains('#'), "`#` marks the ids of address clients");
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address that the transport came from; empty in an id that names none.
    pub fn ip(&self) -> &str {
        let after_time = self.0.split_once('_').map_or("", |(_, rest)| rest);
        after_time.rsplit_once('_').map_or("", |(ip, _)| ip)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Owner of publications and subscriptions. One client has at most one publication and one subscription a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClientId {
    /// Lives as long as its connection.
    Connection(ConnectionId),
    /// Lives by its beats (`ip:port#true`) or in the replicated state (`ip:port#false`).
    Address(Endpoint, Lifetime),
}

impl ClientId {
    /// Reads what [`fmt::Display`] writes; none for a text that no client's id can be.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((address, ephemeral)) = text.rsplit_once('#') else {
            return Some(Self::Connection(ConnectionId::new(text)));
        };
        let (ip, port) = address.rsplit_once(':')?;
        let endpoint = Endpoint { ip: ip.into(), port: port.parse().ok()? };
        Some(Self::Address(endpoint, Lifetime::from_ephemeral(ephemeral.parse().ok()?)))
    }

    /// Where the client is: the address it registers, or the one its connection comes from.
    pub fn ip(&self) -> &str {
        match self {
            Self::Connection(id) => id.ip(),
            Self::Address(endpoint, _) => &endpoint.ip,
        }
    }

    pub fn lifetime(&self) -> Lifetime {
        match self {
            Self::Connection(_) => Lifetime::Ephemeral,
            Self::Address(_, lifetime) => *lifetime,
        }
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(id) => id.fmt(f),
            Self::Address(endpoint, lifetime) => write!(f, "{endpoint}#{}", lifetime.is_ephemeral()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_ids_print_as_the_reference_shows_them() {
        let endpoint = Endpoint { ip: "10.0.0.1".into(), port: 80 };
        assert_eq!(ClientId::Address(endpoint.clone(), Lifetime::Ephemeral).to_string(), "10.0.0.1:80#true");
        assert_eq!(ClientId::Address(endpoint, Lifetime::Persistent).to_string(), "10.0.0.1:80#false");
        assert_eq!(ClientId::Connection(ConnectionId::new("1_10.0.0.1_2")).to_string(), "1_10.0.0.1_2");
    }

    #[test]
    fn client_id_tells_where_its_client_is() {
        for (text, ip) in [
            ("10.0.0.1:80#true", "10.0.0.1"),
            ("1_10.0.0.1_2", "10.0.0.1"),
            ("1_fe80::1%a_b_2", "fe80::1%a_b"),
            ("c", ""),
        ] {
            assert_eq!(ClientId::parse(text).unwrap().ip(), ip, "{text}");
        }
    }

    #[test]
    fn client_ids_are_read_as_they_are_printed() {
        for text in ["10.0.0.1:80#true", "fe80::1:80#false", "1_10.0.0.1_2"] {
            assert_eq!(ClientId::parse(text).map(|id| id.to_string()).as_deref(), Some(text));
        }
        for bad in ["10.0.0.1#true", "h:80#maybe", "h:x#true", "#", "a#b#true"] {
            assert_eq!(ClientId::parse(bad), None, "{bad}");
        }
    }
}
