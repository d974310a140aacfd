//! Capacity: whose it is and what is to change, the same for every generation (`spec/config-semantics` §11; recorded:
//! `cs1-capacity` on 2.5.1, `cs3-admin-capacity` on 3.1).

use http::StatusCode;
use navaid_core::{CapacityChange, CapacityOwner, GroupName};
use navaid_wire::{
    config::capacity::{self, CapacityRow},
    http::ErrorCode,
};

use super::Dialect;
use crate::http::{call::Call, failure::Failure, params::Params};

/// Highest quota or size: the reference keeps them in a signed number of 32 bits.
const LIMIT_MAX: u32 = i32::MAX as u32;

/// The limits that a call can change.
const LIMITS: [&str; 4] = ["quota", "maxSize", "maxAggrCount", "maxAggrSize"];

/// Whose capacity a call is about. A namespace wins over a group that is named beside it.
pub(crate) fn owner(params: &Params, dialect: &Dialect) -> Result<CapacityOwner, Failure> {
    if let Some(namespace) = dialect.named_namespace(params)? {
        return Ok(CapacityOwner::Namespace(namespace));
    }
    match dialect.group(params) {
        Some(group) if !group.trim().is_empty() => Ok(CapacityOwner::Group(GroupName::parse(group)?)),
        _ => {
            let (group, namespace) = dialect.scope_names();
            Err(missing(format!("At least one of the parameters ({group} or {namespace}) must be provided")))
        }
    }
}

/// What a call changes; at least one limit.
pub(crate) fn change(params: &Params) -> Result<CapacityChange, Failure> {
    let [quota, max_size, max_aggr_count, max_aggr_size] = LIMITS.map(|name| limit(params, name));
    let change = CapacityChange {
        quota: quota?,
        max_size: max_size?,
        max_aggr_count: max_aggr_count?,
        max_aggr_size: max_aggr_size?,
    };
    if change == CapacityChange::default() {
        let names = LIMITS.join(", ");
        return Err(missing(format!("The parameters {names} cannot be empty at the same time")));
    }
    Ok(change)
}

/// A limit that is blank is not said; 0 makes it go by the settings.
fn limit(params: &Params, name: &str) -> Result<Option<u32>, Failure> {
    let Some(text) = params.text(name) else { return Ok(None) };
    match text.parse() {
        Ok(limit) if limit <= LIMIT_MAX => Ok(Some(limit)),
        _ => Err(Failure::illegal(format!(
            "{name} must be a whole number from 0 to {LIMIT_MAX}, not '{text}'"
        ))),
    }
}

fn missing(text: String) -> Failure {
    Failure::refused(StatusCode::BAD_REQUEST, ErrorCode::PARAMETER_MISSING, text)
}

/// What is shown of an owner, which each generation shows under its own names.
pub(crate) fn row(
    call: &Call,
    owner: &CapacityOwner,
    shown: fn(&CapacityOwner) -> capacity::CapacityOwner,
) -> CapacityRow {
    let capacity = call.node.configs.capacity(owner);
    CapacityRow {
        id: capacity.id.to_string(),
        quota: capacity.quota.into(),
        usage: capacity.usage as u64,
        max_size: capacity.max_size.into(),
        max_aggr_count: capacity.max_aggr_count.into(),
        max_aggr_size: capacity.max_aggr_size.into(),
        gmt_create: None,
        gmt_modified: None,
        owner: shown(owner),
    }
}
