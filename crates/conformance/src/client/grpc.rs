//! SDK connections.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::value;
use crate::grpc::GrpcConnection;
use crate::json::Json;
use crate::runner::GRPC_OFFSET;
use crate::scenario::{Call, Connect};
use crate::target::Target;

/// How long the server may take to acknowledge the setup.
const SETUP_WAIT: Duration = Duration::from_secs(20);

/// Whether a client answers what the server pushes, questions for a sign of life among it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledging {
    Always,
    Never,
}

/// A connection that is set up; dropped, its TCP connection is closed without a word to the server.
#[derive(Debug)]
pub struct GrpcClient {
    connection: GrpcConnection,
}

/// The answer to a unary call.
#[derive(Debug)]
pub struct GrpcAnswer {
    /// The type of the payload; empty where a gRPC status came in its place.
    pub kind: String,
    pub body: Value,
}

impl GrpcClient {
    /// Connects as a client of `module` (`naming` or `config`) and waits until the server has acknowledged the setup.
    ///
    /// # Errors
    /// Nothing listens, or the setup is not acknowledged in time.
    pub async fn connect(target: &Target, module: &str, acknowledging: Acknowledging) -> Result<Self> {
        let setup = json!({
            "clientVersion": "Nacos-Java-Client:v2.5.1",
            "tenant": "public",
            "labels": {"source": "sdk", "module": module},
            "abilityTable": {},
        });
        let spec = Connect {
            name: module.to_owned(),
            setup: Some(Json::parse(&setup.to_string())?),
            client_ip: "127.0.0.1".to_owned(),
            settle: Duration::ZERO,
            acknowledges: acknowledging == Acknowledging::Always,
        };
        let (connection, _) = GrpcConnection::open(&target.host, target.port + GRPC_OFFSET, &spec).await?;
        let client = Self { connection };
        client.push("SetupAckRequest", SETUP_WAIT).await?.context("the setup is not acknowledged")?;
        Ok(client)
    }

    /// One unary request.
    ///
    /// # Errors
    /// The answer is no payload.
    pub async fn call(&mut self, kind: &str, body: &Value) -> Result<GrpcAnswer> {
        let call =
            Call { on: String::new(), kind: kind.to_owned(), body: body.to_string(), headers: Vec::new() };
        let answer = self.connection.call(&call).await?;
        let kind = answer.get("type").and_then(Json::as_text).unwrap_or_default().to_owned();
        Ok(GrpcAnswer { kind, body: answer.get("body").map(value).transpose()?.unwrap_or_default() })
    }

    /// The oldest push of a type that was not taken yet, as soon as it is there; none that comes `within` the time is
    /// `None`.
    ///
    /// # Errors
    /// The push cannot be read.
    pub async fn push(&self, kind: &str, within: Duration) -> Result<Option<Value>> {
        self.connection.inbox().next(kind, within).await.as_ref().map(value).transpose()
    }

    /// Whether the server has closed the stream.
    pub fn is_closed(&self) -> bool {
        self.connection.closed().is_some()
    }
}
