//! What `GET /v3/admin/ns/instance/unconfirmed` answers: Navaid's own, without an example in Nacos.

use std::time::Duration;

use navaid_core::{Instance, Voucher};
use serde::Serialize;

use crate::http::page::Page;

/// Instances that are served while their client is not back: how many, and those of the service that was named.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownUnconfirmed<'a> {
    /// On the whole server, now.
    pub unconfirmed: usize,
    /// What became of the instances of before the restart.
    pub since_restart: SinceRestart,
    #[serde(flatten)]
    pub page: Option<Page<UnconfirmedInstance<'a>>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SinceRestart {
    pub restored: usize,
    pub confirmed: usize,
    pub left: usize,
}

/// One instance, and what it waits for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnconfirmedInstance<'a> {
    pub ip: &'a str,
    pub port: u16,
    pub cluster_name: &'a str,
    /// `restart`, or `move`: the server told its client to move.
    pub since: &'static str,
    /// What said last that it is there: `beats`, `connection`, or `several` clients.
    pub voucher: &'static str,
    /// Of a connection, which is gone.
    pub connection_id: Option<&'a str>,
    /// Milliseconds until it goes, if its client does not come back.
    pub leaves_in: u64,
}

impl<'a> UnconfirmedInstance<'a> {
    pub fn of(
        instance: &'a Instance,
        voucher: &'a Voucher,
        since: &'static str,
        leaves_in: Duration,
    ) -> Self {
        let (voucher, connection_id) = match voucher {
            Voucher::Beats => ("beats", None),
            Voucher::Connection(id) => ("connection", Some(id.as_str())),
            Voucher::Several => ("several", None),
        };
        Self {
            ip: &instance.endpoint.ip,
            port: instance.endpoint.port,
            cluster_name: instance.cluster.as_str(),
            since,
            voucher,
            connection_id,
            leaves_in: u64::try_from(leaves_in.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
