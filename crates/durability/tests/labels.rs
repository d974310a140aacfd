//! Location-aware choice, from the labels' source to the subscriber (`spec/naming-semantics` §5.5): a label selector
//! sees new labels within seconds, and never loses the good ones to a source that fails.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use conformance::{Ports, Server, binary};
use durability::{GrpcClient, HttpClient, Pairs, Pushes};
use hyper::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// A change counts within a few seconds; a busy machine may need more.
const DEADLINE: Duration = Duration::from_secs(30);
const INTERVAL: Duration = Duration::from_millis(50);
const SELECTOR: &str = r#"{"type":"label","expression":"CONSUMER.label.site = PROVIDER.label.site"}"#;
/// The providers of the service, and a consumer at the address that the test clients claim.
const PROVIDERS: [&str; 2] = ["10.1.0.1", "10.2.0.1"];
const CONSUMER: &str = "127.0.0.1";
const STRANGER: &str = "192.0.2.1";

/// Tests of one process run at once.
static PORTS: LazyLock<Ports> = LazyLock::new(Ports::default);

/// Labels that put the consumer on a site; one provider is on site a, the other on site b.
fn labels(consumer_site: &str) -> String {
    format!(
        "- address: {CONSUMER}\n  labels: {{site: {consumer_site}}}\n\
         - address: 10.1.0.0/16\n  labels: {{site: a}}\n\
         - address: 10.2.0.0/16\n  labels: {{site: b}}\n"
    )
}

/// A file of labels that is exchanged as editors and volumes do it: at once.
struct LabelFile(TempDir);

impl LabelFile {
    fn new(text: &str) -> Result<Self> {
        let file = Self(TempDir::with_prefix("navaid-labels-")?);
        file.write(text)?;
        Ok(file)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("labels.yaml")
    }

    fn write(&self, text: &str) -> Result<()> {
        let next = self.0.path().join("next");
        fs::write(&next, text)?;
        fs::rename(next, self.path()).context("exchange the file")
    }
}

/// A server with a service that chooses by site, and a subscriber of it.
struct Bed {
    server: Server,
    http: HttpClient,
    _grpc: GrpcClient,
    pushes: Pushes,
    first: Vec<String>,
}

impl Bed {
    async fn start(settings: &Pairs<'_>) -> Result<Self> {
        let server = Server::start_with(&binary()?, &PORTS, settings).await?;
        let port = server.target().port;
        let mut http = HttpClient::connect(port).await?;
        let create: &Pairs<'_> = &[("serviceName", "s"), ("ephemeral", "true"), ("selector", SELECTOR)];
        http.call(Method::POST, "/nacos/v2/ns/service", create).await?.success()?;
        let (mut grpc, pushes) = GrpcClient::register(port, "naming").await?;
        let instances: Vec<_> = PROVIDERS.iter().map(|ip| json!({"ip": ip, "port": 80})).collect();
        let batch = json!({"serviceName": "s", "type": "batchRegisterInstance", "instances": instances});
        grpc.call("BatchInstanceRequest", &batch).await?.success()?;
        let answer =
            grpc.call("SubscribeServiceRequest", &json!({"serviceName": "s", "subscribe": true})).await?;
        let first = ips(&answer.success()?.body["serviceInfo"]);
        Ok(Self { server, http, _grpc: grpc, pushes, first })
    }

    /// What a list shows to a consumer.
    async fn listed(&mut self, consumer: &str) -> Result<Vec<String>> {
        let ask: &Pairs<'_> = &[("serviceName", "s"), ("clientIP", consumer)];
        let answer = self.http.call(Method::GET, "/nacos/v1/ns/instance/list", ask).await?;
        Ok(ips(&answer.success()?.json()?))
    }

    async fn label(&mut self, entry: &str) -> Result<String> {
        let ask: &Pairs<'_> = &[("entry", entry), ("label", "site")];
        Ok(self.http.call(Method::GET, "/nacos/v1/cmdb/ops/label", ask).await?.success()?.body)
    }

    /// Waits until the subscriber is pushed just these.
    async fn pushed(&mut self, expected: &[&str]) -> Result<()> {
        loop {
            let (_, push) = self.pushes.next().await.with_context(|| format!("no push of {expected:?}"))?;
            if ips(&push["serviceInfo"]) == expected {
                return Ok(());
            }
        }
    }

    async fn logged(&self, text: &str) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        while !self.server.log_tail().contains(text) {
            ensure!(Instant::now() < deadline, "{text:?} is not logged:\n{}", self.server.log_tail());
            sleep(INTERVAL).await;
        }
        Ok(())
    }

    fn end(mut self) -> Result<()> {
        let faults = self.server.faults();
        ensure!(faults.is_empty(), "{faults:?}");
        Ok(())
    }
}

fn ips(service: &Value) -> Vec<String> {
    let hosts = service["hosts"].as_array().cloned().unwrap_or_default();
    let ip = |host: &Value| host["ip"].as_str().unwrap_or_default().to_owned();
    hosts.iter().map(ip).collect()
}

fn run(test: impl Future<Output = Result<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test).unwrap_or_else(|error| panic!("{error:?}"));
}

