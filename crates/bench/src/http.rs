//! One keep-alive HTTP connection.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::target::Address;

/// A connection on which requests follow each other; dropping it closes it.
#[derive(Debug)]
pub(crate) struct HttpConnection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    _driver: JoinSet<()>,
}

impl HttpConnection {
    /// # Errors
    /// Nothing listens there.
    pub(crate) async fn open(address: Address) -> Result<Self> {
        let stream = TcpStream::connect(address.http()).await.context("connect to the HTTP port")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // How the connection ended shows in the requests on it.
            connection.await.ok();
        });
        Ok(Self { sender, host: address.http().to_string(), _driver: driver })
    }

    /// The body of a 200.
    ///
    /// # Errors
    /// Any other answer, or none.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Bytes> {
        let request = Request::get(path).header("host", &self.host).body(Full::default())?;
        self.send(request).await
    }

    /// The body of a 200 to a form.
    ///
    /// # Errors
    /// Any other answer, or none.
    pub(crate) async fn post_form(&mut self, path: &str, form: String) -> Result<Bytes> {
        let request = Request::post(path)
            .header("host", &self.host)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::from(form))?;
        self.send(request).await
    }

    /// The body of a 200 to a form that the server may hold for that long; empty when nothing changed.
    ///
    /// # Errors
    /// Any other answer, or none.
    pub(crate) async fn poll(&mut self, path: &str, form: String, timeout: Duration) -> Result<Bytes> {
        let request = Request::post(path)
            .header("host", &self.host)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("long-pulling-timeout", timeout.as_millis().to_string())
            .body(Full::from(form))?;
        self.send(request).await
    }

    /// The status of the answer to a form with a header, whatever it is.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) async fn status_of(
        &mut self,
        path: &str,
        form: String,
        (name, value): (&str, &str),
    ) -> Result<StatusCode> {
        let request = Request::post(path)
            .header("host", &self.host)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(name, value)
            .body(Full::from(form))?;
        self.exchange(request).await.map(|(status, _)| status)
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Bytes> {
        let (status, body) = self.exchange(request).await?;
        ensure!(status == 200, "answered {status}: {}", String::from_utf8_lossy(&body));
        Ok(body)
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes)> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
