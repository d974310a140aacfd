//! Who listens, in v3 (recorded: `cs3-admin-subscribers`).

use navaid_wire::config::{group_key, listeners::ListenersV3};

use crate::http::{
    call::Call,
    config::{dialect::V3, listeners},
    failure::Failure,
    reply::Reply,
};

pub(super) async fn of_item(call: Call) -> Result<Reply, Failure> {
    let key = V3.key(&call.params)?;
    Ok(Reply::success(&ListenersV3::of_config(listeners::of_item(&call, &key))))
}

/// A call that neither names a namespace nor asks for all of them is shown nothing, as in the reference.
pub(super) async fn of_ip(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&ListenersV3::of_ip(listeners::of_ip(&call, &V3, None, group_key::of)?)))
}
