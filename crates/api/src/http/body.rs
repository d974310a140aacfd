//! Reads the body of a request within its limits: size, and the client's pauses.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::failure::Failure;

/// The whole body. Its pieces are copied together as they come: a client may send one byte at a time, and a list of
/// such pieces would be many times as large as the body.
///
/// # Errors
/// The body is larger than `limit` bytes, the client pauses for longer than `pause`, or the connection fails.
pub(super) async fn read<B>(body: B, limit: usize, pause: Duration) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static> + Unpin,
{
    let mut body = Limited::new(body, limit);
    let mut whole = BytesMut::new();
    loop {
        let next = timeout(pause, body.frame()).await.map_err(|_| paused(pause))?;
        let Some(frame) = next else { return Ok(whole.freeze()) };
        let frame = frame.map_err(|error| match error.is::<LengthLimitError>() {
            true => Failure::TooLarge { limit },
            false => Failure::illegal(format!("cannot read the request body: {error}")),
        })?;
        let Ok(piece) = frame.into_data() else { continue };
        if whole.is_empty() && body.is_end_stream() {
            return Ok(piece);
        }
        whole.extend_from_slice(&piece);
    }
}

fn paused(pause: Duration) -> Failure {
    let message = format!("the request body did not go on for {} s", pause.as_secs());
    Failure::Filtered { status: StatusCode::REQUEST_TIMEOUT, message }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body::Frame;
    use http_body_util::{Full, StreamBody};
    use tokio_stream::StreamExt;

    use super::*;

    const LIMIT: usize = 4;

    fn check<B>(body: B, expected: Result<&str, Failure>)
    where
        B: Body<Data = Bytes, Error = Infallible> + Unpin,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let found = runtime.block_on(read(body, LIMIT, Duration::from_millis(1)));
        assert_eq!(found, expected.map(|text| Bytes::from(text.to_owned())));
    }

    fn pieces(
        texts: &'static [&'static str],
    ) -> impl tokio_stream::Stream<Item = Result<Frame<Bytes>, Infallible>> {
        tokio_stream::iter(texts.iter().map(|text| Ok(Frame::data(Bytes::from_static(text.as_bytes())))))
    }

    #[test]
    fn body_in_one_piece_or_several_is_read() {
        check(Full::from("abcd"), Ok("abcd"));
        check(Full::from(""), Ok(""));
        check(StreamBody::new(pieces(&["a", "", "bc", "d"])), Ok("abcd"));
    }

    #[test]
    fn body_over_the_limit_is_refused() {
        check(Full::from("abcde"), Err(Failure::TooLarge { limit: LIMIT }));
        check(StreamBody::new(pieces(&["abc", "de"])), Err(Failure::TooLarge { limit: LIMIT }));
    }

    #[test]
    fn body_that_does_not_go_on_is_given_up() {
        let stalls = pieces(&["a"]).chain(tokio_stream::pending());
        check(StreamBody::new(stalls), Err(paused(Duration::from_millis(1))));
    }
}
