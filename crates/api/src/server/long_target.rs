//! Requests whose target is longer than the HTTP library takes.
//!
//! nacos-sdk-python 1.0.0 publishes a content in the request's target, percent-encoded: megabytes of it
//! (`spec/clients-on-the-wire` B §1). hyper refuses a target beyond 65,534 bytes. So the first line of a connection is
//! looked at before hyper sees it: of a target that is too long for it, the query is kept here and cut out of the line. That
//! client opens a connection for each request; further requests of a connection are hyper's alone.
//!
//! ```text
//! socket ─▶ LongTarget ─ short line ─▶ hyper ─▶ service
//!               └─ query ─▶ Cut ───────────────────┘
//! ```

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Lines up to here are hyper's affair.
const SHORT: usize = 60 * 1024;
/// What is read at once of a long line.
const CHUNK: usize = 64 * 1024;

/// The query that was cut out of the first request of a connection, until that request takes it.
#[derive(Debug, Clone, Default)]
pub(super) struct Cut(Arc<Mutex<Option<Bytes>>>);

impl Cut {
    /// The query, once.
    pub(super) fn take(&self) -> Option<Bytes> {
        self.0.lock().take()
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct LongTarget<S> {
    io: S,
    /// Longest line in bytes.
    max: usize,
    cut: Cut,
    first_line: FirstLine,
}

#[derive(Debug)]
enum FirstLine {
    /// What was read of it.
    Reading(BytesMut),
    /// What hyper has not read yet of what was read here; empty when nothing stands between the two any more.
    Read(BytesMut),
}

impl<S> LongTarget<S> {
    pub(super) fn new(io: S, max: usize) -> Self {
        Self { io, max, cut: Cut::default(), first_line: FirstLine::Reading(BytesMut::new()) }
    }

    pub(super) fn cut(&self) -> Cut {
        self.cut.clone()
    }
}

impl<S: AsyncRead + Unpin> LongTarget<S> {
    /// Reads until it is known whether the first line is long; then that line, shortened, is what hyper reads.
    fn poll_first_line(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let FirstLine::Reading(line) = &mut self.first_line else { return Poll::Ready(Ok(())) };
        loop {
            let looked_at = line.len();
            let is_full = looked_at > self.max;
            let has_ended = if is_full { true } else { ready!(poll_more(&mut self.io, cx, line))? == 0 };
            let end = line[looked_at..].iter().position(|byte| *byte == b'\n').map(|at| looked_at + at);
            let is_short = end.is_some_and(|end| end <= SHORT) || end.is_none() && !may_be_long(line);
            if is_short || has_ended {
                break;
            }
            if let Some(end) = end {
                if let Some(query) = shorten(line, end) {
                    *self.cut.0.lock() = Some(query);
                }
                break;
            }
        }
        self.first_line = FirstLine::Read(std::mem::take(line));
        Poll::Ready(Ok(()))
    }
}

/// Whether this is the beginning of a line of HTTP/1 that could turn out long: one with a query. What begins otherwise, the
/// preface of HTTP/2 as well, is handed on at once.
fn may_be_long(line: &[u8]) -> bool {
    let methods: [&[u8]; 4] = [b"POST /", b"PUT /", b"GET /", b"DELETE /"];
    methods.iter().any(|method| method.starts_with(&line[..line.len().min(method.len())]))
        && (line.len() < SHORT || line.contains(&b'?'))
}

/// Cuts the query out of a line, `METHOD PATH?QUERY VERSION`.
fn shorten(line: &mut BytesMut, end: usize) -> Option<Bytes> {
    let query_at = line[..end].iter().position(|byte| *byte == b'?')?;
    let query_end = query_at + line[query_at..end].iter().position(|byte| *byte == b' ')?;
    let rest = line.split_off(query_end);
    let mut query = line.split_off(query_at);
    line.unsplit(rest);
    query.advance(1);
    Some(query.freeze())
}

/// Reads what there is; how much that was.
fn poll_more(
    io: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
    into: &mut BytesMut,
) -> Poll<io::Result<usize>> {
    let before = into.len();
    into.resize(before + if before < SHORT { 8 * 1024 } else { CHUNK }, 0);
    let mut buffer = ReadBuf::new(&mut into[before..]);
    let polled = Pin::new(io).poll_read(cx, &mut buffer);
    let read = buffer.filled().len();
    into.truncate(before + read);
    ready!(polled)?;
    Poll::Ready(Ok(read))
}

impl<S: AsyncRead + Unpin> AsyncRead for LongTarget<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_first_line(cx))?;
        match &mut this.first_line {
            FirstLine::Read(read) if read.has_remaining() => {
                let count = read.remaining().min(buffer.remaining());
                buffer.put_slice(&read.split_to(count));
                if read.is_empty() {
                    *read = BytesMut::new(); // lets go of a long line
                }
                Poll::Ready(Ok(()))
            }
            FirstLine::Read(_) | FirstLine::Reading(_) => Pin::new(&mut this.io).poll_read(cx, buffer),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for LongTarget<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, pieces)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt;

