//! HTTP that is malformed, oversized, or wrong in one place.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use durability::{Dice, HttpClient};
use http_body_util::Full;
use hyper::{Method, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::recorded::{HttpRequest, http_requests};
use crate::subject::{DEADLINE, check, exchange, exchange_cut};

const ITEM_PATH: &str = "/nacos/v1/cs/configs";
const INSTANCES_PATH: &str = "/nacos/v1/ns/instance/list";
/// Random inputs of each kind.
const GARBAGE: usize = 300;
/// One more than a call may have.
const PARAMETERS: usize = 10_001;
/// Far more than a body may have, in MiB.
const BODY_MAX: usize = 400;
const MIB: usize = 1024 * 1024;
/// What a server may hold of a body that it refuses, in MiB.
const HELD_MAX: u64 = 256;

#[test]
fn garbage_in_place_of_a_request_is_refused_or_closed() {
    check(async |subject| {
        let port = subject.port();
        let lines: [&[u8]; 12] = [
            b"",
            b"\r\n\r\n\r\n",
            b"\0\0\0\0",
            b"GET\r\n\r\n",
            b"GET  HTTP/1.1\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET nacos HTTP/1.1\r\n\r\n",
            b"G\xffT / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
            b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage after the preface",
        ];
        for line in lines {
            ensure_client_error(port, line).await?;
        }
        for _ in 0..GARBAGE {
            let length = subject.dice.below(300);
            let bytes = subject.dice.bytes(usize::try_from(length)?);
            ensure_client_error(port, &bytes).await?;
        }
        Ok(())
    });
}

async fn ensure_client_error(port: u16, bytes: &[u8]) -> Result<()> {
    let answer = exchange_cut(port, bytes).await?;
    let shown = String::from_utf8_lossy(bytes);
    let fits = answer.as_ref().is_none_or(|answer| (400..500).contains(&answer.status));
    ensure!(fits, "{shown:?} was answered {answer:?}");
    Ok(())
}

#[test]
fn request_with_wrong_bytes_is_answered_or_closed() {
    check(async |subject| {
        let valid = b"POST /nacos/v1/cs/configs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
            transfer-encoding: chunked\r\n\r\n22\r\ndataId=%41&group=b&content=%e4%bd%a0\r\n0\r\n\r\n";
        for _ in 0..GARBAGE {
            let mut bytes = valid.to_vec();
            for _ in 0..=subject.dice.below(4) {
                let at = usize::try_from(subject.dice.below(bytes.len() as u64))?;
                bytes[at] = subject.dice.bytes(1)[0];
            }
            bytes.truncate(bytes.len() - usize::try_from(subject.dice.below(4))?);
            exchange_cut(subject.port(), &bytes).await?;
        }
        Ok(())
    });
}

#[test]
fn bad_percent_encoding_is_no_fault_of_the_server() {
    check(async |subject| {
        for path in
            [ITEM_PATH, INSTANCES_PATH, "/nacos/v2/cs/config", "/nacos/v3/client/ns/instance/list", "/%zz"]
        {
            for query in
                ["%", "%z", "dataId=%&group=%", "dataId=%ff%fe&group=%00", "serviceName=%C3%28", "=&=&&;"]
            {
                let request = format!("GET {path}?{query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
                let answer = exchange(subject.port(), request.as_bytes()).await?.context("no answer")?;
                ensure_no_fault(answer.status, &answer.text).with_context(|| format!("{path}?{query}"))?;
            }
        }
        Ok(())
    });
}

#[test]
fn wrong_method_on_any_path_is_answered() {
    check(async |subject| {
        let paths: BTreeSet<String> = http_requests()?.into_iter().map(|request| request.path).collect();
        ensure!(paths.len() > 100, "only {} paths are known", paths.len());
        let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"];
        let mut requests = Vec::new();
        for path in paths {
            for method in methods {
                let (method, path) = (method.to_owned(), path.clone());
                requests.push(HttpRequest { method, path, parameters: Vec::new() });
            }
        }
        ensure_no_faults(subject.port(), requests).await
    });
}

#[test]
fn request_with_one_wrong_parameter_is_answered() {
    check(async |subject| {
        let mut wrong = Vec::new();
        for request in http_requests()? {
            for at in 0..request.parameters.len() {
                wrong.push(spoil(&request, at, &mut subject.dice));
            }
        }
        ensure_no_faults(subject.port(), wrong).await
    });
}

/// Sends requests on one connection; each is answered, and none as a fault of the server.
async fn ensure_no_faults(port: u16, requests: Vec<HttpRequest>) -> Result<()> {
    let mut http = HttpClient::connect(port).await?;
    let mut faults = Vec::new();
    for request in requests {
        let pairs: Vec<_> = request.parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
        let answer = http.call(Method::from_bytes(request.method.as_bytes())?, &request.path, &pairs).await;
        let answer = answer.with_context(|| format!("{request:?}"))?;
        // An answer to HEAD has no words to look at.
        if request.method != "HEAD" {
            let fault = ensure_no_fault(answer.status, &answer.body).err();
            faults.extend(fault.map(|fault| format!("{fault} to {request:?}")));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// The request with one parameter missing or nonsense.
fn spoil(request: &HttpRequest, at: usize, dice: &mut Dice) -> HttpRequest {
    let mut parameters = request.parameters.clone();
    let long = "x".repeat(5000);
    let nonsense = [
        "",
        " ",
        "-1",
        "0",
        "null",
        "\0",
        "99999999999999999999",
        "1e400",
        "{\"",
        "[[[[",
        "é💥@@##",
        "%",
        &long,
    ];
    match dice.below(nonsense.len() as u64 + 1) {
        0 => drop(parameters.remove(at)),
        choice => parameters[at].1 = nonsense[choice as usize - 1].to_owned(),
    }
    HttpRequest { method: request.method.clone(), path: request.path.clone(), parameters }
}

/// A client's mistake is not answered as a fault of the server, but where the reference was recorded to do so.
fn ensure_no_fault(status: u16, text: &str) -> Result<()> {
    let is_recorded = RECORDED_FAULTS.iter().any(|words| text.contains(words));
    ensure!(status < 500 || is_recorded, "answered {status}: {text}");
    Ok(())
}

/// Words of answers of status 500 and above that recordings show for mistakes of a client.
const RECORDED_FAULTS: [&str; 12] = [
    "Required request parameter",
    "Request method",
    "no such api",
    "invalid probeModify",
    "metadata format incorrect",
    "Failed to convert value",
    "For input string",
    "Selector parses failed",
    "] not exist",
    // The upgrade operations of 2.0 refuse everything so.
    "caused: errCode: 400",
    "caused: no matched ip found!",
    "already exists!;",
];

#[test]
fn too_many_parameters_are_refused() {
    check(async |subject| {
        let pairs = vec![("a", "b"); PARAMETERS];
        let mut http = HttpClient::connect(subject.port()).await?;
        for (method, path) in [(Method::GET, INSTANCES_PATH), (Method::POST, ITEM_PATH)] {
            let answer = http.call(method, path, &pairs).await?;
            ensure!(answer.status == 400 && answer.body.contains("10000"), "{path} answered {answer:?}");
        }
        Ok(())
    });
}

#[test]
fn body_over_the_limit_is_refused_and_not_held() {
    check(async |subject| {
        let before = subject.resident()?;
        for length in [format!("content-length: {}", BODY_MAX * MIB), "transfer-encoding: chunked".to_owned()]
        {
            let head = format!(
                "POST {ITEM_PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n{length}\r\n\r\n"
            );
            let answer = send_endlessly(subject.port(), &head, length.starts_with('t')).await?;
            ensure!(answer.starts_with("HTTP/1.1 413"), "{length} was answered {answer:?}");
        }
        let after = subject.resident()?;
        ensure!(after < before + HELD_MAX, "memory went from {before} MiB to {after} MiB");
        Ok(())
    });
}

/// Sends a head and then body until the server answers or [`BODY_MAX`] is reached; gives the answer.
async fn send_endlessly(port: u16, head: &str, chunked: bool) -> Result<String> {
    let (mut incoming, mut outgoing) = TcpStream::connect(("127.0.0.1", port)).await?.into_split();
    let block = "x".repeat(MIB);
    let block = if chunked { format!("{MIB:x}\r\n{block}\r\n") } else { block };
    let send = async {
        outgoing.write_all(head.as_bytes()).await.ok();
        for _ in 0..BODY_MAX {
            if outgoing.write_all(block.as_bytes()).await.is_err() {
                break;
            }
        }
        // Whoever has not answered by now does not answer because the connection ends.
        std::future::pending::<()>().await;
    };
    let mut answer = vec![0; 1024];
    let received = timeout(DEADLINE, async {
        tokio::select! {
            received = incoming.read(&mut answer) => received,
            () = send => unreachable!("it never ends"),
        }
    });
    let length = received.await.context("no answer")??;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}

#[test]
fn head_over_the_limit_is_refused() {
    check(async |subject| {
        let long = "x".repeat(2 * MIB);
        let many: String = (0..5000).map(|number| format!("x-{number}: y\r\n")).collect();
        let heads = [
            format!("GET {ITEM_PATH}?group=g&dataId={long} HTTP/1.1\r\nhost: x\r\n\r\n"),
            format!("GET {ITEM_PATH} HTTP/1.1\r\nhost: x\r\nx-long: {long}\r\n\r\n"),
            format!("GET {ITEM_PATH} HTTP/1.1\r\nhost: x\r\n{many}\r\n"),
        ];
        for head in heads {
            let answer = exchange_cut(subject.port(), head.as_bytes()).await?;
            let fits = answer.as_ref().is_none_or(|answer| [400, 414, 431].contains(&answer.status));
            ensure!(fits, "answered {answer:?}");
        }
        Ok(())
    });
}

#[test]
fn body_that_is_not_what_it_says_is_no_fault_of_the_server() {
    check(async |subject| {
        let bodies: [(&str, &[u8]); 7] = [
            ("multipart/form-data", b"--x\r\n"),
            ("multipart/form-data; boundary=x", b""),
            (
                "multipart/form-data; boundary=x",
                b"--x\r\ncontent-disposition: form-data; name=\"dataId\"\r\n\r\na",
            ),
            ("multipart/form-data; boundary=x", b"--x\r\nno disposition\r\n\r\na\r\n--x--\r\n"),
            ("application/json", b"{\"dataId\": "),
            ("application/json", b"\xff\xfe"),
            ("application/x-www-form-urlencoded", b"\xff=\xfe&dataId"),
        ];
        let mut http = HttpClient::connect(subject.port()).await?;
        for (kind, body) in bodies {
            for path in
                [ITEM_PATH, "/nacos/v2/cs/config", "/nacos/v3/admin/cs/config", "/nacos/v2/ns/instance"]
            {
                let request = Request::post(path).header("host", "x").header("content-type", kind);
                let answer = http.send(request.body(Full::new(Bytes::from_static(body)))?).await?;
                ensure_no_fault(answer.status, &answer.body)
                    .with_context(|| format!("{path} with {kind} {body:?}"))?;
            }
        }
        Ok(())
    });
}
