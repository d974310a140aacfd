//! `/v3/client/cs/config`: how clients of 3.x without gRPC read (recorded: `cs3-client-read`, `cs3-admin-beta`).

use http::StatusCode;
use navaid_wire::{config::item_v3::ClientReadV3, http::ErrorCode};

use crate::http::{
    call::Call,
    config::{dialect::V3, release},
    failure::Failure,
    reply::Reply,
};

/// Codes inside the answer, which is that of the gRPC API.
const RESULT_OK: i32 = 200;

/// An absent item is no failure on HTTP: the code in the body says it.
pub(super) async fn read(call: Call) -> Result<Reply, Failure> {
    let key = V3.key(&call.params)?;
    let Some(served) = release::read(&call, &key, None) else {
        return Ok(Reply::envelope(StatusCode::OK, ErrorCode::RESOURCE_NOT_FOUND, None));
    };
    let tag = release::tag_of(&served.release);
    Ok(Reply::success(&ClientReadV3 {
        result_code: RESULT_OK,
        error_code: 0,
        message: None,
        request_id: None,
        content: served.content.text(),
        encrypted_data_key: release::data_key(&served),
        content_type: served.kind.as_word(),
        md5: served.md5.to_string(),
        last_modified: served.modified_at.as_millis(),
        tag: tag.as_deref(),
        beta: release::is_beta(&served.release),
        success: true,
    }))
}
