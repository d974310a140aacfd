//! What clients hold of an item, by their own account (recorded: `grpc-cs-client-metrics`, `cs3-admin-operations`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::Dialect;
use crate::{
    grpc::holding,
    http::{
        call::Call,
        failure::{Failure, Missing},
    },
};

/// Asks the clients at the address that a call names, about the item that it names.
pub(crate) async fn of_ip(call: &Call, dialect: &Dialect) -> Result<BTreeMap<String, Value>, Failure> {
    let ip = call.params.present("ip", Missing::Request("String"))?;
    let key = dialect.checked_key(&call.params)?;
    Ok(holding::ask(&call.connections, ip, &key).await)
}
