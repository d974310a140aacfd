//! One HTTP call, parsed: what handlers are given.

use std::{future::Future, net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::HeaderMap;
use navaid_core::{Now, name::IP_MAX};

use super::{failure::Failure, params::Params};
use crate::{agent::Agent, grpc::Registry, node::Node};

/// A request below the context path, with its parameters merged and its body read.
pub(crate) struct Call {
    pub(crate) node: Arc<Node>,
    /// Connections of the gRPC edge.
    pub(crate) connections: Arc<Registry>,
    /// Below the context path, without a slash at the end: `/v1/ns/instance`.
    pub(crate) path: String,
    /// As the client wrote it, for error objects that repeat it.
    pub(crate) full_path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) params: Params,
    /// The raw body, for calls that carry JSON.
    pub(crate) body: Bytes,
    pub(crate) peer: IpAddr,
}

impl Call {
    pub(crate) fn now(&self) -> Now {
        self.node.clock.now()
    }

    /// A header as text; one that is no visible ASCII counts as absent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What the client says it is; empty if it does not.
    pub(crate) fn agent_text(&self) -> &str {
        Agent::telling(self.header("user-agent"), self.header("client-version"))
    }

    pub(crate) fn agent(&self) -> Agent<'_> {
        Agent::parse(self.agent_text())
    }

    /// A header that decides what a call changes: one that cannot be read must not count as absent.
    ///
    /// # Errors
    /// It holds something other than visible ASCII; the error names it as `shown`.
    pub(crate) fn deciding_header(&self, shown: &str) -> Result<Option<&str>, Failure> {
        let Some(value) = self.headers.get(shown) else { return Ok(None) };
        let text = value.to_str();
        text.map(Some).map_err(|_| {
            Failure::illegal(format!("header '{shown}' holds something other than visible ASCII"))
        })
    }

    /// Does work of many writes to its end, though the caller may go meanwhile: half of it would be worth nothing.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let done = self.node.tasks.spawn(work).await;
        done.unwrap_or_else(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Failure::Unavailable("the server is stopping".to_owned())),
        })
    }

    /// Where the call came from: the first `X-Forwarded-For` element, else `X-Real-IP`, else the socket's address
    /// (`spec/http-config-auth` §2). A client can write these headers: the address is information, not identity, and one
    /// that is longer than an address can be is none, since items, history and listeners keep it.
    pub(crate) fn client_ip(&self) -> String {
        let forwarded = self.header("x-forwarded-for").and_then(|list| list.split(',').next());
        let named = forwarded.or_else(|| self.header("x-real-ip")).map(str::trim);
        let named = named.filter(|ip| (1..=IP_MAX).contains(&ip.len()));
        named.map_or_else(|| self.peer.to_canonical().to_string(), str::to_owned)
    }

    /// The last segment of the path, percent-decoded, for routes that end in `{}`.
    pub(crate) fn segment(&self) -> String {
        self.segment_from_end(0)
    }

    /// The segment that stands `back` before the last one, likewise.
    pub(crate) fn segment_from_end(&self, back: usize) -> String {
        let segment = self.path.rsplit('/').nth(back).unwrap_or_default();
        percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
    }
}
