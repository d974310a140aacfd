//! One stream, as the body of its answer: it reads the requests, and asks its machine for an answer when the transport can
//! take one. Nothing is queued, so that a peer that never reads costs one answer, whose resources are shared.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame};
use navaid_core::{
    Moment,
    mesh::{MeshConnection, MeshProtocol},
};
use prost::Message;
use tokio::time::Sleep;
use tokio_stream::{Stream, wrappers::WatchStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{
    Code, Status, Streaming,
    codec::{DecodeBuf, Decoder},
};

use crate::{
    stream::{Answer, Cut, Heard, Machine, Step},
    switchboard::{Pulse, Switchboard, add},
};

/// Requests that are taken in before the other direction has its turn.
const TURN: usize = 64;
/// (!) Pilot up to 1.8 takes 4 MiB in one message, and ends the stream of a larger one (`spec/mesh` §4): from here on the
/// log warns.
const MCP_WARN: usize = 3_670_016;

/// See the module.
pub(crate) struct Conversation<M: Machine> {
    machine: M,
    incoming: Streaming<M::Request>,
    board: Arc<Switchboard>,
    place: Place,
    pulses: WatchStream<Pulse>,
    /// When the last change began to wait to be told, until it is.
    waiting: Option<Moment>,
    alarm: Option<Pin<Box<Sleep>>>,
    stopping: Pin<Box<WaitForCancellationFutureOwned>>,
    /// The second half of an answer whose first half went out.
    rest: Bytes,
    has_warned: bool,
    ending: Ending,
}

#[derive(Debug)]
enum Ending {
    Open,
    /// The trailers are next.
    With(Status),
    Done,
}

/// A stream's entry among the open ones, for as long as it lives.
struct Place {
    board: Arc<Switchboard>,
    number: u64,
    protocol: MeshProtocol,
    peer: SocketAddr,
}

impl Place {
    fn take(board: &Arc<Switchboard>, protocol: MeshProtocol, peer: SocketAddr) -> Self {
        let number = board.tally.next_stream();
        let connection = MeshConnection {
            node: Arc::default(),
            peer,
            protocol,
            opened: board.clock.now().wall,
            subscriptions: Vec::new(),
        };
        board.streams.lock().insert(number, connection);
        board.tally.open[protocol as usize].fetch_add(1, Ordering::Relaxed);
        Self { board: board.clone(), number, protocol, peer }
    }

    fn note(&self, machine: &impl Machine) {
        let (node, subscriptions) = (machine.node(), machine.subscriptions());
        if let Some(connection) = self.board.streams.lock().get_mut(&self.number) {
            connection.node = node;
            connection.subscriptions = subscriptions;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.board.streams.lock().remove(&self.number);
        self.board.tally.open[self.protocol as usize].fetch_sub(1, Ordering::Relaxed);
    }
}

impl<M: Machine + Unpin> Conversation<M> {
    pub(crate) fn new(
        machine: M,
        incoming: Streaming<M::Request>,
        board: Arc<Switchboard>,
        (protocol, peer): (MeshProtocol, SocketAddr),
        stopping: CancellationToken,
    ) -> Self {
        Self {
            machine,
            incoming,
            place: Place::take(&board, protocol, peer),
            pulses: WatchStream::from_changes(board.pulse.subscribe()),
            board,
            waiting: None,
            alarm: None,
            stopping: Box::pin(stopping.cancelled_owned()),
            rest: Bytes::new(),
            has_warned: false,
            ending: Ending::Open,
        }
    }

    /// Takes in what has arrived; the status with which the stream ends, if it does.
    fn take_in(&mut self, cx: &mut Context<'_>) -> Option<Status> {
        let mut heard_any = false;
        for _ in 0..TURN {
            match Pin::new(&mut self.incoming).poll_next(cx) {
                Poll::Pending => {
                    if heard_any {
                        self.place.note(&self.machine);
                    }
                    return None;
                }
                Poll::Ready(None) => return Some(Status::new(Code::Ok, "")),
                Poll::Ready(Some(Err(status))) => return Some(self.cut(status)),
                Poll::Ready(Some(Ok(request))) => {
                    heard_any = true;
                    if let Some(status) = self.hear(request) {
                        return Some(status);
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        self.place.note(&self.machine);
        None
    }

    fn hear(&mut self, request: M::Request) -> Option<Status> {
        let tally = &self.board.tally;
        match self.machine.hear(request) {
            Ok(Heard::Taken) => None,
            Ok(Heard::Stale) => {
                add(&tally.stale, 1);
                None
            }
            Ok(Heard::Refused) => {
                add(&tally.refusals, 1);
                self.log_refusal();
                None
            }
            Err(cut) => Some(self.cut(status(&cut))),
        }
    }

    fn cut(&self, status: Status) -> Status {
        add(&self.board.tally.cut, 1);
        tracing::debug!(node = %self.machine.node(), %status, "mesh stream ended");
        status
    }

    /// A refusal is the only way to learn what a consumer dislikes; `connections` of the admin API keeps the last one.
    fn log_refusal(&self) {
        for subscription in self.machine.subscriptions() {
            if let Some((version, reason)) =
                subscription.refused.filter(|(version, _)| *version == subscription.sent)
            {
                let (node, type_name) = (self.machine.node(), subscription.type_name);
                tracing::warn!(%node, %type_name, version, reason, "mesh answer was refused");
            }
        }
    }

    fn weigh(&mut self, answer: &Answer) {
        let bytes = answer.head.len() + answer.resources.len();
        if self.place.protocol == MeshProtocol::Mcp && bytes > MCP_WARN && !self.has_warned {
            self.has_warned = true;
            tracing::warn!(
                peer = %self.place.peer,
                bytes,
                "a sink of Istio up to 1.8 takes 4194304 bytes at most unless --mcpMaxMsgSize says otherwise"
            );
        }
    }

    /// The next answer, once something is to be said.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        while let Poll::Ready(Some(pulse)) = Pin::new(&mut self.pulses).poll_next(cx) {
            self.waiting.get_or_insert(pulse.since);
        }
        let now = self.board.clock.now();
        let step = {
            let catalog = self.board.catalog.lock();
            self.machine.next(&catalog, now)
        };
        match step {
            Step::Answer(answer) => {
                let tally = &self.board.tally;
                add(&tally.pushes, 1);
                add(&tally.bytes, (answer.head.len() + answer.resources.len()) as u64);
                if let Some(since) = self.waiting.take() {
                    tally.told(now.mono.since(since));
                }
                self.place.note(&self.machine);
                self.weigh(&answer);
                Poll::Ready(answer)
            }
            Step::Wait(until) => {
                let mut alarm = Box::pin(tokio::time::sleep(until.since(now.mono)));
                if alarm.as_mut().poll(cx).is_ready() {
                    cx.waker().wake_by_ref();
                }
                self.alarm = Some(alarm);
                Poll::Pending
            }
            Step::Idle => {
                self.waiting = None;
                self.alarm = None;
                Poll::Pending
            }
        }
    }
}

impl<M: Machine + Unpin> Body for Conversation<M> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if this.rest.has_remaining() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut this.rest)))));
        }
        if matches!(this.ending, Ending::Open) {
            if this.stopping.as_mut().poll(cx).is_ready() {
                this.ending = Ending::With(Status::unavailable("the server is stopping"));
            } else if let Some(status) = this.take_in(cx) {
                this.ending = Ending::With(status);
            }
        }
        match std::mem::replace(&mut this.ending, Ending::Done) {
            Ending::Done => return Poll::Ready(None),
            Ending::With(status) => return Poll::Ready(Some(Ok(Frame::trailers(trailers(&status))))),
            Ending::Open => this.ending = Ending::Open,
        }
        let answer = ready!(this.poll_answer(cx));
        this.rest = answer.resources;
        Poll::Ready(Some(Ok(Frame::data(framed(&answer.head, this.rest.len())))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.ending, Ending::Done) && !self.rest.has_remaining()
    }
}

