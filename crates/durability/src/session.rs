//! How a client goes on when its connection ends.

use std::convert::Infallible;
use std::time::Duration;

use anyhow::{Error, Result};
use tokio::time::sleep;

/// How long a client waits before it connects again.
const RECONNECT: Duration = Duration::from_millis(100);

/// Why a client could not go on.
pub(crate) enum End {
    /// Its connection ended, as connections to a killed server do.
    Cut,
    /// It was given what it must not be given.
    Mistake(Error),
}

/// Holds one session after the other; ends with a mistake of the server.
pub(crate) async fn repeat(mut session: impl AsyncFnMut() -> Result<Infallible, End>) -> Result<()> {
    loop {
        match session().await {
            Err(End::Cut) => sleep(RECONNECT).await,
            Err(End::Mistake(mistake)) => return Err(mistake),
            Ok(never) => match never {},
        }
    }
}
