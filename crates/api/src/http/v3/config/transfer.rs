//! Export, import and clone in v3 (recorded: `cs3-admin-import-export`, `cs3-admin-batch-and-clone`).

use http::HeaderValue;
use navaid_wire::config::archive::Layout;

use crate::http::{
    call::Call,
    config::{
        archive,
        dialect::V3,
        transfer::{self, Told},
    },
    failure::Failure,
    reply::Reply,
};

const DOWNLOAD: HeaderValue = HeaderValue::from_static("application/octet-stream");

pub(super) async fn export(call: Call) -> Result<Reply, Failure> {
    archive::export(&call, &V3, Layout::List, DOWNLOAD).await
}

pub(super) async fn import(call: Call) -> Result<Reply, Failure> {
    Ok(transfer::answer(&transfer::import(&call, &V3, "namespaceId").await?, Told::V3))
}

pub(super) async fn clone(call: Call) -> Result<Reply, Failure> {
    Ok(transfer::answer(&transfer::clone(&call, &V3, "namespaceId").await?, Told::V3))
}

/// The console names the target differently.
pub(super) async fn clone_from_console(call: Call) -> Result<Reply, Failure> {
    Ok(transfer::answer(&transfer::clone(&call, &V3, "targetNamespaceId").await?, Told::V3))
}
