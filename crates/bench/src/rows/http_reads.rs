//! Reads over HTTP on keep-alive connections, one request at once on each.

use anyhow::{Result, ensure};

use crate::http::HttpConnection;
use crate::load::drive;
use crate::outcome::Outcome;
use crate::requests::{config, naming};
use crate::stage::Stage;

/// Connections of the HTTP rows.
pub(crate) const CONNECTIONS: usize = 32;

/// One item of 1 KiB.
pub(crate) async fn config_get(stage: &Stage<'_>) -> Result<Outcome> {
    let item = stage.item(0);
    let writer = stage.connections(1).await?;
    writer[0].call().unary(&config::publish(&item, 0)).await?;
    reads(stage, CONNECTIONS, &config::get_path(&item), config::CONTENT_LENGTH).await
}

/// One item of 5 KB, which a server may keep compressed.
pub(crate) async fn config_get_long(stage: &Stage<'_>) -> Result<Outcome> {
    let item = stage.item(0);
    let writer = stage.connections(1).await?;
    writer[0].call().unary(&config::publish_settings(&item, config::OF_5_KB)).await?;
    reads(stage, CONNECTIONS, &config::get_path(&item), config::SETTINGS_LENGTH_MIN).await
}

/// A service of one instance.
pub(crate) async fn instance_list(stage: &Stage<'_>) -> Result<Outcome> {
    let service = stage.service(0);
    let provider = stage.connections(1).await?;
    provider[0].call().unary(&naming::register(&service, 1)).await?;
    let shortest = r#"{"hosts":[{"ip":"10.0.0.1"}]}"#.len();
    reads(stage, CONNECTIONS, &naming::list_path(&service), shortest).await
}

/// Gets a path again and again on that many connections; every answer has at least so many bytes.
pub(super) async fn reads(
    stage: &Stage<'_>,
    connections: usize,
    path: &str,
    length_min: usize,
) -> Result<Outcome> {
    let mut lanes = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut connection = HttpConnection::open(stage.seat.address).await?;
        lanes.push(async move |_number| {
            let length = connection.get(path).await?.len();
            ensure!(length >= length_min, "the answer has {length} bytes");
            Ok(())
        });
    }
    drive(stage, lanes).await.map(Outcome::Load)
}
