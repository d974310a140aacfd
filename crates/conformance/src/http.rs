//! HTTP/1.1 exchanges, each on a TCP connection of its own.

mod encoding;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use md5::{Digest, Md5};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::archive;
use crate::json::Json;
use crate::runner::Target;
use crate::scenario::{Body, HttpRequest, PortChoice};
use encoding::{multipart, url_encoded};

/// How long a server may take to answer: a little more than the longest hold of a long poll.
const ANSWER_DEADLINE: Duration = Duration::from_secs(40);

/// Sends a request and gives what is kept of the answer: `status`, `headers`, and `json` or `text`.
///
/// A server that closes the connection without an answer is an answer too: status 0.
///
/// # Errors
/// The request cannot be written, or no whole answer came within [`ANSWER_DEADLINE`].
pub(crate) async fn send(target: &Target, spec: &HttpRequest) -> Result<Json> {
    let port = port_of(target, spec.port)?;
    let request = request(target, port, spec)?;
    let started = Instant::now();
    let exchange = timeout(ANSWER_DEADLINE, exchange(&target.host, port, request));
    let Some((head, body)) = exchange.await.context("no answer in time")?? else {
        let text = "(connection closed without an answer)";
        return Ok(Json::object([("status", 0.into()), ("text", text.into())]));
    };
    let headers = kept_headers(&head, &spec.keep_headers);
    let content = content(&body, spec);
    let mut answer = vec![
        ("status".to_owned(), u64::from(head.status().as_u16()).into()),
        ("headers".to_owned(), headers),
    ];
    answer.push(content);
    if spec.keep_elapsed {
        answer.push(("elapsed_at_least_s".to_owned(), started.elapsed().as_secs().into()));
    }
    Ok(Json::Object(answer))
}

fn port_of(target: &Target, choice: PortChoice) -> Result<u16> {
    Ok(match choice {
        PortChoice::Fixed(port) => port,
        PortChoice::Console => target.console_port.context("the server has no known console port")?,
        PortChoice::Main { offset } => {
            u16::try_from(i32::from(target.port) + offset).context("port_offset leads out of range")?
        }
    })
}

fn request(target: &Target, port: u16, spec: &HttpRequest) -> Result<Request<Full<Bytes>>> {
    let query = spec.query.as_ref().map(|query| format!("?{}", url_encoded(query))).unwrap_or_default();
    let mut request = Request::builder().method(spec.method.as_str()).uri(format!("{}{query}", spec.path));
    let headers =
        request.headers_mut().with_context(|| format!("cannot send {} {}", spec.method, spec.path))?;
    headers.insert(HOST, HeaderValue::try_from(format!("{}:{port}", target.host))?);
    for (name, value) in &spec.headers {
        headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let body = body(&spec.body, headers)?;
    match &body {
        Some(body) => headers.insert(CONTENT_LENGTH, body.len().into()),
        None if matches!(spec.method.as_str(), "POST" | "PUT" | "PATCH") => {
            headers.insert(CONTENT_LENGTH, 0.into())
        }
        None => None,
    };
    Ok(request.body(Full::new(body.unwrap_or_default()))?)
}

/// The bytes of a body, its type written to the headers.
fn body(body: &Body, headers: &mut HeaderMap) -> Result<Option<Bytes>> {
    let mut default_type = |value: &'static str| {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(value));
    };
    Ok(Some(match body {
        Body::None => return Ok(None),
        Body::Text(text) => text.clone().into(),
        Body::Form(form) => {
            default_type("application/x-www-form-urlencoded;charset=UTF-8");
            url_encoded(form).into()
        }
        Body::Json(json) => {
            default_type("application/json");
            json.to_ascii().into()
        }
        Body::Multipart(parts) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(encoding::MULTIPART_TYPE));
            multipart(parts)?.into()
        }
    }))
}

/// Head and body of the answer, `None` when the server closed the connection before the first byte of one.
async fn exchange(
    host: &str,
    port: u16,
    request: Request<Full<Bytes>>,
) -> Result<Option<(Response<()>, Bytes)>> {
    let stream = TcpStream::connect((host, port)).await.with_context(|| format!("connect to port {port}"))?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    match sender.send_request(request).await {
        Ok(response) => {
            let (head, body) = response.into_parts();
            let body = body.collect().await.context("read answer")?.to_bytes();
            Ok(Some((Response::from_parts(head, ()), body)))
        }
        Err(error) if error.is_incomplete_message() => Ok(None),
        Err(error) => bail!(error),
    }
}

fn kept_headers(head: &Response<()>, names: &[String]) -> Json {
    let mut kept = Vec::new();
    for name in names {
        let values: Vec<String> = head.headers().get_all(name.as_str()).iter().map(latin1).collect();
        if !values.is_empty() {
            kept.push((name.clone(), values.join(", ").into()));
        }
    }
    Json::Object(kept)
}

fn latin1(value: &HeaderValue) -> String {
    value.as_bytes().iter().map(|byte| char::from(*byte)).collect()
}

/// The body under its key: `json` for an object, a list or the entries of an archive, else `text`.
fn content(body: &[u8], spec: &HttpRequest) -> (String, Json) {
    let text = String::from_utf8_lossy(body);
    let is_structure = !spec.digest && text.trim_start().starts_with(['{', '[']);
    let mut json = is_structure.then(|| Json::parse(&text).ok()).flatten();
    if json.is_none() && spec.unzip {
        json = archive::unpack(body);
    }
    match json {
        Some(json) => ("json".to_owned(), json),
        None if spec.digest => ("text".to_owned(), digest(body).into()),
        None => ("text".to_owned(), text.into_owned().into()),
    }
}

fn digest(body: &[u8]) -> String {
    let md5: String = Md5::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} bytes, md5 {md5}", body.len())
}

#[cfg(test)]
mod tests;
