#!/usr/bin/env bash
# http 1.5.0 and hyper 1.12.0: a request target of 65,535 bytes gets 414, however large a head the server allows.
#
# The limit is that of http::Uri, which keeps its offsets in 16 bits: 65,534 bytes parse, one more does not. hyper's
# max_buf_size, which limits the head, has nothing to do with it and cannot raise it. The service is not called, so an
# API cannot put its own error in place of the empty answer. It matters where clients put contents into the query.
#
# Needs: cargo, the crates registry.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2024"
[dependencies]
http = "=1.5.0"
hyper = { version = "=1.12.0", features = ["http1", "server"] }
hyper-util = { version = "=0.1.21", features = ["tokio"] }
tokio = { version = "=1.54.1", features = ["io-util", "macros", "rt", "time"] }
TOML
cat > src/main.rs <<'RUST'
use std::convert::Infallible;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn serve(_: Request<Incoming>) -> Result<Response<String>, Infallible> {
    Ok(Response::new("the service".to_owned()))
}

/// Status and body of the answer to a GET of `target`, by a server that allows a head of 1 MiB.
async fn get(target: &str) -> String {
    let (mut client, server) = tokio::io::duplex(1 << 20);
    let mut edge = http1::Builder::new();
    let connection = edge.max_buf_size(1 << 20).serve_connection(TokioIo::new(server), service_fn(serve));
    let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let (_, read) = tokio::join!(connection, client.read_to_string(&mut answer));
    read.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    format!("{}, body {body:?}", head.lines().next().unwrap())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for length in [65_534, 65_535] {
        let target = format!("/?content={}", "x".repeat(length - "/?content=".len()));
        let parsed = target.parse::<http::Uri>().map(|uri| uri.to_string().len());
        println!("{length} bytes: Uri {parsed:?}");
        let answer = tokio::time::timeout(Duration::from_secs(10), get(&target)).await;
        println!("  hyper: {}", answer.expect("an answer within 10 s"));
    }
}
RUST
CARGO_TARGET_DIR=target cargo run --quiet | tee seen
diff seen - <<'EXPECTED'
65534 bytes: Uri Ok(65534)
  hyper: HTTP/1.1 200 OK, body "the service"
65535 bytes: Uri Err(InvalidUri(TooLong))
  hyper: HTTP/1.1 414 URI Too Long, body ""
EXPECTED
