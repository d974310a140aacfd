//! The few HTTP calls that the runner makes, as a client of the simplest kind.
//!
//! HTTP/1.0 on purpose: one connection per call, and an answer that is never chunked.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

/// An answer that takes longer is a failure of the server.
const CALL_TIME: Duration = Duration::from_secs(10);
/// No answer that the script asks for comes near this size, in bytes.
const ANSWER_MAX: u64 = 1024 * 1024;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header, whose name is to be given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Calls `method path` on the local `port` with the parameters in the query and an empty body.
pub(crate) fn call(port: u16, method: &str, path: &str, parameters: &[(&str, &str)]) -> Result<Answer> {
    exchange(port, method, path, parameters).with_context(|| format!("{method} {path}"))
}

fn exchange(port: u16, method: &str, path: &str, parameters: &[(&str, &str)]) -> Result<Answer> {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), CALL_TIME)?;
    stream.set_read_timeout(Some(CALL_TIME))?;
    stream.set_write_timeout(Some(CALL_TIME))?;
    let head =
        format!("{method} {path}?{query} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    let mut bytes = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut bytes)?;
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Answer> {
    let text = std::str::from_utf8(bytes).context("an answer in UTF-8")?;
    let (head, body) = text.split_once("\r\n\r\n").with_context(|| format!("an HTTP answer in {text:?}"))?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.with_context(|| format!("a status line in {head:?}"))?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_with_body_is_taken_apart() {
        let answer = parse("HTTP/1.0 404 Not Found\r\ncontent-length: 3\r\n\r\né!".as_bytes()).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (404, "é!"));
        assert_eq!((answer.header("content-length"), answer.header("nothing")), (Some("3"), None));
    }

    #[test]
    fn answer_without_a_status_is_an_error() {
        assert!(parse(b"").is_err());
        assert!(parse(b"SSH-2.0-x\r\n\r\n").is_err());
    }
}
