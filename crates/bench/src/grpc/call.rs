//! Unary requests, cheap enough to leave the machine to the server: encoded once, their answers searched, not parsed.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use conformance::framed;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::SendRequest;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, TE};
use hyper::{Method, Request, Uri, Version};
use memchr::memmem;
use navaid_wire::grpc::Payload;

use super::outgoing::Outgoing;

const UNARY_PATH: &str = "/Request/request";
const STREAM_PATH: &str = "/BiRequestStream/requestBiStream";
/// In the JSON of every answer of success, by whatever server.
const SUCCESS: &[u8] = br#""resultCode":200"#;

/// A message ready to be sent, any number of times.
#[derive(Debug, Clone)]
pub(crate) struct Message(pub(super) Bytes);

impl Message {
    /// A message of that payload type around a JSON body.
    pub(crate) fn new(type_name: &str, body: String) -> Self {
        let payload = Payload {
            type_name: type_name.to_owned(),
            client_ip: "127.0.0.1".to_owned(),
            body: body.into(),
            ..Payload::default()
        };
        Self(framed(&payload.encode()))
    }
}

/// Sends requests on a connection; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    sender: SendRequest<Outgoing>,
    unary: Uri,
    stream: Uri,
    headers: HeaderMap,
}

impl Call {
    pub(super) fn new(sender: SendRequest<Outgoing>, server: SocketAddr) -> Result<Self> {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/grpc")),
            (TE, HeaderValue::from_static("trailers")),
        ];
        Ok(Self {
            sender,
            unary: format!("http://{server}{UNARY_PATH}").parse()?,
            stream: format!("http://{server}{STREAM_PATH}").parse()?,
            headers: headers.into_iter().collect(),
        })
    }

    /// Sends a request and gives the encoded answer, which says success.
    ///
    /// # Errors
    /// The connection is closed, or the answer says anything else.
    pub(crate) async fn unary(&mut self, message: &Message) -> Result<Bytes> {
        let request = self.request(self.unary.clone(), Outgoing::One(Full::new(message.0.clone())));
        let response = self.sender.send_request(request).await?;
        let collected = response.into_body().collect().await?;
        let status = collected.trailers().and_then(|trailers| trailers.get("grpc-status").cloned());
        let answer = collected.to_bytes();
        ensure!(memmem::find(&answer, SUCCESS).is_some(), "{}", refusal(&answer, status));
        Ok(answer)
    }

    /// Opens the stream; gives the body of the server's side.
    pub(super) async fn stream(&mut self, outgoing: Outgoing) -> Result<hyper::body::Incoming> {
        let request = self.request(self.stream.clone(), outgoing);
        Ok(self.sender.send_request(request).await.context("open the stream")?.into_body())
    }

    fn request(&self, uri: Uri, body: Outgoing) -> Request<Outgoing> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers.clone();
        request
    }
}

fn refusal(answer: &[u8], status: Option<HeaderValue>) -> String {
    let status = status.and_then(|status| status.to_str().map(str::to_owned).ok()).unwrap_or_default();
    format!("refused with gRPC status {status}: {}", String::from_utf8_lossy(answer))
}
