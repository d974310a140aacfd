//! Who listens: asked by operators, and by members of each other (recorded: `cs1-subscribers`).

use std::collections::BTreeMap;

use navaid_core::NamespaceId;
use navaid_wire::config::{
    group_key,
    listeners::{ListenersV1, SampleV1},
};

use crate::http::{
    call::Call,
    config::{dialect::V1, listeners},
    failure::Failure,
    reply::Reply,
};

pub(super) async fn of_item(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&ListenersV1::new(watching_item(&call)?)))
}

pub(super) async fn of_ip(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&ListenersV1::new(watched_by_ip(&call)?)))
}

pub(super) async fn sample_of_item(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&SampleV1 { listeners: watching_item(&call)? }))
}

pub(super) async fn sample_of_ip(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&SampleV1 { listeners: watched_by_ip(&call)? }))
}

fn watching_item(call: &Call) -> Result<BTreeMap<String, String>, Failure> {
    Ok(listeners::of_item(call, &V1.key_in_default_group(&call.params)?))
}

fn watched_by_ip(call: &Call) -> Result<BTreeMap<String, String>, Failure> {
    listeners::of_ip(call, &V1, Some(NamespaceId::default()), group_key::of_1x_2x)
}
