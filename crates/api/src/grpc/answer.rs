//! The body of an answer: framed messages, then the trailers in which gRPC has its status.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame};
use navaid_wire::grpc::SharedPayload;
use tonic::Status;

use super::stream::Pushes;
use crate::pieces::Pieces;

/// What follows the head of a gRPC answer.
#[derive(Default)]
pub(crate) enum AnswerBody {
    /// Nothing: the head has the status, or the trailers have been sent.
    #[default]
    Ended,
    /// One message, none once it has been sent.
    Unary(Option<SharedPayload>),
    /// Messages for as long as the stream lives.
    Stream { pushes: Box<Pushes>, ended: bool },
}

impl Body for AnswerBody {
    type Data = Pieces;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Pieces>, Infallible>>> {
        let this = self.get_mut();
        let message = match this {
            Self::Ended | Self::Stream { ended: true, .. } => return Poll::Ready(None),
            Self::Unary(message) => message.take(),
            Self::Stream { pushes, .. } => ready!(pushes.poll_next(cx)),
        };
        Poll::Ready(Some(Ok(match message {
            Some(message) => Frame::data(Pieces::framed(message)),
            None => this.end(),
        })))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Ended | Self::Stream { ended: true, .. })
    }
}

impl AnswerBody {
    /// A stream is kept until its trailers are sent: dropping it closes the transport.
    fn end(&mut self) -> Frame<Pieces> {
        match self {
            Self::Stream { ended, .. } => *ended = true,
            Self::Ended | Self::Unary(_) => *self = Self::Ended,
        }
        Frame::trailers(HeaderMap::from_iter([(Status::GRPC_STATUS, HeaderValue::from_static("0"))]))
    }
}

#[cfg(test)]
mod tests {
    use bytes::{Buf, Bytes};
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn one_message_is_framed_and_followed_by_its_status() {
        let mut body = AnswerBody::Unary(Some(Bytes::from_static(b"answer").into()));
        assert!(!body.is_end_stream());
        let mut data = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(data.copy_to_bytes(data.remaining()), b"\0\0\0\0\x06answer".as_slice());
        let trailers = body.frame().await.unwrap().unwrap().into_trailers().unwrap();
        assert_eq!(trailers["grpc-status"], "0");
        assert!(body.is_end_stream() && body.frame().await.is_none());
    }
}
