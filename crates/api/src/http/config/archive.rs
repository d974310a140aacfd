//! Archives of items: writing one for a download, reading one that was uploaded (`spec/config-semantics` §8).

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use navaid_config::{Matching, PageRequest, Turn};
use navaid_core::{
    ConfigItem,
    access::{Action, Resource},
};
use navaid_wire::{
    config::archive::{self, Archive, ArchiveError, ITEMS_MAX, Layout},
    http::time_text,
};

use super::{Dialect, dialect};
use crate::http::{call::Call, failure::Failure, reply::Reply};

/// The items that the call selects, as a download.
pub(crate) async fn export(
    call: &Call,
    dialect: &Dialect,
    layout: Layout,
    content_type: HeaderValue,
) -> Result<Reply, Failure> {
    let items = selected(call, dialect).await?;
    let packed = call.node.configs.in_turn(move || archive::write(&items, layout)).await?;
    let packed = packed.map_err(|error| Failure::illegal(error.to_string()))?;
    let seconds = &time_text::iso(call.now().wall)[..19];
    let stamp: String = seconds.chars().filter(char::is_ascii_digit).collect();
    let disposition = format!("attachment;filename=nacos_config_export_{stamp}.zip");
    Ok(Reply::new(StatusCode::OK, content_type, packed).with_header("content-disposition", &disposition))
}

/// By ids where the call names some, else by namespace and names.
async fn selected(call: &Call, dialect: &Dialect) -> Result<Vec<Arc<ConfigItem>>, Failure> {
    let ids = dialect::ids(&call.params)?;
    if !ids.is_empty() {
        let items: Vec<_> = ids.into_iter().filter_map(|id| call.node.configs.item_by_id(id)).collect();
        for item in &items {
            call.node.guard.admit(&Resource::Config(item.key.clone()), Action::Read)?;
        }
        return Ok(items);
    }
    let query = dialect.search(&call.params, Matching::Blur)?;
    let page = PageRequest::new(1, ITEMS_MAX as i64)?;
    let found = call.node.configs.search(query, page).await?;
    if found.total > found.items.len() as u64 {
        let total = found.total;
        return Err(Failure::illegal(format!(
            "{total} items match, but an export may have at most {ITEMS_MAX}"
        )));
    }
    Ok(found.items)
}

/// Reads an uploaded archive. Its turn must be kept as long as what was read.
pub(crate) async fn read(
    call: &Call,
    uploaded: Bytes,
) -> Result<(Result<Archive, ArchiveError>, Turn), Failure> {
    Ok(call.node.configs.unpack_in_turn(move || archive::read(&uploaded)).await?)
}
