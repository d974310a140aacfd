use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::scenario::Action;

/// Sends one request to a server that answers `reply`; gives the request as it came and the answer as it was kept.
fn exchange_with(reply: &[u8], step: &str) -> (String, Json) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let target = Target::new("127.0.0.1", listener.local_addr().unwrap().port(), None);
        let Action::Http(request) = Action::parse(&Json::parse(step).unwrap()).unwrap() else {
            panic!("{step}")
        };
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 64 << 10];
            let length = stream.read(&mut seen).await.unwrap();
            stream.write_all(reply).await.unwrap();
            String::from_utf8(seen[..length].to_vec()).unwrap()
        };
        let (seen, answer) = tokio::join!(serve, send(&target, &request));
        (seen.replace(&target.port.to_string(), "PORT"), answer.unwrap())
    })
}

fn check_answer(reply: &str, options: &str, expected: &str) {
    let step = format!(r#"{{"http": {{"method": "GET", "path": "/x"{options}}}}}"#);
    let reply = format!("HTTP/1.1 200 OK\r\n{reply}");
    assert_eq!(exchange_with(reply.as_bytes(), &step).1.to_unicode(), expected);
}

#[test]
fn request_carries_query_form_and_lengths() {
    let step = r#"{"http": {"method": "POST", "path": "/p", "query": {"q": "a b"}, "form": {"f": "1"},
        "headers": {"Client-Version": "x"}}}"#;
    let (seen, _) = exchange_with(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", step);
    assert!(
        seen.starts_with("POST /p?q=a+b HTTP/1.1\r\nhost: 127.0.0.1:PORT\r\nclient-version: x\r\n"),
        "{seen}"
    );
    assert!(seen.contains("content-type: application/x-www-form-urlencoded;charset=UTF-8\r\n"), "{seen}");
    assert!(seen.ends_with("content-length: 3\r\n\r\nf=1"), "{seen}");
}

#[test]
fn post_without_body_has_length_zero() {
    let step = r#"{"http": {"method": "POST", "path": "/p"}}"#;
    let (seen, _) = exchange_with(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", step);
    assert!(seen.contains("content-length: 0\r\n"), "{seen}");
}

#[test]
fn answer_keeps_the_named_headers() {
    let options = r#", "keep_headers": ["Content-MD5", "none"]"#;
    let expected = r#"{"status": 200, "headers": {"content-md5": "m"}, "text": "hi"}"#;
    check_answer("content-length: 2\r\ncontent-md5: m\r\n\r\nhi", options, expected);
}

#[test]
fn structure_is_kept_as_json_and_the_rest_as_text() {
    check_answer(
        "content-length: 8\r\n\r\n {\"a\":1}",
        "",
        r#"{"status": 200, "headers": {}, "json": {"a": 1}}"#,
    );
    check_answer(
        "content-length: 4\r\n\r\n{\"a\"",
        "",
        r#"{"status": 200, "headers": {}, "text": "{\"a\""}"#,
    );
    check_answer("content-length: 4\r\n\r\ntrue", "", r#"{"status": 200, "headers": {}, "text": "true"}"#);
}

#[test]
fn digest_keeps_size_and_md5() {
    let text = "2 bytes, md5 99914b932bd37a50b983c5e7c90ae93b";
    let expected = format!(r#"{{"status": 200, "headers": {{}}, "text": "{text}"}}"#);
    check_answer("content-length: 2\r\n\r\n{}", r#", "digest": true"#, &expected);
}

#[test]
fn elapsed_is_kept_in_whole_seconds() {
    let expected = r#"{"status": 200, "headers": {}, "text": "", "elapsed_at_least_s": 0}"#;
    check_answer("content-length: 0\r\n\r\n", r#", "keep_elapsed": true"#, expected);
}

#[test]
fn connection_closed_without_answer_is_status_zero() {
    let (_, answer) = exchange_with(b"", r#"{"http": {"method": "GET", "path": "/x"}}"#);
    assert_eq!(answer.to_unicode(), r#"{"status": 0, "text": "(connection closed without an answer)"}"#);
}
