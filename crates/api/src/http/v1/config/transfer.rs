//! Export, import and clone in v1 (recorded: `cs1-export`, `cs1-import-*`, `cs1-clone-policies`).
//!
//! 2.5.1 counts items that it leaves alone as written. We tell what was done, as every other release does.

use http::HeaderValue;
use navaid_wire::config::archive::Layout;

use crate::http::{
    call::Call,
    config::{
        archive,
        dialect::V1,
        transfer::{self, Told},
    },
    failure::Failure,
    reply::Reply,
};

const DOWNLOAD: HeaderValue = HeaderValue::from_static("application/octet-stream;charset=UTF-8");

pub(super) async fn export(call: &Call, layout: Layout) -> Result<Reply, Failure> {
    archive::export(call, &V1, layout, DOWNLOAD).await
}

pub(super) async fn import(call: &Call) -> Result<Reply, Failure> {
    let transfer = transfer::import(call, &V1, "namespace").await?;
    Ok(transfer::answer(&transfer, Told::V1("import success")))
}

pub(super) async fn clone(call: &Call) -> Result<Reply, Failure> {
    let transfer = transfer::clone(call, &V1, "tenant").await?;
    Ok(transfer::answer(&transfer, Told::V1("Clone Completed Successfully")))
}
