//! Labels from an HTTP endpoint: one `GET` on a connection of its own, again and again.
//!
//! `ETag` is repeated as `If-None-Match`, so that an endpoint that knows it answers 304 with nothing. Redirects are not
//! followed, and there is no TLS yet. An exchange has one time for everything, name resolution included.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use ::http::{
    HeaderValue, Request, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONNECTION, ETAG, HOST, IF_NONE_MATCH, USER_AGENT},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use navaid_core::{
    LabelEntry,
    seam::{Borrowing, LabelSource, LabelsUnread},
};
use tokio::{net::TcpStream, task::spawn_blocking, time::timeout};

use crate::{document::Latest, settings::HttpSettings};

const AGENT: HeaderValue = HeaderValue::from_static(concat!("navaid/", env!("CARGO_PKG_VERSION")));
const ACCEPTED: HeaderValue = HeaderValue::from_static("application/json, application/yaml, */*;q=0.1");
/// Bytes that the head of an answer may have.
const HEAD_MAX: usize = 16 * 1024;
/// Longest pause that failures lead to, unless the interval itself is longer.
const PAUSE_MAX: Duration = Duration::from_secs(5 * 60);

/// See the module.
#[derive(Debug)]
pub struct HttpLabels {
    settings: HttpSettings,
    place: String,
    size_max: usize,
    /// Of the last good document.
    etag: Option<HeaderValue>,
    latest: Option<Latest>,
    /// Spreads the servers that ask one endpoint.
    seed: RandomState,
}

impl HttpLabels {
    /// Nothing is asked yet. `size_max`: bytes that the body may have.
    pub fn new(settings: HttpSettings, size_max: usize) -> Self {
        let place = settings.url.place();
        Self { settings, place, size_max, etag: None, latest: None, seed: RandomState::new() }
    }

    async fn ask(&mut self) -> Result<Option<Vec<LabelEntry>>, LabelsUnread> {
        let Some(answer) = self.fetch().await? else { return Ok(None) };
        let mut latest = self.latest.take().unwrap_or_default();
        // Parsing takes long enough to be kept off the runtime's workers.
        let work = move || {
            let read = latest.take(&answer.body);
            (latest, read)
        };
        self.etag = None;
        let (latest, read) = spawn_blocking(work).await.map_err(|error| unread(&error))?;
        self.latest = Some(latest);
        if read.is_ok() {
            self.etag = answer.etag;
        }
        read
    }

    /// A document; none if the one that is known still stands.
    async fn fetch(&self) -> Result<Option<Answer>, LabelsUnread> {
        let wait = self.settings.timeout;
        let answer = timeout(wait, self.exchange()).await;
        answer.unwrap_or_else(|_| Err(unread(&format_args!("no whole answer within {wait:?}"))))
    }

    async fn exchange(&self) -> Result<Option<Answer>, LabelsUnread> {
        let request = self.request()?;
        let stream = TcpStream::connect(self.settings.url.host_and_port()).await.map_err(|e| unread(&e))?;
        let mut builder = http1::Builder::new();
        builder.max_buf_size(HEAD_MAX);
        let handshake = builder.handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| caused(&error))?;
        let mut asking = std::pin::pin!(async {
            let answer = sender.send_request(request).await.map_err(|error| caused(&error))?;
            self.judge(answer).await
        });
        tokio::select! {
            biased;
            answered = &mut asking => answered,
            // The connection has handed over all that it had, its error too.
            _ = connection => asking.await,
        }
    }

    fn request(&self) -> Result<Request<Empty<Bytes>>, LabelsUnread> {
        let uri = self.settings.url.as_uri();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let mut request = Request::get(path)
            .header(HOST, authority)
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, ACCEPTED)
            .header(CONNECTION, "close");
        if let Some(token) = &self.settings.token {
            request = request.header(AUTHORIZATION, token.header());
        }
        if let Some(etag) = &self.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        request.body(Empty::new()).map_err(|error| unread(&error))
    }

    async fn judge(&self, answer: Response<Incoming>) -> Result<Option<Answer>, LabelsUnread> {
        let (head, body) = answer.into_parts();
        match head.status {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if self.etag.is_some() => return Ok(None),
            status => return Err(unread(&format_args!("it answers {status}"))),
        }
        let collected = Limited::new(body, self.size_max).collect().await;
        let body = collected.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => unread(&format_args!("the answer is larger than {} bytes", self.size_max)),
            None => caused(&*error),
        })?;
        Ok(Some(Answer { body: body.to_bytes(), etag: head.headers.get(ETAG).cloned() }))
    }
}

/// A document that may be good.
struct Answer {
    body: Bytes,
    etag: Option<HeaderValue>,
}

impl LabelSource for HttpLabels {
    fn place(&self) -> &str {
        &self.place
    }

    fn read(&mut self) -> Borrowing<'_, Result<Option<Vec<LabelEntry>>, LabelsUnread>> {
        Box::pin(self.ask())
    }

    /// Twice as long for each failure up to [`PAUSE_MAX`], and up to a tenth more, so that servers drift apart.
    fn pause(&self, failures: u32) -> Duration {
        let interval = self.settings.interval;
        let longer = interval.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX));
        let pause = longer.min(PAUSE_MAX.max(interval));
        let tenths = u32::try_from(self.seed.hash_one(failures) % 100).expect("below 100");
        pause + pause * tenths / 1000
    }
}

fn unread(problem: &dyn std::fmt::Display) -> LabelsUnread {
    LabelsUnread(problem.to_string().into())
}

fn caused(error: &dyn std::error::Error) -> LabelsUnread {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    LabelsUnread(format!("{error}{source}").into())
}

#[cfg(test)]
mod tests;
