//! What a row works with.

use std::time::Duration;

use anyhow::Result;

use crate::grpc::GrpcConnection;
use crate::pace::Pace;
use crate::subject::{Seat, Subject};

/// One row on one server.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) seat: Seat,
    pub(crate) pace: Pace,
    /// Differs between the rows and runs, and is part of every name: a running server meets no name twice, and what
    /// it keeps of earlier rows does not matter.
    pub(crate) scope: String,
}

impl Stage<'_> {
    /// Name of the row's service of that number.
    pub(crate) fn service(&self, number: u64) -> String {
        format!("bench-{}-{number}", self.scope)
    }

    /// Data id of the row's configuration item of that number.
    pub(crate) fn item(&self, number: u64) -> String {
        format!("bench-{}-{number}.properties", self.scope)
    }

    /// That many connections, each as an SDK makes it.
    ///
    /// # Errors
    /// The server does not take one.
    pub(crate) async fn connections(&self, count: usize) -> Result<Vec<GrpcConnection>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(GrpcConnection::open(self.seat.address, None).await?);
        }
        Ok(connections)
    }

    /// Processor time that the server used so far.
    ///
    /// # Errors
    /// The server is gone.
    pub(crate) fn server_cpu(&self) -> Result<Duration> {
        self.seat.process.cpu()
    }
}
