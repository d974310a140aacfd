//! Clients that mean well: one that publishes in the target of its request, and one that repeats what is refused.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use durability::HttpClient;
use http_body_util::Full;
use hyper::{Method, Request};
use tokio::task::JoinSet;

use crate::subject::{check, exchange};

const ITEM_PATH: &str = "/nacos/v1/cs/configs";
/// How long a client repeats.
const STORM: Duration = Duration::from_secs(4);
/// Connections of such a client.
const CONNECTIONS: usize = 4;
/// Answers that all of them together may get in that time: two quick ones each, then one a second, and some room.
const ANSWERS_MAX: usize = 60;

/// nacos-sdk-python 1.0.0 publishes so (`spec/clients-on-the-wire` B §2).
#[test]
fn content_of_more_than_a_mebibyte_is_published_in_the_target() {
    check(async |subject| {
        let content = "\u{4e2d}%".repeat(110_000);
        let encoded = "%E4%B8%AD%25".repeat(110_000);
        ensure!(encoded.len() > 1024 * 1024);
        let request = format!(
            "POST {ITEM_PATH}?dataId=long&group=g&content={encoded} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\
             connection: close\r\n\r\n"
        );
        let answer = exchange(subject.port(), request.as_bytes()).await?;
        ensure!(answer.as_ref().is_some_and(|answer| answer.status == 200), "answered {answer:?}");
        let mut http = HttpClient::connect(subject.port()).await?;
        let read = http.call(Method::GET, ITEM_PATH, &[("dataId", "long"), ("group", "g")]).await?;
        ensure!(read.body == content, "read {} bytes", read.body.len());
        Ok(())
    });
}

/// Node's configuration client repeats a refused call without a pause until an answer is slow
/// (`spec/clients-on-the-wire` B §3).
#[test]
fn refused_call_that_is_repeated_without_a_pause_is_held_and_no_other_is() {
    check(async |subject| {
        let port = subject.port();
        let mut http = HttpClient::connect(port).await?;
        let item = [("dataId", "refused"), ("group", "g")];
        http.call(Method::POST, ITEM_PATH, &[item[0], item[1], ("content", "1")]).await?.success()?;
        let mut storm = JoinSet::new();
        let end = Instant::now() + STORM;
        for _ in 0..CONNECTIONS {
            storm.spawn(async move {
                let mut http = HttpClient::connect(port).await?;
                let mut answers = 0;
                while Instant::now() < end {
                    let publish = Request::post(format!("{ITEM_PATH}?dataId=refused&group=g&content=2"));
                    let publish = publish.header("host", "x").header("casMd5", "wrong");
                    let answer = http.send(publish.body(Full::default())?).await?;
                    ensure!(answer.status == 500, "answered {answer:?}");
                    answers += 1;
                }
                Ok(answers)
            });
        }
        let mut others = 0;
        while Instant::now() < end {
            http.call(Method::GET, ITEM_PATH, &item).await?.success()?;
            others += 1;
        }
        let refused: Vec<usize> = storm.join_all().await.into_iter().collect::<Result<_>>()?;
        let refused: usize = refused.iter().sum();
        ensure!(refused <= ANSWERS_MAX, "{refused} refusals in {STORM:?}");
        ensure!(others > 10 * refused, "{others} answers beside {refused} refusals");
        Ok(())
    });
}
