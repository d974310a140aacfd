//! The connections of this server, and moving clients to others (`spec/http-naming-core` §12.2, §12.3, `spec/grpc`
//! §7.4). Alone, a server is the whole cluster.

use std::{collections::BTreeMap, sync::Arc};

use navaid_core::{ConnectionId, Now};
use navaid_wire::loader::{ClusterLoad, ConnectionAnswer, MemberLoad};

use super::{
    call::Call,
    failure::{Failure, Missing},
    params::parse_number,
    state,
};
use crate::grpc::{Connection, Control, Redirect};

/// Connections by their ids, as lists show them.
pub(crate) fn shown(connections: &[Arc<Connection>], now: Now) -> BTreeMap<&str, ConnectionAnswer<'_>> {
    connections.iter().map(|connection| (connection.id().as_str(), connection.shown(now))).collect()
}

/// Load of every member.
pub(crate) fn cluster(call: &Call) -> ClusterLoad {
    let (connections, machine) = (call.connections.len(), &call.node.machine);
    let own = MemberLoad {
        address: state::own_member(&call.node).address,
        sdk_connections: connections,
        connections,
        load: shown_figure(machine.load()),
        cpu: shown_figure(machine.cpu(call.now().mono)),
    };
    ClusterLoad { members: 1, answered: vec![own] }
}

/// A figure as a text, as the reference shows it: below zero if it is not known.
fn shown_figure(figure: Option<f64>) -> String {
    format!("{:?}", figure.unwrap_or(-1.0))
}

/// Tells clients to move until `count` of them remain, the longest connected first.
pub(crate) fn reload_current(call: &Call) -> Result<(), Failure> {
    let remain: usize = parse_number(call.params.present("count", Missing::Request("Integer"))?.trim())?;
    let redirect = redirect(call)?;
    let mut connections = call.connections.all();
    connections.sort_by_key(|connection| connection.connected_at());
    let surplus = connections.len().saturating_sub(remain);
    for connection in &connections[..surplus] {
        connection.mailbox.control(Control::Reset(redirect.clone()));
    }
    tracing::info!(moved = surplus, remain, "clients told to move");
    Ok(())
}

/// Tells one client to move. One that is not there has moved already.
pub(crate) fn reload_client(call: &Call) -> Result<(), Failure> {
    let id = ConnectionId::new(call.params.present("connectionId", Missing::Request("String"))?);
    let redirect = redirect(call)?;
    if let Some(connection) = call.connections.get(&id) {
        connection.mailbox.control(Control::Reset(redirect));
        tracing::info!(client = %id, "client told to move");
    }
    Ok(())
}

/// Where clients are told to go: as the call says, or else here, since alone a server is all there is.
fn redirect(call: &Call) -> Result<Redirect, Failure> {
    let named = call.params.text("redirectAddress").map(parse_redirect).transpose()?;
    Ok(named.unwrap_or_else(|| Redirect::to_this(&call.node.facts)))
}

fn parse_redirect(address: &str) -> Result<Redirect, Failure> {
    let parsed = address.rsplit_once(':').and_then(|(ip, port)| Some((ip, port.parse().ok()?)));
    match parsed {
        Some((ip, port)) if !ip.is_empty() => Ok(Redirect { ip: ip.to_owned(), port }),
        _ => Err(Failure::illegal(format!("redirectAddress must be ip:port, not {address}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_an_address_with_a_port() {
        let parsed = parse_redirect("10.0.0.2:8848").unwrap();
        assert_eq!(parsed, Redirect { ip: "10.0.0.2".into(), port: 8848 });
        for wrong in ["10.0.0.2", ":8848", "10.0.0.2:http", "10.0.0.2:70000"] {
            let refused = format!("{:?}", parse_redirect(wrong).unwrap_err());
            assert!(refused.contains("redirectAddress must be ip:port"), "{refused}");
        }
    }
}
