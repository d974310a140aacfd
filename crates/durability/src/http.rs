//! A client of HTTP/1.1 that keeps one connection.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use form_urlencoded::Serializer;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{HeaderMap, Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// An answer that takes longer is a failure of the server.
const ANSWER_DEADLINE: Duration = Duration::from_secs(30);

/// Parameters of a call.
pub type Pairs<'a> = [(&'a str, &'a str)];

/// One connection; dropped, it is closed.
#[derive(Debug)]
pub struct HttpClient {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    _driver: JoinSet<()>,
}

/// What came back.
#[derive(Debug)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// The body as it came, for what is no text.
    pub bytes: Bytes,
}

impl HttpClient {
    /// Connects to a port of this machine.
    ///
    /// # Errors
    /// Nothing listens there.
    pub async fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.context("connect over HTTP")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // How the connection ended shows in the calls on it.
            connection.await.ok();
        });
        Ok(Self { sender, host: format!("127.0.0.1:{port}"), _driver: driver })
    }

    /// Calls `method path`: parameters go into the form of a `POST`, `PUT` or `PATCH`, else into the query.
    ///
    /// # Errors
    /// The connection ended before a whole answer came, or none came in time.
    pub async fn call(&mut self, method: Method, path: &str, parameters: &Pairs<'_>) -> Result<HttpAnswer> {
        self.call_with(method, path, parameters, &[]).await
    }

    /// The same with headers beside the usual ones.
    ///
    /// # Errors
    /// As [`HttpClient::call`].
    pub async fn call_with(
        &mut self,
        method: Method,
        path: &str,
        parameters: &Pairs<'_>,
        headers: &Pairs<'_>,
    ) -> Result<HttpAnswer> {
        let encoded = Serializer::new(String::new()).extend_pairs(parameters).finish();
        let is_form = [Method::POST, Method::PUT, Method::PATCH].contains(&method);
        let (uri, form) = match is_form {
            true => (path.to_owned(), encoded),
            false => (format!("{path}?{encoded}"), String::new()),
        };
        let mut request = Request::builder().method(method).uri(uri).header(HOST, &self.host);
        if is_form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Full::from(form))?).await
    }

    /// Posts a body of that type; parameters go into the query.
    ///
    /// # Errors
    /// As [`HttpClient::call`].
    pub async fn post(
        &mut self,
        path: &str,
        parameters: &Pairs<'_>,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<HttpAnswer> {
        let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
        let request = Request::post(format!("{path}?{query}"))
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, content_type);
        self.send(request.body(Full::from(body.into()))?).await
    }

    /// Sends a request as it is.
    ///
    /// # Errors
    /// As [`HttpClient::call`].
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<HttpAnswer> {
        let exchange = async {
            self.sender.ready().await?;
            let (head, body) = self.sender.send_request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            anyhow::Ok(HttpAnswer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
                bytes: body,
            })
        };
        timeout(ANSWER_DEADLINE, exchange).await.context("no answer in time")?
    }
}

impl HttpAnswer {
    /// Passes an answer of status 200 on.
    ///
    /// # Errors
    /// It has another status.
    pub fn success(self) -> Result<Self> {
        ensure!(self.status == 200, "answered {}: {}", self.status, self.body);
        Ok(self)
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.body).with_context(|| format!("JSON in {:?}", self.body))
    }
}
