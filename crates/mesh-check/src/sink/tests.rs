//! The sinks against sources of a few lines, some of them wrong.

use std::convert::Infallible;
use std::sync::Arc;

use conformance::{Frames, framed};
use futures_util::stream::poll_fn;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;
use crate::istiod::{Age, IstiodSink};
use crate::pilot::{COLLECTIONS, MESSAGE_MAX, Pilot14Sink, SERVICE_ENTRIES};
use crate::wire::discovery::{DiscoveryRequest, DiscoveryResponse};
use crate::wire::mcp::{Metadata, RequestResources, Resource, Resources};

type Body = UnsyncBoxBody<Bytes, Infallible>;
/// Gives the answers to a request of the stream with that number, `None` to end the stream.
type Answers = dyn Fn(usize, Bytes) -> Option<Vec<Bytes>> + Send + Sync;

const QUEUE: usize = 64;

/// A source on a port of its own; dropped, it is gone.
struct Source {
    port: u16,
    _task: JoinSet<()>,
}

impl Source {
    async fn start(answers: impl Fn(usize, Bytes) -> Option<Vec<Bytes>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers: Arc<Answers> = Arc::new(answers);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            for number in 1.. {
                let (socket, _) = listener.accept().await.unwrap();
                let answers = answers.clone();
                let service = service_fn(move |request| answer(request, number, answers.clone()));
                let connection =
                    Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service);
                connections.spawn(async move { connection.await.ok() });
            }
        });
        Self { port, _task: task }
    }
}

async fn answer(
    request: Request<Incoming>,
    number: usize,
    answers: Arc<Answers>,
) -> Result<Response<Body>, Infallible> {
    let (out, mut queue) = mpsc::channel::<Bytes>(QUEUE);
    let mut task = JoinSet::new();
    task.spawn(async move {
        let (mut body, mut frames) = (request.into_body(), Frames::default());
        while let Some(Ok(frame)) = body.frame().await {
            frames.extend(frame.data_ref().unwrap());
            while let Some(message) = frames.take() {
                let Some(answers) = answers(number, message) else { return };
                for answer in answers {
                    out.send(framed(&answer)).await.unwrap();
                }
            }
        }
    });
    // The task lives as long as the answer's body.
    let pieces = poll_fn(move |context| {
        let _ = &task;
        queue.poll_recv(context).map(|sent| sent.map(|bytes| Ok(Frame::data(bytes))))
    });
    Ok(Response::new(StreamBody::new(pieces).boxed_unsync()))
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// An empty answer to a question, nothing to an ACK.
fn empty(request: Bytes) -> Vec<Bytes> {
    let request = RequestResources::decode(request).unwrap();
    let answer = Resources {
        nonce: format!("n-{}", request.collection),
        collection: request.collection,
        ..Resources::default()
    };
    match request.response_nonce.is_empty() {
        true => vec![answer.encode_to_vec().into()],
        false => Vec::new(),
    }
}

#[test]
fn pilot_is_synced_by_a_source_that_answers_everything() {
    run(async {
        let source = Source::start(|_, request| Some(empty(request))).await;
        let mut sink = Sink::start(source.port, Pilot14Sink::new(7));
        let view = sink.until("synced", |view| view.is_synced).await.unwrap();
        assert_eq!((view.answered.len(), view.streams), (COLLECTIONS.len(), 1));
        sink.clean().unwrap();
    });
}

#[test]
fn pilot_comes_back_and_keeps_what_it_has() {
    run(async {
        let source = Source::start(|stream, request| {
            let request = RequestResources::decode(request).unwrap();
            // The first stream ends at its first ACK.
            let is_question = request.response_nonce.is_empty();
            (stream > 1 || is_question).then(|| match is_question {
                true => empty(request.encode_to_vec().into()),
                false => Vec::new(),
            })
        })
        .await;
        let mut sink = Sink::start(source.port, Pilot14Sink::new(7));
        let view = sink.until("a second stream that is answered", |v| v.streams == 2 && v.is_synced).await;
        assert!(view.unwrap().faults.is_empty());
    });
}

#[test]
fn pilot_gives_up_a_stream_for_a_message_that_is_too_long() {
    run(async {
        let source = Source::start(|_, request| {
            let request = RequestResources::decode(request).unwrap();
            let name = "x".repeat(MESSAGE_MAX);
            let metadata = Some(Metadata { name, ..Metadata::default() });
            let answer = Resources {
                collection: SERVICE_ENTRIES.to_owned(),
                nonce: "1".to_owned(),
                resources: vec![Resource { metadata, body: None }],
                ..Resources::default()
            };
            let is_asked = request.collection == SERVICE_ENTRIES;
            Some(if is_asked { vec![answer.encode_to_vec().into()] } else { Vec::new() })
        })
        .await;
        let mut sink = Sink::start(source.port, Pilot14Sink::new(7));
        let view = sink.until("a fault", |view| !view.faults.is_empty()).await.unwrap();
        assert!(view.faults[0].contains("given up"), "{:?}", view.faults);
        sink.until("a second stream", |view| view.streams == 2).await.unwrap();
    });
}

#[test]
fn istiod_is_not_synced_while_one_type_is_silent() {
    run(async {
        let (asked, mut requests) = mpsc::channel(QUEUE);
        let source = Source::start(move |_, request| {
            let request = DiscoveryRequest::decode(request).unwrap();
            let is_silent = request.type_url.ends_with("Telemetry") || !request.version_info.is_empty();
            asked.try_send(request.clone()).unwrap();
            let answer = DiscoveryResponse {
                version_info: "1".to_owned(),
                nonce: request.type_url.clone(),
                type_url: request.type_url.clone(),
                ..DiscoveryResponse::default()
            };
            let is_asked = !is_silent && !request.type_url.ends_with("MeshConfig");
            Some(if is_asked { vec![answer.encode_to_vec().into()] } else { Vec::new() })
        })
        .await;
        let age = Age::Istio1_30;
        let mut sink = Sink::start(source.port, IstiodSink::new(age));
        let view = sink.until("14 answers", |view| view.answered.len() == 14).await.unwrap();
        assert!(!view.is_synced && view.faults.is_empty());
        // 16 questions, and an ACK for every answer.
        let mut acknowledged = 0;
        for _ in 0..30 {
            let request = requests.recv().await.unwrap();
            acknowledged += usize::from(!request.version_info.is_empty());
        }
        assert_eq!(acknowledged, 14);
    });
}
