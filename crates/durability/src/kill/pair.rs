//! Two publishers, one over HTTP and one over gRPC, with a connection of each kind between them: each writes over its
//! own, and what they wrote is read over both.

use anyhow::{Context, Result};

use super::publisher::{Publisher, Road};
use super::{Ended, Figures};
use crate::dice::Dice;
use crate::grpc::{GrpcClient, Pushes};
use crate::http::HttpClient;

#[derive(Debug)]
pub(super) struct Pair {
    http: Publisher,
    grpc: Publisher,
    connections: Option<Connections>,
}

/// The connections to a server that runs.
#[derive(Debug)]
struct Connections {
    http: HttpClient,
    grpc: GrpcClient,
    /// Kept open, because a client without a stream is none.
    _stream: Pushes,
}

impl Pair {
    pub(super) fn new(number: u64, dice: &mut Dice) -> Self {
        let mut publisher = |road| Publisher::new(&format!("{road}-{number}"), dice.split());
        Self { http: publisher("http"), grpc: publisher("grpc"), connections: None }
    }

    /// Connects and compares all items.
    ///
    /// # Errors
    /// An item is not as it must be.
    pub(super) async fn compare(&mut self, port: u16) -> Result<Figures> {
        let http = HttpClient::connect(port).await?;
        let (grpc, _stream) = GrpcClient::register(port, "config").await?;
        let Connections { http, grpc, .. } = self.connections.insert(Connections { http, grpc, _stream });
        let mut figures = self.http.compare(http, grpc).await?;
        figures += self.grpc.compare(http, grpc).await?;
        Ok(figures)
    }

    /// Writes until the connections end.
    ///
    /// # Errors
    /// The server answers what it must not.
    pub(super) async fn write(&mut self) -> Result<Ended> {
        let mut connections = self.connections.take().context("compare comes first")?;
        let (http, grpc) = tokio::join!(
            self.http.write(Road::Http(&mut connections.http)),
            self.grpc.write(Road::Grpc(&mut connections.grpc)),
        );
        http?;
        grpc
    }
}
