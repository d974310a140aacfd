//! Compare-and-set under concurrency, with writers of every protocol on one item (`spec/config-semantics` §6.2): just the
//! accepted publishes form its history, in the order in which each replaced the one before.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use conformance::{Ports, Server, binary};
use durability::{GrpcClient, HttpClient, Pairs, Pushes};
use hyper::Method;
use md5::{Digest, Md5};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const WRITERS: usize = 64;
const ATTEMPTS: usize = 10_000;
/// Items whose first publisher is raced for.
const FIRSTS: usize = 20;
/// Rows of a page of history; a small part of the whole.
const PAGE: usize = 50;
/// So many must be accepted for the test to tell anything.
const ACCEPTED_MIN: usize = 16;
const HISTORY_PATH: &str = "/nacos/v1/cs/history";
const CONFLICT: &str = "Cas publish fail, server md5 may have changed.";

/// Tests of one process run at once.
static PORTS: LazyLock<Ports> = LazyLock::new(Ports::default);

/// How a writer speaks.
enum Road {
    V1(HttpClient),
    V3(HttpClient),
    /// With its stream, because a client without one is none.
    Grpc {
        client: GrpcClient,
        _stream: Pushes,
    },
}

impl Road {
    /// Every third writer takes the same road.
    async fn open(number: usize, port: u16) -> Result<Self> {
        Ok(match number % 3 {
            0 => Self::V1(HttpClient::connect(port).await?),
            1 => Self::V3(HttpClient::connect(port).await?),
            _ => {
                let (client, _stream) = GrpcClient::register(port, "config").await?;
                Self::Grpc { client, _stream }
            }
        })
    }

    /// Publishes if the stored content has that md5; whether it was accepted.
    ///
    /// # Errors
    /// Any answer but the two.
    async fn publish(&mut self, data_id: &str, content: &str, cas_md5: &str) -> Result<bool> {
        let header: &Pairs<'_> = &[("casMd5", cas_md5)];
        match self {
            Self::V1(http) => {
                let item: &Pairs<'_> = &[("dataId", data_id), ("group", "G"), ("content", content)];
                let answer = http.call_with(Method::POST, "/nacos/v1/cs/configs", item, header).await?;
                told(answer.status == 200 && answer.body == "true", answer.status == 500, &answer.body)
            }
            Self::V3(http) => {
                let item: &Pairs<'_> = &[("dataId", data_id), ("groupName", "G"), ("content", content)];
                let answer = http.call_with(Method::POST, "/nacos/v3/admin/cs/config", item, header).await?;
                let code = answer.json()?["code"].clone();
                told(answer.status == 200 && code == 0, code == 20_005, &answer.body)
            }
            Self::Grpc { client, .. } => {
                let request = json!({"dataId": data_id, "group": "G", "content": content, "casMd5": cas_md5});
                let answer = client.call("ConfigPublishRequest", &request).await?;
                told(answer.is_success(), answer.body["resultCode"] == 500, &answer.body.to_string())
            }
        }
    }
}

fn told(is_accepted: bool, is_refused: bool, body: &str) -> Result<bool> {
    if is_accepted {
        return Ok(true);
    }
    ensure!(is_refused && body.contains(CONFLICT), "answered {body}");
    Ok(false)
}

fn md5_of(content: &str) -> String {
    Md5::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One publish that was accepted.
struct Accepted {
    replaced: String,
    content: String,
}

/// What the writers know together: the md5 that was accepted last as far as anybody has heard.
struct Board {
    newest: Mutex<String>,
    attempts: AtomicUsize,
}

async fn write(number: usize, mut road: Road, board: Arc<Board>) -> Result<Vec<Accepted>> {
    let mut accepted = Vec::new();
    loop {
        let attempt = board.attempts.fetch_add(1, Ordering::Relaxed);
        if attempt >= ATTEMPTS {
            return Ok(accepted);
        }
        let replaced = board.newest.lock().clone();
        let content = format!("attempt {attempt} of writer {number}");
        if road.publish("raced", &content, &replaced).await? {
            *board.newest.lock() = md5_of(&content);
            accepted.push(Accepted { replaced, content });
        }
    }
}

/// Follows the accepted publishes from the first content, and fails where two replaced the same or one is left over.
fn chain(first: &str, accepted: Vec<Accepted>) -> Result<Vec<String>> {
    let (total, mut next) = (accepted.len(), HashMap::new());
    for Accepted { replaced, content } in accepted {
        if let Some(other) = next.insert(replaced, content.clone()) {
            bail!("{other:?} and {content:?} replaced the same content");
        }
    }
    let mut contents = vec![first.to_owned()];
    while let Some(content) = next.remove(&md5_of(&contents[contents.len() - 1])) {
        contents.push(content);
    }
    ensure!(contents.len() == total + 1, "{} of {total} accepted publishes replaced nothing", next.len());
    Ok(contents)
}

/// Kind and content of every history row of an item, oldest first, over all pages.
async fn history(http: &mut HttpClient, data_id: &str) -> Result<Vec<(String, String)>> {
    let (mut ids, size) = (Vec::new(), PAGE.to_string());
    for page in 1.. {
        let page = page.to_string();
        let ask: &Pairs<'_> = &[
            ("search", "accurate"),
            ("dataId", data_id),
            ("group", "G"),
            ("pageNo", &page),
            ("pageSize", &size),
        ];
        let answer = http.call(Method::GET, HISTORY_PATH, ask).await?.success()?.json()?;
        let rows = answer["pageItems"].as_array().context("a list of rows")?;
        ids.extend(rows.iter().map(|row| text(&row["id"])));
        if rows.len() < PAGE {
            ensure!(answer["totalCount"] == ids.len(), "{} rows of {}", ids.len(), answer["totalCount"]);
            break;
        }
    }
    let mut rows = Vec::new();
    for id in ids.iter().rev() {
        // Lists have no contents.
        let ask: &Pairs<'_> = &[("nid", id), ("dataId", data_id), ("group", "G")];
        let row = http.call(Method::GET, HISTORY_PATH, ask).await?.success()?.json()?;
        ensure!(text(&row["md5"]) == md5_of(&text(&row["content"])), "the digest of {row}");
        rows.push((text(&row["opType"]), text(&row["content"])));
    }
    Ok(rows)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

async fn content(http: &mut HttpClient, data_id: &str) -> Result<String> {
    let item: &Pairs<'_> = &[("dataId", data_id), ("group", "G")];
    Ok(http.call(Method::GET, "/nacos/v1/cs/configs", item).await?.success()?.body)
}

fn run(test: impl Future<Output = Result<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test).unwrap_or_else(|error| panic!("{error:?}"));
}

