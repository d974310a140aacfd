//! What the server pushes: taken, acknowledged, and handed on with the time it came.

use std::time::Instant;

use anyhow::{Context, Result};
use bytes::Bytes;
use conformance::Frames;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use memchr::memmem;
use navaid_wire::grpc::Payload;
use tokio::sync::mpsc;

use super::call::Message;

const REQUEST_ID: &[u8] = br#""requestId":""#;

/// A message that the server sent by itself.
#[derive(Debug)]
pub(crate) struct Push {
    /// Which of the connections of the row got it.
    pub(crate) connection: usize,
    pub(crate) received: Instant,
    /// The JSON body.
    pub(crate) body: Bytes,
}

impl Push {
    /// Whether it is about that item. A notice names the item and not the change.
    pub(crate) fn names(&self, item: &str) -> bool {
        memmem::find(&self.body, item.as_bytes()).is_some()
    }
}

/// Where a connection hands on its pushes. When the queue is full the connection waits, and reads no more.
#[derive(Debug, Clone)]
pub(crate) struct PushSink {
    pub(crate) connection: usize,
    pub(crate) queue: mpsc::Sender<Push>,
}

/// Takes and acknowledges pushes until the stream ends.
pub(super) async fn listen(
    mut body: Incoming,
    outgoing: mpsc::Sender<Bytes>,
    sink: Option<PushSink>,
) -> Result<()> {
    let mut frames = Frames::default();
    while let Some(frame) = body.frame().await {
        let received = Instant::now();
        if let Some(data) = frame?.data_ref() {
            frames.extend(data);
        }
        while let Some(message) = frames.take() {
            let push = Payload::decode(message)?;
            if let Some(answer) = acknowledgement(&push) {
                outgoing.send(answer.0).await.context("acknowledge a push")?;
            }
            if let Some(PushSink { connection, queue }) = &sink {
                let push = Push { connection: *connection, received, body: push.body };
                queue.send(push).await.context("hand on a push")?;
            }
        }
    }
    Ok(())
}

/// `XRequest` is acknowledged with `XResponse`, which repeats the request id; what has none wants no answer.
fn acknowledgement(push: &Payload) -> Option<Message> {
    let begin = memmem::find(&push.body, REQUEST_ID)? + REQUEST_ID.len();
    let id = push.body[begin..].split(|byte| *byte == b'"').next()?;
    let id = std::str::from_utf8(id).ok()?;
    let name = format!("{}Response", push.type_name.strip_suffix("Request")?);
    Some(Message::new(&name, format!(r#"{{"resultCode":200,"errorCode":0,"requestId":"{id}"}}"#)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acknowledged(type_name: &str, body: &'static str) -> Option<(String, String)> {
        let push = Payload { type_name: type_name.to_owned(), body: body.into(), ..Payload::default() };
        let answer = Payload::decode(acknowledgement(&push)?.0.slice(5..)).unwrap();
        Some((answer.type_name, String::from_utf8_lossy(&answer.body).into_owned()))
    }

    #[test]
    fn push_is_acknowledged_with_its_request_id() {
        let answer = acknowledged("ConfigChangeNotifyRequest", r#"{"headers":{},"requestId":"17"}"#);
        let body = r#"{"resultCode":200,"errorCode":0,"requestId":"17"}"#;
        assert_eq!(answer, Some(("ConfigChangeNotifyResponse".to_owned(), body.to_owned())));
    }

    #[test]
    fn push_without_request_id_is_not_acknowledged() {
        assert_eq!(acknowledged("SetupAckRequest", r#"{"abilityTable":{}}"#), None);
    }
}
