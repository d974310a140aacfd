//! Items of v3 (recorded: `cs3-admin-cycle`, `cs3-admin-beta`, `cs3-console-config`).

use http::StatusCode;
use navaid_core::ConfigType;
use navaid_wire::{
    config::{DetailV3, item_v3::GrayV3},
    http::{Envelope, ErrorCode},
};

use crate::http::{
    call::Call,
    config::{dialect::V3, item},
    failure::Failure,
    reply::{JSON, Reply},
};

pub(super) async fn read(call: Call) -> Result<Reply, Failure> {
    let item = call.node.configs.item(&V3.key(&call.params)?);
    let item = item.ok_or_else(|| not_found("Config not exist, please publish Config first."))?;
    Ok(Reply::success(&DetailV3::of(&item)))
}

/// The console is shown null for an item that is not there.
pub(super) async fn read_or_null(call: Call) -> Result<Reply, Failure> {
    let item = call.node.configs.item(&V3.key(&call.params)?);
    Ok(Reply::success(&item.as_deref().map(DetailV3::of)))
}

pub(super) async fn publish(call: Call) -> Result<Reply, Failure> {
    item::publish(&call, &V3).await?;
    Ok(Reply::success(&true))
}

/// Changes description and labels of an item, not its content.
pub(super) async fn describe(call: Call) -> Result<Reply, Failure> {
    let found = item::describe(&call, &V3).await?;
    if !found {
        return Err(not_found("Config not exist, please publish Config first."));
    }
    Ok(Reply::success(&true))
}

pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    item::remove(&call, &V3).await?;
    Ok(Reply::success(&true))
}

pub(super) async fn remove_ids(call: Call) -> Result<Reply, Failure> {
    item::remove_ids(&call, &V3).await?;
    Ok(Reply::success(&true))
}

pub(super) async fn beta(call: Call) -> Result<Reply, Failure> {
    let beta = item::beta(&call, &V3)?.ok_or_else(|| not_found("Config is not in beta."))?;
    Ok(Reply::success(&GrayV3::of(beta.id, &beta.key, &beta.release)))
}

/// The console is shown null where there is no beta, and the type of one that there is.
pub(super) async fn beta_or_null(call: Call) -> Result<Reply, Failure> {
    let beta = item::beta(&call, &V3)?;
    let shown = beta.as_ref().map(|beta| {
        let mut gray = GrayV3::of(beta.id, &beta.key, &beta.release);
        gray.detail.basic.kind = Some(ConfigType::Text.as_word());
        gray
    });
    Ok(Reply::success(&shown))
}

/// A beta that is not there is a failure in the body only.
pub(super) async fn remove_beta(call: Call) -> Result<Reply, Failure> {
    if item::remove_beta(&call, &V3).await? {
        return Ok(Reply::success(&true));
    }
    let refused =
        Envelope { code: ErrorCode::SERVER_ERROR.code, message: item::NO_BETA.to_owned(), data: false };
    Ok(Reply::json(&refused).with_type(JSON))
}

fn not_found(text: &str) -> Failure {
    Failure::refused(StatusCode::NOT_FOUND, ErrorCode::RESOURCE_NOT_FOUND, text)
}
