//! Who listens to what (`spec/http-config-auth` §7.5). A single server knows all of it, and sees clients between two
//! polls as well; the reference, which does not, takes several samples instead.

use std::collections::BTreeMap;

use navaid_config::WatchStatus;
use navaid_core::{
    ConfigKey, NamespaceId,
    access::{Action, Resource},
};

use super::Dialect;
use crate::http::{
    call::Call,
    failure::{Failure, Missing},
};

/// Listeners of an item: address → digest.
pub(crate) fn of_item(call: &Call, key: &ConfigKey) -> BTreeMap<String, String> {
    let watching = call.node.configs.watches().of_key(key, call.now());
    watching.into_iter().map(|status| (status.watcher.ip().to_string(), status.held.to_string())).collect()
}

/// What the listeners at an address listen to: group key → digest. The call names the address, and either asks for
/// all namespaces or for one; `unnamed` is the one it means when it does neither.
pub(crate) fn of_ip(
    call: &Call,
    dialect: &Dialect,
    unnamed: Option<NamespaceId>,
    group_key: fn(&ConfigKey) -> String,
) -> Result<BTreeMap<String, String>, Failure> {
    let ip = call.params.present("ip", Missing::Request("String"))?;
    let named = dialect.named_namespace(&call.params)?;
    let all = named.is_none() && call.params.strict_flag("all", false);
    if all {
        call.node.guard.admit(&Resource::Operation("config/listeners"), Action::Read)?;
    }
    let wanted = named.or(unnamed);
    let is_wanted = |status: &WatchStatus| {
        all || wanted.as_ref().is_some_and(|namespace| status.key.namespace() == namespace.as_str())
    };
    let watching = call.node.configs.watches().of_ip(ip, call.now());
    let wanted = watching.into_iter().filter(is_wanted);
    Ok(wanted.map(|status| (group_key(&status.key), status.held.to_string())).collect())
}
