use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

/// A server that gives these bodies to one request after the other, the last one again and again, and counts.
async fn serve(listener: TcpListener, bodies: Vec<String>, count: Arc<AtomicUsize>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = vec![0; 64 << 10];
        let length = stream.read(&mut request).await.unwrap();
        let query = String::from_utf8_lossy(&request[..length]).lines().next().unwrap_or_default().to_owned();
        let number = count.fetch_add(1, Ordering::Relaxed).min(bodies.len() - 1);
        let body = bodies[number].replace("QUERY", &query);
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    }
}

/// Replays steps against a server that gives these bodies; gives the outcome and the number of requests.
fn replay_on(bodies: &[&str], steps: &str, depth: Depth) -> (Outcome, usize) {
    let scenario = Scenario::parse(&format!(r#"{{"name": "n", "about": "a", "steps": [{steps}]}}"#)).unwrap();
    let bodies = bodies.iter().map(|body| (*body).to_owned()).collect();
    let count = Arc::new(AtomicUsize::new(0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let target = Target::new("127.0.0.1", listener.local_addr().unwrap().port(), None);
        let mut server = JoinSet::new();
        server.spawn(serve(listener, bodies, Arc::clone(&count)));
        replay(&scenario, &target, depth).await
    });
    (outcome, count.load(Ordering::Relaxed))
}

/// Replays steps and expects the failures, each as `STEP PLACE`, after a number of requests.
fn check(bodies: &[&str], steps: &str, expected: &[&str], requests: usize) {
    let depth = Depth { patience: Duration::from_millis(600), ..Depth::WHOLE };
    let (outcome, count) = replay_on(bodies, steps, depth);
    let found: Vec<_> = outcome.failures().map(|f| format!("{} {}", f.step, f.difference.place)).collect();
    assert_eq!(found, expected, "{outcome:?}");
    assert_eq!(count, requests);
}

const GET_A: &str = r#"{"http": {"method": "GET", "path": "/a"}, "want": {"status": 200, "text": "a"}}"#;
const POST_A: &str = r#"{"http": {"method": "POST", "path": "/a"}, "want": {"status": 200, "text": "a"}}"#;

#[test]
fn read_is_tried_until_it_is_right() {
    check(&["x", "y", "a"], GET_A, &[], 3);
}

#[test]
fn read_that_stays_wrong_fails_after_its_patience() {
    let (outcome, count) =
        replay_on(&["x"], GET_A, Depth { patience: Duration::from_millis(600), ..Depth::WHOLE });
    assert!(!outcome.is_passed() && count > 1, "{count}");
}

#[test]
fn write_is_sent_once() {
    check(&["x", "a"], POST_A, &["1 text"], 1);
}

#[test]
fn until_repeats_even_a_write() {
    let step = r#"{"http": {"method": "POST", "path": "/a"}, "until": {"status": 200, "within": 5},
        "want": {"status": 200, "text": "a"}}"#;
    check(&["x", "a"], step, &[], 2);
}

#[test]
fn saved_value_is_sent_and_recognised() {
    let steps = r#"{"http": {"method": "GET", "path": "/a"}, "save": {"id": "$.list[0].id"},
            "want": {"json": {"list": [{"id": "${id}"}]}}},
        {"http": {"method": "GET", "path": "/b", "query": {"id": "${id}", "uid": "${uid}"}},
            "want": {"text": "GET /b?id=${id}&uid=${uid} HTTP/1.1"}}"#;
    check(&[r#"{"list": [{"id": "id-77"}]}"#, "QUERY"], steps, &[], 2);
}

#[test]
fn value_of_a_variable_that_stands_there_by_chance_is_no_difference() {
    let steps = r#"{"http": {"method": "GET", "path": "/a"}, "save": {"id": "$.id"}, "want": {"json": {"id": "${id}"}}},
        {"http": {"method": "GET", "path": "/b"}, "want": {"text": "md5 of abcdef"}}"#;
    check(&[r#"{"id": "bcde"}"#, "md5 of abcdef"], steps, &[], 2);
}

#[test]
fn foreign_items_and_padding_do_not_count() {
    let step = r#"{"http": {"method": "GET", "path": "/a"}, "keep_items": {"$.list": ["mine"]}, "trim": true,
        "want": {"json": {"list": [{"name": "mine"}]}}}"#;
    check(&[r#"{"list": [{"name": "other"}, {"name": "mine   "}]}"#], step, &[], 1);
}

#[test]
fn started_request_is_joined_with_its_answer() {
    let steps = r#"{"start": {"method": "POST", "path": "/a"}, "as": "held", "settle": 0, "want": {}},
        {"join": "held", "wait": 5, "want": {"status": 200, "text": "a"}}"#;
    check(&["a"], steps, &[], 1);
}

#[test]
fn step_that_gets_no_answer_fails_as_an_exchange() {
    let steps = r#"{"call": {"on": "c", "type": "T"}, "want": {"type": "R"}}, {"join": "j", "want": {"status": 200}}"#;
    check(&["a"], steps, &["1 exchange", "2 exchange"], 0);
}

#[test]
fn replay_ends_after_the_allowed_failures() {
    let steps = [POST_A, POST_A, POST_A].join(",");
    let (outcome, count) = replay_on(&["x"], &steps, Depth::FIRST_FAILURE);
    assert_eq!((outcome.is_cut, outcome.failures().count(), count), (true, 1, 1));
    let (outcome, count) = replay_on(&["x"], &steps, Depth::WHOLE);
    assert_eq!((outcome.is_cut, outcome.failures().count(), count), (false, 3, 3));
}

#[test]
fn replays_have_names_of_their_own() {
    let (one, other) = (fresh_token(), fresh_token());
    assert_ne!(one, other);
    assert_eq!(one.len(), 10);
}
