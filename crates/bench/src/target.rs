//! Where a server listens: on this machine, or it is refused.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use anyhow::{Context, Error, Result, ensure};

/// What the gRPC port of SDKs is above the HTTP port.
const GRPC_OFFSET: u16 = 1000;

/// The HTTP address of a server on this machine. There is no other way to make one: the bench sends nothing elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address(SocketAddr);

impl Address {
    /// The server at a port of the local host.
    ///
    /// # Errors
    /// There is no port for gRPC above it.
    pub(crate) fn local(port: u16) -> Result<Self> {
        Self::new(Ipv4Addr::LOCALHOST.into(), port)
    }

    fn new(ip: IpAddr, port: u16) -> Result<Self> {
        ensure!(ip.is_loopback(), "{ip} is not this machine: loads go to loopback addresses only");
        ensure!(port <= u16::MAX - GRPC_OFFSET, "port {port} leaves no room for gRPC at +{GRPC_OFFSET}");
        Ok(Self(SocketAddr::new(ip, port)))
    }

    pub(crate) fn http(self) -> SocketAddr {
        self.0
    }

    pub(crate) fn grpc(self) -> SocketAddr {
        SocketAddr::new(self.0.ip(), self.0.port() + GRPC_OFFSET)
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (host, port) = text.rsplit_once(':').context("want HOST:PORT")?;
        let ip = match host {
            "localhost" => Ipv4Addr::LOCALHOST.into(),
            _ => host.trim_matches(['[', ']']).parse().context("the host is no address")?,
        };
        Self::new(ip, port.parse().context("the port is no number up to 65535")?)
    }
}

/// A running server to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) address: Address,
    pub(crate) pid: u32,
    /// When it acknowledges a write, as the operator of the run states it.
    pub(crate) acknowledges: String,
}

impl Peer {
    /// The only server of a run, of which nothing is known.
    pub(crate) fn target(address: Address, pid: u32) -> Self {
        Self { name: "target".to_owned(), address, pid, acknowledges: NOT_STATED.to_owned() }
    }
}

const NOT_STATED: &str = "not stated";

impl FromStr for Peer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.split(',');
        let (name, address) = parts.next().and_then(|p| p.split_once('=')).context("want NAME=HOST:PORT")?;
        let (mut pid, mut acknowledges) = (None, NOT_STATED);
        for part in parts {
            match part.split_once('=') {
                Some(("pid", value)) => pid = Some(value.parse().context("the pid is no number")?),
                Some(("ack", value)) => acknowledges = value,
                _ => anyhow::bail!("want pid=PID or ack=TEXT, not {part}"),
            }
        }
        Ok(Self {
            name: name.to_owned(),
            address: address.parse()?,
            pid: pid.context("want pid=PID")?,
            acknowledges: acknowledges.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_of_another_machine_is_refused() {
        for text in ["192.0.2.1:8848", "0.0.0.0:8848", "[2001:db8::1]:8848", "example.org:8848"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
        for text in ["127.0.0.1:8848", "127.9.9.9:8848", "localhost:8848", "[::1]:8848"] {
            assert!(text.parse::<Address>().is_ok(), "{text}");
        }
    }

    #[test]
    fn address_has_its_grpc_port_a_thousand_above() {
        assert_eq!(Address::local(8848).unwrap().grpc().port(), 9848);
        assert!(Address::local(65_000).is_err());
    }

    #[test]
    fn peer_is_read_with_what_it_states() {
        let peer: Peer = "other=127.0.0.1:8848,pid=7,ack=page cache".parse().unwrap();
        assert_eq!((peer.name.as_str(), peer.pid, peer.acknowledges.as_str()), ("other", 7, "page cache"));
        for text in ["other=127.0.0.1:8848", "127.0.0.1:8848,pid=7", "other=127.0.0.1:8848,pid=7,x=1"] {
            assert!(text.parse::<Peer>().is_err(), "{text}");
        }
    }
}
