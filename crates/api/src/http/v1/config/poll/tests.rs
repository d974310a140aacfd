use navaid_core::ContentMd5;
use tokio::time::Instant;

use super::*;
use crate::{
    http::{params::java_url_encode, v1::config::item},
    testbed::Testbed,
};

fn poll(value: &str) -> Poll {
    Poll::of(listening::parse(value).unwrap()).unwrap()
}

#[test]
fn of_an_item_named_twice_the_last_mention_counts() {
    let poll = poll("a\u{2}G\u{2}\u{1}b\u{2}G\u{2}\u{1}a\u{2}G\u{2}m\u{2}public\u{1}");
    assert_eq!(poll.items.len(), 2);
    assert_eq!(poll.items[0].held, HeldMd5::parse("m"));
    assert_eq!(poll.tenants[0].as_deref(), Some("public"));
}

#[test]
fn changed_items_are_named_as_the_client_named_them() {
    let poll = poll("a\u{2}G\u{2}\u{2}PUBLIC\u{1}b\u{2}G\u{2}\u{1}c\u{2}G\u{2}\u{1}");
    let changed = [2, 0].map(|place| poll.items[place].key.clone());
    let named = poll.named_as_asked(changed.into());
    assert_eq!(listening::encode(&named), "a%02G%02PUBLIC%01c%02G%01\n");
}

#[test]
fn an_illegal_name_refuses_the_poll() {
    let keys = listening::parse("a b\u{2}G\u{2}\u{1}").unwrap();
    assert!(matches!(Poll::of(keys), Err(Failure::Check(_))));
}

/// Asks about the item `a`, of which the client holds `held`.
fn asking(held: &str) -> String {
    let md5 = if held.is_empty() { String::new() } else { ContentMd5::of(held).to_string() };
    let value = format!("a\u{2}G\u{2}{md5}\u{1}");
    format!("Listening-Configs={}", java_url_encode(&value))
}

async fn publish(bed: &Testbed, content: &str) {
    let call = bed.call(&format!("dataId=a&group=G&content={content}"), &[]);
    item::publish(call).await.unwrap();
}

/// Body of an answer, and whether it is one that names items.
fn told(answer: Result<Reply, Failure>) -> String {
    let reply = answer.unwrap();
    assert_eq!(reply.status, StatusCode::OK);
    String::from_utf8(reply.body.to_vec()).unwrap()
}

const HELD: (&str, &str) = ("long-pulling-timeout", "30000");

#[tokio::test(start_paused = true)]
async fn a_poll_is_held_until_an_item_changes() {
    let bed = Testbed::start();
    publish(&bed, "one").await;
    let poll = listen(bed.call(&asking("one"), &[HELD]));
    let change = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        publish(&bed, "two").await;
    };
    let began = Instant::now();
    let (answer, ()) = tokio::join!(poll, change);
    assert_eq!(told(answer), "a%02G%01\n");
    assert_eq!(began.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_poll_without_a_change_is_answered_half_a_second_early() {
    let bed = Testbed::start();
    let began = Instant::now();
    assert_eq!(told(listen(bed.call(&asking(""), &[HELD])).await), "");
    assert_eq!(began.elapsed(), Duration::from_millis(29_500));
    let began = Instant::now();
    assert_eq!(told(listen(bed.call(&asking(""), &[("long-pulling-timeout", "what")])).await), "");
    assert_eq!(began.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_must_not_hang_is_answered_at_once() {
    let bed = Testbed::start();
    let headers = [HELD, ("long-pulling-timeout-no-hangup", "TRUE")];
    let began = Instant::now();
    assert_eq!(told(listen(bed.call(&asking(""), &headers)).await), "");
    assert_eq!(told(listen(bed.call(&asking("gone"), &headers)).await), "a%02G%01\n");
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_held_poll_is_answered_when_the_server_stops() {
    let bed = Testbed::start();
    let poll = listen(bed.call(&asking(""), &[HELD]));
    let began = Instant::now();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        bed.node.stopping.cancel();
    };
    let (answer, ()) = tokio::join!(poll, stop);
    assert_eq!(told(answer), "");
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_poll_whose_client_goes_leaves_no_watch() {
    let bed = Testbed::start();
    let poll = listen(bed.call(&asking(""), &[HELD]));
    assert!(tokio::time::timeout(Duration::from_secs(1), poll).await.is_err());
    assert_eq!(bed.node.configs.watches().count(), 0);
}

#[tokio::test]
async fn only_old_clients_are_told_by_headers() {
    let bed = Testbed::start();
    publish(&bed, "one").await;
    for (version, told) in [
        ("1.0.0", true),
        ("2.0.4", false),
        ("Nacos-Java-Client:v1.4.8", true),
        ("Nacos-Java-Client:v3.2.1-2026.03.30", false),
        ("Nacos-Go-Client:v2.3.5", true),
        ("nodejs-diamond-client/2.6.3", true),
    ] {
        let reply = listen(bed.call(&asking(""), &[("client-version", version)])).await.unwrap();
        let header = reply.headers.iter().find(|(name, _)| name == "probe-modify-response-new");
        assert_eq!(header.is_some_and(|(_, value)| value == "a%02G%01"), told, "{version}");
    }
}
