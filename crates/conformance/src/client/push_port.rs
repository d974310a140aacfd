//! The push port of a 1.x client whose test decides what is acknowledged.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::value;
use crate::udp;

/// An open push port; closed when dropped.
#[derive(Debug)]
pub struct PushPort {
    socket: UdpSocket,
}

/// A push as it came.
#[derive(Debug)]
pub struct Datagram {
    /// With its `data` parsed, and whether it came compressed under `gzip`.
    pub push: Value,
    /// The first two bytes.
    pub head: [u8; 2],
    from: SocketAddr,
}

impl PushPort {
    /// Opens a port that the system chooses.
    ///
    /// # Errors
    /// There is none.
    pub async fn open() -> Result<Self> {
        Ok(Self { socket: UdpSocket::bind(("127.0.0.1", 0)).await.context("open push port")? })
    }

    /// The number of the port.
    ///
    /// # Errors
    /// The system does not say.
    pub fn port(&self) -> Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// The next push, which is not acknowledged; `None` when none comes `within` the time.
    ///
    /// # Errors
    /// What came is no push.
    pub async fn next(&self, within: Duration) -> Result<Option<Datagram>> {
        let mut buffer = vec![0; udp::DATAGRAM_LIMIT];
        let Ok(received) = timeout(within, self.socket.recv_from(&mut buffer)).await else { return Ok(None) };
        let (length, from) = received?;
        let bytes = &buffer[..length];
        let head = [bytes.first(), bytes.get(1)].map(|byte| byte.copied().unwrap_or_default());
        Ok(Some(Datagram { push: value(&udp::read(bytes)?)?, head, from }))
    }

    /// Acknowledges a push, with its number as text, as the Java client does.
    ///
    /// # Errors
    /// It cannot be sent.
    pub async fn acknowledge(&self, datagram: &Datagram) -> Result<()> {
        let number = datagram.push["lastRefTime"].to_string();
        let ack = serde_json::json!({"type": "push-ack", "lastRefTime": number, "data": ""}).to_string();
        self.socket.send_to(ack.as_bytes(), datagram.from).await?;
        Ok(())
    }
}
