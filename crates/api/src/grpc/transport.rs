//! One accepted TCP connection, which is one SDK connection: every call on it is bound to it (`spec/grpc` §5.1).

use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use navaid_core::{ConnectionId, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::connection::Connection;

/// How long a unary call waits for a setup message that is on its way on the same transport, before it is told that
/// the connection is not registered. Gaps of 1 to 5 ms were seen (`spec/clients-on-the-wire` B §1).
const SETUP_GRACE: Duration = Duration::from_millis(200);

/// An accepted transport, with the connection that its stream has set up, if it has.
#[derive(Debug)]
pub(crate) struct Transport {
    id: ConnectionId,
    peer: SocketAddr,
    /// A request has come, of whatever kind.
    called: AtomicBool,
    connection: OnceLock<Arc<Connection>>,
    /// The last stream has said what it is, or has ended; false before there was one, because a call may overtake even
    /// the opening of the stream.
    settled: AtomicBool,
    set_up: Notify,
    /// A health check has been told that there is no registered connection.
    checked_unregistered: AtomicBool,
    closing: CancellationToken,
}

impl Transport {
    pub(crate) fn new(peer: SocketAddr, accepted: Timestamp) -> Self {
        let ip = peer.ip().to_canonical();
        Self {
            id: ConnectionId::new(&format!("{accepted}_{ip}_{}", peer.port())),
            peer,
            called: AtomicBool::new(false),
            connection: OnceLock::new(),
            settled: AtomicBool::new(false),
            set_up: Notify::new(),
            checked_unregistered: AtomicBool::new(false),
            closing: CancellationToken::new(),
        }
    }

    pub(crate) fn id(&self) -> &ConnectionId {
        &self.id
    }

    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// A request has come.
    pub(crate) fn called(&self) {
        self.called.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_called(&self) -> bool {
        self.called.load(Ordering::Relaxed)
    }

    /// The registered connection, waiting a moment if its setup is on its way.
    pub(crate) async fn registered(&self) -> Option<&Arc<Connection>> {
        if self.connection.get().is_none() && !self.settled.load(Ordering::Acquire) {
            let arrived = self.set_up.notified();
            if self.connection.get().is_none() && !self.settled.load(Ordering::Acquire) {
                // Either way the answer below is the current one.
                let _ = tokio::time::timeout(SETUP_GRACE, arrived).await;
            }
        }
        self.connection.get()
    }

    /// The registered connection, if there is one now.
    pub(crate) fn connection(&self) -> Option<&Arc<Connection>> {
        self.connection.get()
    }

    /// Notes a health check without a registered connection, and tells whether there was one before.
    pub(crate) fn checked_unregistered(&self) -> bool {
        self.checked_unregistered.swap(true, Ordering::Relaxed)
    }

    /// A stream has been opened: its setup is awaited.
    pub(crate) fn stream_opened(&self) {
        self.settled.store(false, Ordering::Release);
    }

    /// Binds the connection that the stream set up. A second setup changes nothing.
    pub(crate) fn bind(&self, connection: Arc<Connection>) -> bool {
        let first = self.connection.set(connection).is_ok();
        self.stream_settled();
        first
    }

    /// The stream has said what it is, or has ended: nobody waits for it any longer.
    pub(crate) fn stream_settled(&self) {
        self.settled.store(true, Ordering::Release);
        self.set_up.notify_waiters();
    }

    /// Asks for the transport to be closed.
    pub(crate) fn close(&self) {
        self.closing.cancel();
    }

    /// What [`Transport::close`] pulls.
    pub(crate) fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }

    pub(crate) async fn closed(&self) {
        self.closing.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn call_without_a_stream_waits_for_one_but_not_long() {
        let transport = Transport::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), Timestamp::default());
        let began = tokio::time::Instant::now();
        assert!(transport.registered().await.is_none());
        assert_eq!(began.elapsed(), SETUP_GRACE, "a setup may be on its way");
        transport.stream_opened();
        let settle = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            transport.stream_settled();
        };
        let (found, ()) = tokio::join!(transport.registered(), settle);
        assert!(found.is_none());
        assert_eq!(began.elapsed(), SETUP_GRACE + Duration::from_millis(5), "the stream has ended");
        assert!(transport.registered().await.is_none());
        assert_eq!(began.elapsed(), SETUP_GRACE + Duration::from_millis(5), "nothing is on its way");
    }

    #[test]
    fn health_check_without_a_connection_is_remembered_from_the_first_on() {
        let transport = Transport::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), Timestamp::default());
        assert!(!transport.checked_unregistered());
        assert!(transport.checked_unregistered());
    }
}
