//! Probes against real listeners of this machine.

use navaid_core::{Endpoint, GroupName, NamespaceId, ServiceKey, ServiceName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
    task::JoinSet,
    time::Instant,
};

use super::*;

fn subject(ip: &str, port: u16, checker: HealthChecker) -> Subject {
    let name = ServiceName::parse("s").unwrap();
    let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
    Subject { key, endpoint: Endpoint { ip: ip.into(), port }, checker, port }
}

/// Patient enough for a busy machine.
fn prober() -> Prober {
    Prober { wait: Duration::from_secs(20), ..Prober::default() }
}

fn http(path: &str, headers: &str) -> HealthChecker {
    HealthChecker::Http { path: path.into(), headers: headers.into(), expected_code: 200 }
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A port that was free a moment ago.
async fn closed_port() -> u16 {
    listen().await.1
}

/// A server of one answer, and the requests that it got. Keeps the connection open when it has answered.
struct Canned {
    port: u16,
    requests: mpsc::Receiver<String>,
    _server: JoinSet<()>,
}

impl Canned {
    async fn new(answer: &'static [u8]) -> Self {
        let (listener, port) = listen().await;
        let (sender, requests) = mpsc::channel(8);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut open = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                sender.send(String::from_utf8(request).unwrap()).await.unwrap();
                stream.write_all(answer).await.unwrap();
                open.push(stream);
            }
        });
        Self { port, requests, _server: server }
    }

    async fn probe(&self, checker: HealthChecker) -> Finding {
        self.probe_within(prober().wait, checker).await
    }

    async fn probe_within(&self, wait: Duration, checker: HealthChecker) -> Finding {
        Prober { wait, ..Prober::default() }.probe(&subject("127.0.0.1", self.port, checker)).await
    }
}

#[tokio::test]
async fn tcp_probe_tells_an_open_port_from_a_closed_one() {
    let (_listener, open) = listen().await;
    let probe = async |port| prober().probe(&subject("127.0.0.1", port, HealthChecker::Tcp)).await;
    assert_eq!(probe(open).await, Finding::Passed);
    assert_eq!(probe(closed_port().await).await, Finding::Refused);
}

#[tokio::test]
async fn tcp_probe_reaches_an_instance_that_is_registered_by_name() {
    let listener = TcpListener::bind(("localhost", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    assert_eq!(prober().probe(&subject("localhost", port, HealthChecker::Tcp)).await, Finding::Passed);
}

#[tokio::test]
async fn http_probe_of_a_closed_port_is_refused() {
    let subject = subject("127.0.0.1", closed_port().await, http("/", ""));
    assert_eq!(prober().probe(&subject).await, Finding::Refused);
}

#[tokio::test]
async fn http_probe_judges_by_the_status() {
    let check = async |answer: &'static str, expected| {
        let server = Canned::new(answer.as_bytes()).await;
        assert_eq!(server.probe(http("/", "")).await, expected, "after {answer:?}");
    };
    check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Finding::Passed).await;
    check("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", Finding::WrongStatus { status: 404 }).await;
    check("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", Finding::Unavailable { status: 503 }).await;
    // Nobody is there: a redirect that were followed would be refused.
    check(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        Finding::Unavailable { status: 302 },
    )
    .await;
}

#[tokio::test]
async fn http_probe_passes_on_the_status_although_the_body_never_ends() {
    let server = Canned::new(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nno more").await;
    let wait = Duration::from_secs(3);
    assert_eq!(server.probe_within(wait, http("/", "")).await, Finding::Passed);
}

#[tokio::test]
async fn http_probe_of_a_silent_server_times_out() {
    let server = Canned::new(b"").await;
    let started = Instant::now();
    assert_eq!(server.probe_within(WAIT, http("/", "")).await, Finding::TimedOut);
    assert!(started.elapsed() >= WAIT);
}

#[tokio::test]
async fn http_probe_of_what_is_not_http_fails() {
    let server = Canned::new(b"SSH-2.0-OpenSSH\r\n\r\n").await;
    assert!(matches!(server.probe(http("/", "")).await, Finding::Failed { .. }));
}

#[tokio::test]
async fn http_probe_gives_up_on_a_head_without_end() {
    let answer = Box::leak(format!("HTTP/1.1 200 OK\r\nA: {}", "a".repeat(1 << 17)).into_boxed_str());
    let server = Canned::new(answer.as_bytes()).await;
    assert!(matches!(server.probe(http("/", "")).await, Finding::Failed { .. }));
}

#[tokio::test]
async fn http_probe_sends_path_agent_and_the_operators_headers() {
    let mut server = Canned::new(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    server.probe(http("/h?x=1", "X-A:b|X-C:d|broken")).await;
    let request = server.requests.recv().await.unwrap();
    assert!(request.starts_with("GET /h?x=1 HTTP/1.1\r\n"), "{request}");
    let host = format!("host: 127.0.0.1:{}\r\n", server.port);
    for header in ["user-agent: VIPServer\r\n", "x-a: b\r\n", "x-c: d\r\n", &host] {
        assert!(request.contains(header), "{header} in {request}");
    }
}
