//! Pushes by datagram, for clients of the 1.x age, and for Node's to this day (`spec/naming-semantics` §9.3).
//!
//! ```text
//!   list call with a port ─▶ subscription ─▶ engine ─▶ offers ─▶ outbox ─▶ one socket ─▶ client
//!                                                                  ▲                      │
//!                                                                  └── acknowledgements ──┘
//! ```
//!
//! A client names, in its list calls, the address and the port at which it listens; pushes go there and nowhere
//! else, in particular not to where its calls come from. It may name any unicast address, so somebody else's, as in
//! the reference: what such an address gets is two datagrams at most for each change of the service, and none 30 s
//! after the last list call. A datagram is a hint: whatever is lost, dropped at a limit, or too long for one is
//! told by the client's next poll.
//!
//! The socket is an ephemeral port of the main port's address. Where it cannot be opened, nobody is subscribed.

mod outbox;

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use navaid_core::{ClientId, Endpoint, Lifetime, Moment, ServiceKey};
use navaid_naming::{Consumer, Selection, SubscriberOutbox, Subscription};
use navaid_wire::naming::datagram;
use parking_lot::Mutex;
use tokio::{
    net::UdpSocket,
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

use self::outbox::{Outbox, Parcel};
use crate::{agent::Agent, node::Node, views};

/// Subscriptions by datagram that may be open; each ends 30 s after its last list call.
const SUBSCRIPTIONS_MAX: usize = 100_000;
/// Bytes of the longest datagram that can be sent over IPv4.
const DATAGRAM_MAX: usize = 65_507;
/// Packets beyond this are not even compressed: they would hardly fit, and clients poll.
const PACKET_MAX: usize = 1024 * 1024;
/// Packets from this size on are compressed off the socket's task, where it takes longer than the task may block.
const COMPRESS_ASIDE_FROM: usize = 32 * 1024;
/// Pushes sent before acknowledgements have their turn.
const TURN: usize = 64;
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Pause after a failed receive, so that the loop does not spin.
const RECEIVE_PAUSE: Duration = Duration::from_millis(50);

/// Subscriptions by datagram, and what waits to be sent to them.
#[derive(Default)]
pub struct Datagrams {
    outbox: Mutex<Outbox<Arc<Selection>>>,
    waiting: Notify,
    subscriptions: AtomicUsize,
    is_open: AtomicBool,
}

impl Datagrams {
    /// What the consumer subscribes with; none if it cannot be told by datagram: it is of a family or an age that
    /// does not listen, its address is no address of one machine, pushing is switched off, or a limit is reached.
    pub(crate) fn subscription(
        self: &Arc<Self>,
        consumer: Consumer,
        clusters: &str,
        node: &Node,
    ) -> Option<Subscription> {
        let switches = node.naming.switches();
        let ip = consumer.ip.parse::<IpAddr>().ok().filter(is_unicast)?;
        let is_served = self.is_open.load(Ordering::Acquire)
            && switches.push_enabled
            && Agent::parse(&consumer.agent).takes_datagrams(&switches.datagram_versions);
        if !is_served {
            return None;
        }
        let to = SocketAddr::new(ip.to_canonical(), consumer.port);
        let outbox = Arc::new(Destination::open(self, to)?);
        Some(Subscription { clusters: clusters.into(), consumer: Arc::new(consumer), outbox })
    }

    /// Sends and takes acknowledgements until the node stops.
    pub(crate) async fn run(self: Arc<Self>, node: Arc<Node>, ip: IpAddr) {
        let socket = match UdpSocket::bind((ip, 0)).await {
            Ok(socket) => socket,
            Err(error) => return tracing::warn!(%ip, %error, "cannot push by datagram: no port"),
        };
        self.is_open.store(true, Ordering::Release);
        let stopping = node.stopping.clone();
        stopping.run_until_cancelled(self.converse(&socket, &node)).await;
        self.is_open.store(false, Ordering::Release);
    }

    async fn converse(&self, socket: &UdpSocket, node: &Arc<Node>) {
        let mut ticks = interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut buffer = [0; datagram::ACK_MAX];
        loop {
            // Receiving, the tick and the bell are cancel safe; sending is awaited outside of the selection.
            tokio::select! {
                received = socket.recv_from(&mut buffer) => match received {
                    Ok((length, from)) => self.take(&buffer[..length], from, node),
                    Err(error) => {
                        tracing::debug!(%error, "cannot receive a datagram");
                        tokio::time::sleep(RECEIVE_PAUSE).await;
                    }
                },
                () = self.waiting.notified() => self.send_waiting(socket, node).await,
                _ = ticks.tick() => {
                    let now = node.clock.now();
                    let given_up = self.outbox.lock().sweep(now.mono);
                    node.push_tally.failed(given_up, now);
                    self.send_waiting(socket, node).await;
                }
            }
        }
    }

    fn take(&self, received: &[u8], from: SocketAddr, node: &Node) {
        let Some(number) = datagram::read_ack(received) else { return };
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        let arrived = self.outbox.lock().acknowledge(from, number, node.clock.now().mono);
        if let Some(delivery) = arrived {
            let endpoint = Endpoint { ip: from.ip().to_string().into(), port: from.port() };
            node.push_arrived(ClientId::Address(endpoint, Lifetime::Ephemeral), &delivery);
        }
    }

    async fn send_waiting(&self, socket: &UdpSocket, node: &Arc<Node>) {
        for _ in 0..TURN {
            let Some(parcel) = self.next(node) else { return };
            self.send(socket, node, parcel).await;
        }
        self.waiting.notify_one();
    }

    fn next(&self, node: &Node) -> Option<Parcel<Arc<Selection>>> {
        self.outbox.lock().next(node.clock.now().mono)
    }

    /// What cannot be sent is given up.
    async fn send(&self, socket: &UdpSocket, node: &Node, parcel: Parcel<Arc<Selection>>) {
        let Parcel { to, selection, number } = parcel;
        let shown_at = selection.ref_time(node.naming.ref_time(node.clock.now()));
        let packet = views::datagram(node, &selection).udp_packet(shown_at, number);
        let Some(packed) = packed(packet).await.filter(|packed| packed.len() <= DATAGRAM_MAX) else {
            tracing::debug!(%to, service = %selection.key, "too much for a datagram");
            return self.outbox.lock().give_up(number);
        };
        node.push_tally.sent(selection.hosts.is_empty(), node.clock.now());
        if let Err(error) = socket.send_to(&packed, reachable_from(socket, to)).await {
            tracing::debug!(%to, %error, "cannot send a datagram");
            self.outbox.lock().give_up(number);
            node.push_tally.failed(1, node.clock.now());
        }
    }
}

/// The datagram of a packet; none for one that is too long to try.
async fn packed(packet: Vec<u8>) -> Option<Vec<u8>> {
    match packet.len() {
        ..COMPRESS_ASIDE_FROM => Some(datagram::packed(packet)),
        COMPRESS_ASIDE_FROM..=PACKET_MAX => {
            tokio::task::spawn_blocking(|| datagram::packed(packet)).await.ok()
        }
        _ => None,
    }
}

/// Addresses of one machine: not of none, of all, or of a group.
fn is_unicast(ip: &IpAddr) -> bool {
    let is_broadcast = matches!(ip.to_canonical(), IpAddr::V4(ip) if ip.is_broadcast());
    !(ip.to_canonical().is_unspecified() || ip.to_canonical().is_multicast() || is_broadcast)
}

/// An IPv6 socket reaches IPv4 addresses by their mapped form.
fn reachable_from(socket: &UdpSocket, to: SocketAddr) -> SocketAddr {
    match (socket.local_addr(), to.ip()) {
        (Ok(SocketAddr::V6(_)), IpAddr::V4(ip)) => SocketAddr::new(ip.to_ipv6_mapped().into(), to.port()),
        _ => to,
    }
}

/// Where the pushes of one subscription go.
struct Destination {
    datagrams: Arc<Datagrams>,
    to: SocketAddr,
}

impl Destination {
    /// None once there are as many as there may be.
    fn open(datagrams: &Arc<Datagrams>, to: SocketAddr) -> Option<Self> {
        if datagrams.subscriptions.fetch_add(1, Ordering::Relaxed) >= SUBSCRIPTIONS_MAX {
            datagrams.subscriptions.fetch_sub(1, Ordering::Relaxed);
            tracing::debug!(%to, limit = SUBSCRIPTIONS_MAX, "too many subscriptions by datagram");
            return None;
        }
        Some(Self { datagrams: datagrams.clone(), to })
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        self.datagrams.subscriptions.fetch_sub(1, Ordering::Relaxed);
    }
}

impl SubscriberOutbox for Destination {
    fn offer(&self, key: &ServiceKey, selection: Arc<Selection>, since: Moment) {
        if self.datagrams.outbox.lock().offer(self.to, key, selection, since) {
            self.datagrams.waiting.notify_one();
        } else {
            tracing::debug!(to = %self.to, service = %key, limit = outbox::SLOTS_MAX, "push dropped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_one_machine_are_told() {
        for (ip, told) in [
            ("127.0.0.1", true),
            ("10.0.0.1", true),
            ("::1", true),
            ("255.255.255.255", false),
            ("::ffff:255.255.255.255", false),
            ("224.0.0.1", false),
            ("ff02::1", false),
            ("0.0.0.0", false),
            ("::", false),
        ] {
            assert_eq!(is_unicast(&ip.parse().unwrap()), told, "{ip}");
        }
    }

    #[test]
    fn an_ended_subscription_makes_room() {
        let datagrams = Arc::new(Datagrams::default());
        datagrams.subscriptions.store(SUBSCRIPTIONS_MAX - 1, Ordering::Relaxed);
        let to = SocketAddr::from(([127, 0, 0, 1], 9));
        let last = Destination::open(&datagrams, to);
        assert!(last.is_some() && Destination::open(&datagrams, to).is_none());
        drop(last);
        assert!(Destination::open(&datagrams, to).is_some());
    }
}