/// The head of an answer behind the prefix of a gRPC message: not compressed, and its length.
fn framed(head: &[u8], rest: usize) -> Bytes {
    let length = u32::try_from(head.len() + rest).unwrap_or(u32::MAX);
    let mut frame = BytesMut::with_capacity(5 + head.len());
    frame.put_u8(0);
    frame.put_u32(length);
    frame.put_slice(head);
    frame.freeze()
}

fn status(cut: &Cut) -> Status {
    let code = match cut {
        Cut::TooManyNames { .. } | Cut::TooManyTypes { .. } | Cut::NameTooLong { .. } => {
            Code::ResourceExhausted
        }
        Cut::NameIsNoText => Code::InvalidArgument,
    };
    Status::new(code, cut.to_string())
}

fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // A message that no header can hold would cost the code.
    if status.add_header(&mut trailers).is_err() {
        trailers.insert(Status::GRPC_STATUS, HeaderValue::from(status.code() as i32));
    }
    trailers
}

/// Reads requests.
#[derive(Debug)]
pub(crate) struct RequestDecoder<T>(std::marker::PhantomData<T>);

impl<T> Default for RequestDecoder<T> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<T: Message + Default + 'static> Decoder for RequestDecoder<T> {
    type Item = T;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<T>, Status> {
        T::decode(buffer)
            .map(Some)
            .map_err(|error| Status::invalid_argument(format!("cannot read the request: {error}")))
    }
}