#[test]
fn accepted_publishes_of_many_writers_form_the_history_in_order() {
    run(async {
        let mut server = Server::start_with(&binary()?, &PORTS, &[]).await?;
        let port = server.target().port;
        let mut http = HttpClient::connect(port).await?;
        let first = "the first content";
        assert!(Road::open(0, port).await?.publish("raced", first, "").await?);
        let board = Arc::new(Board { newest: Mutex::new(md5_of(first)), attempts: AtomicUsize::new(0) });
        let (mut writers, began) = (JoinSet::new(), Instant::now());
        for number in 0..WRITERS {
            writers.spawn(write(number, Road::open(number, port).await?, Arc::clone(&board)));
        }
        let (mut accepted, mut winners) = (Vec::new(), 0);
        while let Some(ended) = writers.join_next().await {
            let won = ended??;
            winners += usize::from(!won.is_empty());
            accepted.extend(won);
        }
        println!("{} of {ATTEMPTS} accepted, of {winners} writers, in {:?}", accepted.len(), began.elapsed());
        let contents = chain(first, accepted)?;
        assert!(contents.len() > ACCEPTED_MIN, "too few were accepted to tell anything: {}", contents.len());
        assert_eq!(content(&mut http, "raced").await?, contents[contents.len() - 1]);
        // The first row has what was inserted; each update has the content that it replaced.
        let inserted = ("I".to_owned(), first.to_owned());
        let replaced = contents[..contents.len() - 1].iter().map(|content| ("U".to_owned(), content.clone()));
        let expected: Vec<_> = [inserted].into_iter().chain(replaced).collect();
        let found = history(&mut http, "raced").await?;
        let differs = found.iter().zip(&expected).position(|(found, expected)| found != expected);
        assert_eq!((found.len(), differs), (expected.len(), None));
        let faults = server.faults();
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        Ok(())
    });
}

/// An item that is absent is inserted whatever the condition says, and of several first publishers one wins.
#[test]
fn one_of_many_first_publishers_wins() {
    run(async {
        let mut server = Server::start_with(&binary()?, &PORTS, &[]).await?;
        let port = server.target().port;
        let mut http = HttpClient::connect(port).await?;
        let mut roads = Vec::new();
        for number in 0..WRITERS {
            roads.push((number, Road::open(number, port).await?));
        }
        for item in 0..FIRSTS {
            let data_id = format!("first-{item}");
            let mut publishers = JoinSet::new();
            for (number, mut road) in roads.drain(..) {
                let data_id = data_id.clone();
                publishers.spawn(async move {
                    let content = format!("of writer {number}");
                    let won = road.publish(&data_id, &content, &md5_of("never published")).await?;
                    anyhow::Ok((number, road, won.then_some(content)))
                });
            }
            let mut winners = Vec::new();
            while let Some(published) = publishers.join_next().await {
                let (number, road, won) = published??;
                winners.extend(won);
                roads.push((number, road));
            }
            let [winner] = &winners[..] else { bail!("{data_id} was won by {winners:?}") };
            assert_eq!(&content(&mut http, &data_id).await?, winner);
            assert_eq!(history(&mut http, &data_id).await?, [("I".to_owned(), winner.clone())]);
        }
        let faults = server.faults();
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        Ok(())
    });
}
