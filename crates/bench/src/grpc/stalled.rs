//! A client that subscribes and then reads nothing of its stream, as a process does that hangs.

use anyhow::Result;
use tokio::sync::mpsc;

use super::call::Message;
use super::connection::GrpcConnection;
use super::pushes::{Push, PushSink};
use crate::target::Address;

/// Less than a push of a service of 100, so that the server can get rid of none but the first.
const WINDOW: u32 = 16 * 1024;

/// Dropping it closes its connection.
#[derive(Debug)]
pub(crate) struct StalledReader {
    _connection: GrpcConnection,
    /// Of length one and never emptied: the connection waits with its second push and reads no further.
    _unread: mpsc::Receiver<Push>,
}

impl StalledReader {
    /// # Errors
    /// As of [`GrpcConnection::open`], or the server refuses the subscription.
    pub(crate) async fn open(address: Address, subscription: &Message) -> Result<Self> {
        let (queue, unread) = mpsc::channel(1);
        let sink = PushSink { connection: 0, queue };
        let connection = GrpcConnection::open_with(address, Some(sink), WINDOW).await?;
        connection.call().unary(subscription).await?;
        Ok(Self { _connection: connection, _unread: unread })
    }
}