    use super::*;

    const MAX: usize = 1024 * 1024;

    /// What hyper reads of these bytes, given in these pieces, and the query that was cut out.
    async fn read(pieces: &[&[u8]]) -> (Vec<u8>, Option<Bytes>) {
        let mut mock = tokio_test_io(pieces);
        let mut io = LongTarget::new(&mut mock, MAX);
        let mut read = Vec::new();
        io.read_to_end(&mut read).await.unwrap();
        (read, io.cut().take())
    }

    /// A reader that gives one piece at a time.
    fn tokio_test_io(pieces: &[&[u8]]) -> impl AsyncRead + Unpin + use<> {
        let pieces: Vec<io::Result<Bytes>> =
            pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        tokio_util::io::StreamReader::new(tokio_stream::iter(pieces))
    }

    #[tokio::test]
    async fn query_of_a_long_line_is_cut_out_and_kept() {
        let query = format!("dataId=a&content={}", "%20".repeat(100_000));
        let request = format!("POST /nacos/v1/cs/configs?{query} HTTP/1.1\r\nHost: a\r\n\r\nbody");
        for size in [7, 4096, request.len()] {
            let pieces: Vec<_> = request.as_bytes().chunks(size).collect();
            let (seen, cut) = read(&pieces).await;
            assert_eq!(
                String::from_utf8(seen).unwrap(),
                "POST /nacos/v1/cs/configs HTTP/1.1\r\nHost: a\r\n\r\nbody"
            );
            assert_eq!(cut.unwrap(), query);
        }
    }

    #[tokio::test]
    async fn line_beyond_the_limit_is_left_to_hyper() {
        let request = format!("POST /a?{} HTTP/1.1\r\n\r\n", "x".repeat(MAX + CHUNK));
        let (seen, cut) = read(&[request.as_bytes()]).await;
        assert_eq!((seen, cut), (request.into_bytes(), None));
    }

    #[tokio::test]
    async fn only_the_first_request_is_looked_at() {
        let request = format!("GET /a?b HTTP/1.1\r\n\r\nGET /a?{} HTTP/1.1\r\n\r\n", "x".repeat(2 * SHORT));
        let (seen, cut) = read(&[request.as_bytes()]).await;
        assert_eq!((seen, cut), (request.into_bytes(), None));
    }

    #[tokio::test]
    async fn what_is_no_request_with_a_query_passes_at_once() {
        for bytes in ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", "\n", "P", "HEAD / HTTP/1.1\r\n\r\n"] {
            let (seen, cut) = read(&[bytes.as_bytes()]).await;
            assert_eq!((String::from_utf8(seen).unwrap().as_str(), cut), (bytes, None));
        }
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "p".repeat(2 * SHORT));
        assert_eq!(read(&[long.as_bytes()]).await, (long.into_bytes(), None));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_whatever_comes(bytes in proptest::collection::vec(any::<u8>(), 0..200), size in 1_usize..50) {
            let pieces: Vec<_> = bytes.chunks(size).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (seen, cut) = runtime.block_on(read(&pieces));
            prop_assert_eq!((seen, cut), (bytes, None));
        }
    }
}