#[test]
fn consumer_with_a_site_sees_the_provider_of_that_site_and_a_stranger_all() {
    run(async {
        let file = LabelFile::new(&labels("a"))?;
        let mut bed = Bed::start(&[("navaid.naming.labels.file", &file.path().to_string_lossy())]).await?;
        assert_eq!(bed.first, [PROVIDERS[0]], "labels are known before the ports open");
        assert_eq!(bed.listed(CONSUMER).await?, [PROVIDERS[0]]);
        assert_eq!(bed.listed(STRANGER).await?, PROVIDERS);
        assert_eq!([bed.label("10.2.3.4").await?, bed.label(STRANGER).await?], ["b", ""]);
        bed.end()
    });
}

#[test]
fn exchanged_file_is_pushed_and_a_broken_one_takes_nothing_away() {
    run(async {
        let file = LabelFile::new(&labels("a"))?;
        let mut bed = Bed::start(&[("navaid.naming.labels.file", &file.path().to_string_lossy())]).await?;
        let began = Instant::now();
        file.write(&labels("b"))?;
        bed.pushed(&[PROVIDERS[1]]).await?;
        println!("pushed after {:?}", began.elapsed());
        assert_eq!(bed.listed(CONSUMER).await?, [PROVIDERS[1]]);
        file.write("- address: 127.0.0.1\n  labels: {site: a}\n- address: 10.1.0.0/99\n  labels: {}\n")?;
        bed.logged("line 3: address \"10.1.0.0/99\" is no IP address").await?;
        assert!(bed.server.log_tail().contains("labels.yaml"), "{}", bed.server.log_tail());
        assert_eq!(bed.listed(CONSUMER).await?, [PROVIDERS[1]]);
        fs::remove_file(file.path())?;
        bed.logged("No such file").await?;
        assert_eq!(bed.listed(CONSUMER).await?, [PROVIDERS[1]]);
        file.write(&labels("a"))?;
        bed.pushed(&[PROVIDERS[0]]).await?;
        bed.logged("labels can be read again").await?;
        bed.end()
    });
}

#[test]
fn server_starts_with_a_broken_file_and_takes_it_once_it_is_good() {
    run(async {
        let file = LabelFile::new("")?;
        let mut bed = Bed::start(&[("navaid.naming.labels.file", &file.path().to_string_lossy())]).await?;
        assert_eq!(bed.first, PROVIDERS);
        bed.logged("it is empty; write [] for no labels").await?;
        file.write(&labels("b"))?;
        bed.pushed(&[PROVIDERS[1]]).await?;
        bed.end()
    });
}

/// Answers its first requests with labels, each new one with other ones, and after the last one with an error.
async fn endpoint(documents: Vec<String>) -> Result<(u16, JoinSet<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut documents = documents.into_iter();
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut request, mut length) = ([0; 4096], 0);
            while !request[..length].ends_with(b"\r\n\r\n") {
                match stream.read(&mut request[length..]).await {
                    Ok(0) | Err(_) => break,
                    Ok(more) => length += more,
                }
            }
            let (status, body) = match documents.next() {
                Some(document) => ("200 OK", document),
                None => ("500 Internal Server Error", String::new()),
            };
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.ok(); // the server may be gone
        }
    });
    Ok((port, server))
}

#[test]
fn labels_of_an_endpoint_are_followed_and_outlive_it() {
    run(async {
        let (port, _endpoint) = endpoint(vec![labels("a"), labels("b")]).await?;
        let url = format!("http://127.0.0.1:{port}/labels?key=hunter2");
        let settings = [
            ("navaid.naming.labels.url", &*url),
            ("navaid.naming.labels.interval", "2s"),
            ("navaid.naming.labels.token", "hunter2"),
        ];
        let mut bed = Bed::start(&settings).await?;
        bed.pushed(&[PROVIDERS[1]]).await?;
        bed.logged("it answers 500").await?;
        assert_eq!(bed.listed(CONSUMER).await?, [PROVIDERS[1]]);
        assert!(!bed.server.log_tail().contains("hunter2"), "{}", bed.server.log_tail());
        bed.end()
    });
}

#[test]
fn selector_is_accepted_or_refused_in_the_words_of_each_generation() {
    run(async {
        let mut bed = Bed::start(&[]).await?;
        let crossed = r#"{"type":"label","expression":"CONSUMER.label.a = PROVIDER.label.b"}"#;
        let expression = "Selector parses failed: parse expression failed!";
        let kind = "not match any type of selector!";
        for (path, number) in
            [("/nacos/v1/ns/service", 1), ("/nacos/v2/ns/service", 2), ("/nacos/v3/admin/ns/service", 3)]
        {
            let name = format!("v{number}");
            let http = &mut bed.http;
            let mut create = async |selector: &str| {
                let pairs: &Pairs<'_> = &[("serviceName", &name), ("selector", selector)];
                http.call(Method::POST, path, pairs).await
            };
            let refused =
                [(create(crossed).await?, 500, expression), (create(r#"{"type":"foo"}"#).await?, 400, kind)];
            for (answer, status, text) in refused {
                assert_eq!(answer.status, status, "{path}: {}", answer.body);
                match number {
                    1 => assert_eq!(answer.body, text, "{path}"),
                    _ => assert_eq!(answer.json()?["data"], text, "{path}: {}", answer.body),
                }
                if status == 400 && number > 1 {
                    assert_eq!(answer.json()?["code"], 21006, "{path}");
                }
            }
            create(SELECTOR).await?.success()?;
        }
        bed.end()
    });
}
