use std::sync::Arc;

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};

use super::*;
use crate::{
    contract::{self, Scene},
    settings::{BearerToken, LabelUrl},
};

const SIZE_MAX: usize = 1000;
const DOCUMENT: &str = r#"[{"address": "10.0.0.0/8", "labels": {"site": "a"}}]"#;

/// An endpoint that answers what it was told to, and keeps what it was asked.
struct Endpoint {
    port: u16,
    answer: Arc<Mutex<Answered>>,
    asked: Arc<Mutex<Vec<String>>>,
    _server: JoinSet<()>,
}

#[derive(Clone)]
enum Answered {
    Bytes(String),
    /// 304 for whoever says that it has this, else 200 with a document.
    Tagged(&'static str, String),
    Never,
}

impl Endpoint {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(Mutex::new(Answered::Bytes(head("404 Not Found", 0))));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, log) = (answer.clone(), asked.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let answer = answers.lock().clone();
                let bytes = match answer {
                    Answered::Bytes(bytes) => bytes,
                    Answered::Tagged(tag, _) if request.contains(tag) => head("304 Not Modified", 0),
                    Answered::Tagged(tag, document) => {
                        let tagged = format!("200 OK\r\nETag: {tag}");
                        head(&tagged, document.len()) + &document
                    }
                    Answered::Never => {
                        log.lock().push(request);
                        while stream.read(&mut [0]).await.is_ok_and(|length| length > 0) {} // until it gives up
                        continue;
                    }
                };
                log.lock().push(request);
                stream.write_all(bytes.as_bytes()).await.ok(); // a client may have seen enough
            }
        });
        Self { port, answer, asked, _server: server }
    }

    fn labels(&self) -> HttpLabels {
        let url = format!("http://127.0.0.1:{}/labels?env=test", self.port);
        let settings = HttpSettings {
            url: LabelUrl::parse(&url).unwrap(),
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(20),
            token: BearerToken::parse("t0ken"),
        };
        HttpLabels::new(settings, SIZE_MAX)
    }

    fn says(&self, bytes: impl Into<String>) {
        *self.answer.lock() = Answered::Bytes(bytes.into());
    }
}

impl Scene for Endpoint {
    fn put(&self, document: &str) {
        self.says(head("200 OK", document.len()) + document);
    }

    fn remove(&self) {
        self.says(head("404 Not Found", 0));
    }
}

fn head(status: &str, length: usize) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n")
}

async fn refused_as(labels: &mut HttpLabels, expected: &str) {
    let error = labels.read().await.unwrap_err().to_string();
    assert!(error.contains(expected), "{expected:?} is missing in {error:?}");
}

#[tokio::test]
async fn endpoint_keeps_the_contract_of_sources() {
    let endpoint = Endpoint::start().await;
    contract::check(&endpoint, endpoint.labels()).await;
}

#[tokio::test]
async fn request_names_path_host_and_token() {
    let endpoint = Endpoint::start().await;
    endpoint.put(DOCUMENT);
    endpoint.labels().read().await.unwrap();
    let asked = endpoint.asked.lock()[0].to_lowercase();
    assert!(asked.starts_with("get /labels?env=test http/1.1\r\n"), "{asked}");
    for header in
        [&*format!("host: 127.0.0.1:{}", endpoint.port), "authorization: bearer t0ken", "connection: close"]
    {
        assert!(asked.contains(header), "{asked}");
    }
    assert!(!asked.contains("if-none-match"), "{asked}");
    assert!(!endpoint.labels().place().contains("env"), "a query may hold a secret");
}

#[tokio::test]
async fn known_tag_is_sent_and_answered_with_nothing() {
    let endpoint = Endpoint::start().await;
    let mut labels = endpoint.labels();
    *endpoint.answer.lock() = Answered::Tagged("\"v1\"", DOCUMENT.into());
    assert!(labels.read().await.unwrap().is_some());
    assert_eq!(labels.read().await, Ok(None));
    assert!(endpoint.asked.lock()[1].to_lowercase().contains("if-none-match: \"v1\""));
    *endpoint.answer.lock() = Answered::Tagged("\"v2\"", "[]".into());
    assert_eq!(labels.read().await, Ok(Some(Vec::new())));
}

#[tokio::test]
async fn tag_of_a_bad_document_is_not_kept() {
    let endpoint = Endpoint::start().await;
    let mut labels = endpoint.labels();
    *endpoint.answer.lock() = Answered::Tagged("\"v1\"", "no list".into());
    refused_as(&mut labels, "line 1").await;
    refused_as(&mut labels, "line 1").await;
}

#[tokio::test]
async fn not_modified_that_nobody_asked_for_is_a_failure() {
    let endpoint = Endpoint::start().await;
    endpoint.says(head("304 Not Modified", 0));
    refused_as(&mut endpoint.labels(), "it answers 304").await;
}

#[tokio::test]
async fn other_answers_are_failures_that_name_themselves() {
    let endpoint = Endpoint::start().await;
    let mut labels = endpoint.labels();
    for (answer, expected) in [
        (head("500 Internal Server Error", 0), "it answers 500"),
        (head("302 Found\r\nLocation: /elsewhere", 0), "it answers 302"),
        (head("401 Unauthorized", 0), "it answers 401"),
        (head("200 OK", SIZE_MAX + 1) + &" ".repeat(SIZE_MAX + 1), "larger than 1000 bytes"),
        ("HTTP/1.1 200 OK\r\n\r\n".to_owned() + &" ".repeat(SIZE_MAX + 1), "larger than 1000 bytes"),
        (head("200 OK", 500) + "[", "end of file before message length reached"),
        (format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(2 * HEAD_MAX)), "too large"),
        ("garbage\r\n\r\n".to_owned(), "invalid HTTP"),
        (String::new(), "connection closed"),
    ] {
        endpoint.says(answer);
        refused_as(&mut labels, expected).await;
    }
}

#[tokio::test]
async fn endpoint_that_does_not_answer_is_given_up() {
    let endpoint = Endpoint::start().await;
    *endpoint.answer.lock() = Answered::Never;
    let mut labels = endpoint.labels();
    labels.settings.timeout = Duration::from_millis(50);
    refused_as(&mut labels, "no whole answer within 50ms").await;
}

#[tokio::test]
async fn absent_endpoint_is_a_failure() {
    let endpoint = Endpoint::start().await;
    let mut labels = endpoint.labels();
    drop(endpoint);
    assert!(labels.read().await.is_err());
}

#[tokio::test]
async fn pause_grows_with_failures_up_to_its_limit() {
    let endpoint = Endpoint::start().await;
    let mut labels = endpoint.labels();
    let is_near = |pause: Duration, aim: u64| {
        let aim = Duration::from_secs(aim);
        aim <= pause && pause <= aim * 11 / 10
    };
    for (failures, aim) in [(0, 10), (1, 20), (2, 40), (5, 300), (32, 300), (u32::MAX, 300)] {
        assert!(is_near(labels.pause(failures), aim), "{failures}: {:?}", labels.pause(failures));
    }
    labels.settings.interval = Duration::from_secs(3600);
    assert!(is_near(labels.pause(3), 3600));
}
