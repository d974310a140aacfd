//! Writes of configuration: new contents of 1 KiB for a thousand items in turn.

use anyhow::{Result, ensure};

use super::http_reads;
use crate::http::HttpConnection;
use crate::load::drive;
use crate::outcome::Outcome;
use crate::requests::config;
use crate::stage::Stage;

/// Items among which the writes take turns.
const ITEMS: u64 = 1_000;

/// Over gRPC, that many connections with that many requests at once on each.
pub(crate) async fn grpc(stage: &Stage<'_>, connections: usize, in_flight: usize) -> Result<Outcome> {
    let connections = stage.connections(connections).await?;
    let lanes = connections.iter().flat_map(|connection| std::iter::repeat_n(connection.call(), in_flight));
    let lane = |mut call: crate::grpc::Call| {
        async move |number| {
            let item = stage.item(number % ITEMS);
            call.unary(&config::publish(&item, number)).await.map(drop)
        }
    };
    drive(stage, lanes.map(lane).collect()).await.map(Outcome::Load)
}

/// Over HTTP, on as many connections as the reads use.
pub(crate) async fn http(stage: &Stage<'_>) -> Result<Outcome> {
    let mut lanes = Vec::with_capacity(http_reads::CONNECTIONS);
    for _ in 0..http_reads::CONNECTIONS {
        let mut connection = HttpConnection::open(stage.seat.address).await?;
        lanes.push(async move |number: u64| {
            let form = config::publish_form(&stage.item(number % ITEMS), number);
            let answer = connection.post_form(config::POST_PATH, form).await?;
            ensure!(answer == "true", "answered {}", String::from_utf8_lossy(&answer));
            Ok(())
        });
    }
    drive(stage, lanes).await.map(Outcome::Load)
}
