//! Waiting for what should become, and watching what should stay.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use tokio::time::{Instant, sleep};

/// The wait between two looks.
const INTERVAL: Duration = Duration::from_millis(100);

/// Looks until something is found, and gives it.
///
/// # Errors
/// Nothing was found `within` the time; the message says `what` was looked for. Or a look failed.
pub(crate) async fn until<T>(
    within: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + within;
    while Instant::now() < deadline {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        sleep(INTERVAL).await;
    }
    bail!("not within {within:?}: {what}")
}

/// Looks until `end`, and demands that the claim holds each time.
///
/// A look that ends after `end` decides nothing: the machine was too slow to tell.
///
/// # Errors
/// The claim did not hold; the message says `what` was claimed. Or a look failed.
pub(crate) async fn always(
    end: Instant,
    what: &str,
    mut holds: impl AsyncFnMut() -> Result<bool>,
) -> Result<()> {
    while Instant::now() < end {
        let claim = holds().await?;
        ensure!(claim || Instant::now() >= end, "no longer: {what}");
        sleep(INTERVAL).await;
    }
    Ok(())
}
