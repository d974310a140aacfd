//! The pipeline of a stream: setup first, then acknowledgements in and pushes out, until either side ends
//! (`spec/grpc` §5.3, §5.4).
//!
//! One stream is one task's worth of polling: the response stream drives both directions, so a stream that the
//! transport drops takes everything with it and nothing is left to join.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use navaid_config::Watcher;
use navaid_core::ConfigKey;
use navaid_naming::Selection;
use navaid_wire::grpc::{
    Exchange, Payload, PayloadType, Request, SharedPayload,
    config::ConfigChangeNotifyRequest,
    connection::{
        ClientDetectionRequest, ConnectResetRequest, ConnectionSetupRequest, SetupAckRequest, ability,
    },
    response::Ack,
};
use tokio_stream::Stream;
use tonic::Streaming;

use super::{
    GrpcEdge,
    connection::{Connection, Setup},
    holding,
    mailbox::Mailbox,
    outbox::{Acknowledged, Control, NoticeKey, Outgoing},
    pattern_sync::{Kind, WatchId},
    transport::Transport,
};
use crate::views;

/// Messages that are taken in before the other direction has its turn.
const TURN: usize = 64;

/// The outgoing half of a stream, which reads the incoming half as well.
pub(crate) struct Pushes {
    edge: Arc<GrpcEdge>,
    transport: Arc<Transport>,
    incoming: Streaming<Bytes>,
}

/// Opens a stream. Its headers go out at once: some stacks wait for them before they yield the stream.
pub(crate) fn converse(edge: Arc<GrpcEdge>, transport: Arc<Transport>, incoming: Streaming<Bytes>) -> Pushes {
    transport.stream_opened();
    Pushes { edge, transport, incoming }
}

impl Pushes {
    /// The next message to send; `None` once either half has ended, after which it must not be asked again.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<SharedPayload>> {
        if self.take_in(cx).is_break() {
            // A client that closes its half is gone: nothing could be pushed to it, and Java keeps the transport
            // open for as long as its process lives.
            self.transport.close();
            return Poll::Ready(None);
        }
        let Some(connection) = self.transport.connection() else { return Poll::Pending };
        loop {
            match connection.mailbox.poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(message)) => {
                    if let Some(encoded) = self.edge.encode(connection, message) {
                        return Poll::Ready(Some(encoded));
                    }
                }
            }
        }
    }

    /// Takes in what has arrived; breaks when the incoming half has ended.
    fn take_in(&mut self, cx: &mut Context<'_>) -> std::ops::ControlFlow<()> {
        for _ in 0..TURN {
            match Pin::new(&mut self.incoming).poll_next(cx) {
                Poll::Pending => return std::ops::ControlFlow::Continue(()),
                Poll::Ready(Some(Ok(message))) => self.edge.take(&self.transport, message),
                Poll::Ready(Some(Err(status))) => {
                    tracing::debug!(client = %self.transport.id(), %status, "stream failed");
                    return std::ops::ControlFlow::Break(());
                }
                Poll::Ready(None) => return std::ops::ControlFlow::Break(()),
            }
        }
        cx.waker().wake_by_ref();
        std::ops::ControlFlow::Continue(())
    }
}

impl Drop for Pushes {
    fn drop(&mut self) {
        self.transport.stream_settled();
        self.transport.close();
    }
}

impl GrpcEdge {
    /// Takes one message from a stream. What is neither a setup nor an answer, or cannot be read, is passed over:
    /// the stream stays (`spec/grpc` §5.4).
    fn take(&self, transport: &Transport, message: Bytes) {
        let payload = match Payload::decode(message) {
            Ok(payload) => payload,
            Err(error) => {
                return tracing::debug!(client = %transport.id(), %error, "stream message passed over");
            }
        };
        match payload.payload_type() {
            Some(PayloadType::ConnectionSetupRequest) => self.set_up(transport, &payload),
            Some(kind) if kind.exchange() == Exchange::Answer => self.acknowledge(transport, &payload),
            _ => {
                tracing::debug!(client = %transport.id(), kind = payload.type_name, "stream message passed over")
            }
        }
    }

    fn set_up(&self, transport: &Transport, payload: &Payload) {
        if transport.connection().is_some() {
            return;
        }
        let setup = match Request::<ConnectionSetupRequest>::read(&payload.body) {
            Ok(request) => request.body,
            Err(error) => {
                tracing::debug!(client = %transport.id(), %error, "setup cannot be read");
                return transport.close();
            }
        };
        if !self.node.readiness.is_ready() {
            return transport.close();
        }
        let now = self.node.clock.now();
        let claimed = payload.client_ip.trim();
        let client_ip: Arc<str> = if claimed.is_empty() {
            transport.peer().ip().to_canonical().to_string().into()
        } else {
            claimed.into()
        };
        let setup = Setup::new(setup, client_ip.clone());
        let mailbox =
            Arc::new(Mailbox::new(self.node.clock.clone(), self.node.push_timing, self.request_ids.clone()));
        let watcher = Watcher::connected(client_ip, transport.id().clone(), setup.app_labels.clone());
        let listener = self.node.configs.listener(watcher, mailbox.clone());
        let connection = Arc::new(Connection::new(transport, setup, mailbox, listener, now));
        if connection.has_naming_client() {
            self.node.naming.connect(connection.id().clone(), connection.profile(transport, now), now);
        }
        self.registry.insert(connection.clone());
        if connection.setup.negotiates() {
            connection.mailbox.control(Control::SetupAck);
        }
        tracing::debug!(client = %connection.id(), version = connection.setup.version, "connection registered");
        transport.bind(connection);
    }

