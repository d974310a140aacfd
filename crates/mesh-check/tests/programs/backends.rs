//! Small HTTP servers that tell their address.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use anyhow::{Result, bail};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

const TRIES: usize = 20;

/// Running servers, all on one port of the addresses 127.0.0.1, 127.0.0.2 and so on; dropped, they end. They speak
/// HTTP/1.1 and HTTP/2 and answer with their address.
pub(crate) struct Backends {
    pub(crate) port: u16,
    _tasks: JoinSet<()>,
}

impl Backends {
    /// Starts so many.
    pub(crate) async fn start(number: u8) -> Result<Self> {
        for _ in 0..TRIES {
            let first = TcpListener::bind((address(1), 0)).await?;
            let port = first.local_addr()?.port();
            let mut listeners = vec![first];
            for last in 2..=number {
                // Another process may have the port there; then another port is tried.
                listeners.extend(TcpListener::bind((address(last), port)).await);
            }
            if listeners.len() == usize::from(number) {
                let mut tasks = JoinSet::new();
                listeners.into_iter().for_each(|listener| drop(tasks.spawn(serve(listener))));
                return Ok(Self { port, _tasks: tasks });
            }
        }
        bail!("no port that is free at {number} addresses")
    }
}

/// The address of a backend; they count from 1.
pub(crate) fn address(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, number)
}

async fn serve(listener: TcpListener) {
    let own = listener.local_addr().map_or_else(|_| String::new(), |address| address.ip().to_string());
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let own = own.clone();
        connections.spawn(async move {
            let tell = service_fn(|_| {
                let answer = Response::new(Full::new(Bytes::from(own.clone())));
                async move { Ok::<_, Infallible>(answer) }
            });
            // How a connection ends is the client's affair.
            Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), tell).await.ok();
        });
    }
}
