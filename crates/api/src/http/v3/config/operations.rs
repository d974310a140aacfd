//! What operators ask of the configuration module as a whole, in v3 (recorded: `cs3-admin-operations`).

use crate::http::{call::Call, failure::Failure, reply::Reply};

/// There is no cache beside the state; see the same call of v1.
pub(super) async fn reload(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&"Local cache updated from store successfully!"))
}
