//! One request over HTTP/1.1 on a connection of its own. The status alone decides; redirects are not followed.

use std::{net::Ipv6Addr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{CONNECTION, HOST, HeaderValue, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use super::header_list;
use crate::{finding::Finding, registry::Subject};

/// What the reference's probes say they are; servers know it from their logs.
const AGENT: HeaderValue = HeaderValue::from_static("VIPServer");
/// Bytes read of an answer's body, out of politeness: who answers more finds its connection closed.
const BODY_MAX: usize = 64 * 1024;
/// Bytes that the head of an answer may have; a longer one is a failed probe.
const HEAD_MAX: usize = 16 * 1024;

/// A request that is ready to be sent.
#[derive(Debug)]
pub(super) struct HttpCheck {
    request: Request<Empty<Bytes>>,
}

impl HttpCheck {
    /// `path` is a path of the instance, whatever it looks like: a probe never leaves its target.
    pub(super) fn new(subject: &Subject, path: &str, headers: &str) -> Result<Self, Finding> {
        let slash = if path.starts_with('/') { "" } else { "/" };
        let request = Request::get(format!("{slash}{path}"))
            .header(HOST, authority(&subject.endpoint.ip, subject.port))
            .header(USER_AGENT, AGENT)
            .body(Empty::new());
        let mut request = request.map_err(|error| failed(&error))?;
        for (name, value) in header_list::parse(headers) {
            if let Some(name) = name {
                request.headers_mut().insert(name, value);
            }
        }
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        Ok(Self { request })
    }

    /// Asks, and judges the answer that comes within `wait`.
    pub(super) async fn run(self, stream: TcpStream, expected: u16, wait: Duration) -> Finding {
        // The answer's status is known before its body is read, and stands however the body fares.
        let mut status = None;
        let exchange = timeout(wait, exchange(stream, self.request, &mut status)).await;
        match (status, exchange) {
            (Some(status), _) => judge(status, expected),
            (None, Err(_)) => Finding::TimedOut,
            (None, Ok(Err(error))) => failed(&error),
            (None, Ok(Ok(()))) => Finding::Failed { reason: "no answer".into() },
        }
    }
}

async fn exchange(
    stream: TcpStream,
    request: Request<Empty<Bytes>>,
    status: &mut Option<StatusCode>,
) -> hyper::Result<()> {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_MAX);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    let mut asking = std::pin::pin!(async {
        let answer = sender.send_request(request).await?;
        *status = Some(answer.status());
        read(answer.into_body()).await;
        Ok(())
    });
    tokio::select! {
        biased;
        answered = &mut asking => answered,
        // The connection has handed over all that it had, its error too.
        _ = connection => asking.await,
    }
}

/// Reads a body so that its server sees a whole exchange; how it ends decides nothing.
async fn read(body: Incoming) {
    let mut body = Limited::new(body, BODY_MAX);
    while let Some(Ok(_)) = body.frame().await {}
}

/// (!) The reference stores the expected status, but takes only 200 (`HttpHealthCheckProcessor`, 2.5): it is honoured
/// here, and its default is 200.
fn judge(status: StatusCode, expected: u16) -> Finding {
    let number = status.as_u16();
    match status {
        _ if number == expected => Finding::Passed,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::FOUND => Finding::Unavailable { status: number },
        _ => Finding::WrongStatus { status: number },
    }
}

fn authority(host: &str, port: u16) -> String {
    if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn failed(error: &dyn std::error::Error) -> Finding {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    Finding::Failed { reason: format!("{error}{source}").into() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use navaid_core::{Endpoint, GroupName, NamespaceId, ServiceKey, ServiceName, service::HealthChecker};

    use super::*;

    fn subject(ip: &str) -> Subject {
        let name = ServiceName::parse("s").unwrap();
        let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
        Subject {
            key,
            endpoint: Endpoint { ip: ip.into(), port: 80 },
            checker: HealthChecker::None,
            port: 81,
        }
    }

    fn uri(path: &str) -> String {
        HttpCheck::new(&subject("1.1.1.1"), path, "").unwrap().request.uri().to_string()
    }

    #[test]
    fn path_never_leads_away_from_the_target() {
        assert_eq!(uri("/h?x=1"), "/h?x=1");
        assert_eq!(uri("h"), "/h");
        assert_eq!(uri(""), "/");
        assert_eq!(uri("http://elsewhere/h"), "/http://elsewhere/h");
    }

    #[test]
    fn path_that_cannot_be_asked_for_fails_the_probe() {
        let check = HttpCheck::new(&subject("1.1.1.1"), "/a b\r\n", "");
        assert!(matches!(check, Err(Finding::Failed { .. })));
    }

    #[test]
    fn headers_of_the_operator_replace_ours_but_for_framing() {
        let check = HttpCheck::new(&subject("1.1.1.1"), "/", "User-Agent:mine|Host:h|Connection:x").unwrap();
        let header = |name: &str| check.request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!([header("user-agent"), header("host"), header("connection")], ["mine", "h", "close"]);
    }

    #[test]
    fn host_of_a_probe_is_the_probed_address() {
        let host = |ip: &str| HttpCheck::new(&subject(ip), "/", "").unwrap().request.headers()[HOST].clone();
        assert_eq!(host("1.1.1.1"), "1.1.1.1:81");
        assert_eq!(host("::1"), "[::1]:81");
    }

    #[test]
    fn expected_status_passes_and_all_others_do_not() {
        let judge = |status: u16, expected| judge(StatusCode::from_u16(status).unwrap(), expected);
        assert_eq!(judge(200, 200), Finding::Passed);
        assert_eq!(judge(204, 200), Finding::WrongStatus { status: 204 });
        assert_eq!(judge(302, 200), Finding::Unavailable { status: 302 });
        assert_eq!(judge(503, 200), Finding::Unavailable { status: 503 });
        assert_eq!(judge(204, 204), Finding::Passed);
        assert_eq!(judge(503, 503), Finding::Passed);
        assert_eq!(judge(200, 204), Finding::WrongStatus { status: 200 });
    }

    #[test]
    fn failure_tells_its_cause() {
        let error = std::io::Error::other("cause");
        assert_eq!(failed(&error), Finding::Failed { reason: Arc::from("cause") });
    }
}
