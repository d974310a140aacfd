//! Where the discovery engine has its labels of addresses from.

use std::sync::Arc;

use navaid_core::seam::Clock;
use navaid_labels::{LabelFollower, LabelSettings};
use navaid_naming::{LabelTable, Naming};
use tokio_util::sync::CancellationToken;

/// Follows the labels that are set, into the discovery engine. They are read once before this returns, so that the
/// first answers know them; if they cannot be, the server starts without, since labels only say whom to prefer.
pub(crate) async fn follow(
    settings: LabelSettings,
    naming: Arc<Naming>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> LabelFollower {
    let publish = move |entries| naming.set_labels(LabelTable::new(entries), clock.now());
    let mut follower = LabelFollower::new(navaid_labels::source(settings), publish, stop);
    follower.read().await;
    follower
}