    fn acknowledge(&self, transport: &Transport, payload: &Payload) {
        let Some(connection) = transport.connection() else { return };
        connection.touch(self.node.clock.now().mono);
        let Ok(ack) = Ack::read(&payload.body) else { return };
        if let Some(id) = ack.request_id.as_deref().and_then(|id| id.parse().ok()) {
            connection.mailbox.answer(id, &payload.body);
            match connection.mailbox.acknowledge(id, ack.is_success()) {
                Some(Acknowledged::Push(delivery)) => self.node.push_arrived(connection.client(), &delivery),
                Some(Acknowledged::PushRefused) => self.node.push_tally.failed(1, self.node.clock.now()),
                Some(Acknowledged::Notice(NoticeKey::Sync(watch))) => connection.sync_taken(watch),
                Some(Acknowledged::Reset) => connection.moves(self.node.clock.now().mono),
                Some(Acknowledged::Notice(_)) | None => {}
            }
        }
    }

    /// A message as it is sent; none for one that has become pointless.
    fn encode(&self, connection: &Connection, message: Outgoing<Arc<Selection>>) -> Option<SharedPayload> {
        match message {
            Outgoing::Control(control, id) => Some(self.encode_control(connection, control, id).into()),
            Outgoing::Service(selection, id) => {
                let now = self.node.clock.now();
                self.node.push_tally.sent(selection.hosts.is_empty(), now);
                let shown_at = connection.next_ref_time(&selection, self.node.naming.ref_time(now));
                let view = views::grpc(&self.node, &selection);
                Some(view.notify(&id.to_string(), &self.node.facts.ip, shown_at))
            }
            Outgoing::Notice(key, id) => self.encode_notice(connection, key, id).map(SharedPayload::from),
        }
    }

    fn encode_control(&self, connection: &Connection, control: Control, id: u64) -> Bytes {
        let (ip, id) = (&self.node.facts.ip, id.to_string());
        match control {
            Control::SetupAck => Request::new(SetupAckRequest { ability_table: abilities() }).encode(ip),
            Control::Detect => Request::push(id, ClientDetectionRequest::default()).encode(ip),
            Control::Reset(to) => {
                let (server_ip, server_port) = (Some(to.ip), Some(to.port.to_string()));
                Request::push(id, ConnectResetRequest { server_ip, server_port, connection_id: None })
                    .encode(ip)
            }
            Control::AskHolding(key) => Request::push(id, holding::question(connection, &key)).encode(ip),
        }
    }

    fn encode_notice(&self, connection: &Connection, key: NoticeKey, id: u64) -> Option<Bytes> {
        let is_discovery =
            matches!(key, NoticeKey::Service(_) | NoticeKey::Sync(WatchId { kind: Kind::Services, .. }));
        if is_discovery && !self.node.naming.switches().push_enabled {
            connection.mailbox.notice_later(key);
            return None;
        }
        let encoded = match &key {
            NoticeKey::Listened(item) => self.listened_notice(connection, item, id),
            NoticeKey::Service(service) => self.service_notice(connection, service, id),
            NoticeKey::Item(item) => self.item_notice(connection, item, id),
            NoticeKey::Sync(watch) => self.sync_message(connection, watch, id),
        };
        if encoded.is_none() {
            connection.mailbox.forget_notice(&key);
        }
        encoded
    }

    /// None if the client has stopped listening since the change: it would not acknowledge (Go).
    fn listened_notice(&self, connection: &Connection, key: &ConfigKey, id: u64) -> Option<Bytes> {
        if !connection.listens_to(key) {
            return None;
        }
        let notice = ConfigChangeNotifyRequest {
            data_id: key.data_id().to_owned(),
            group: key.group().to_owned(),
            tenant: connection.spelling_of(key),
        };
        Some(Request::push(id.to_string(), notice).encode(&self.node.facts.ip))
    }
}

/// What this server can do, in the words of ability negotiation (`spec/grpc` §6.1).
fn abilities() -> BTreeMap<String, bool> {
    [ability::PERSISTENT_INSTANCE, ability::FUZZY_WATCH].map(|key| (key.to_owned(), true)).into()
}
