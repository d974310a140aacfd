//! What an operator set on an instance, apart from what its client publishes: to see that a value comes from there, and
//! to take all of it back with one call. Calls of Navaid's own (`spec/naming-semantics` §4).

use http::StatusCode;
use navaid_wire::{http::ErrorCode, naming::override_answer::ShownOverride};

use super::{dialect::Dialect, instance_params::Target};
use crate::http::{call::Call, failure::Failure, reply::Reply};

pub(crate) async fn show(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let Target { key, instance, .. } = Target::of(&call, dialect)?;
    let (set, published) = call.node.naming.overlay(&key, &instance);
    let set = set.ok_or_else(|| {
        let text = format!(
            "nothing is set on instance {} of cluster {} in service {}",
            instance.endpoint,
            instance.cluster,
            key.grouped()
        );
        Failure::refused(StatusCode::NOT_FOUND, ErrorCode::RESOURCE_NOT_FOUND, text)
    })?;
    Ok(dialect.answer(&ShownOverride::of(&key, &instance, &set, published.as_deref())))
}

/// That nothing was set is a success.
pub(crate) async fn clear(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let target = Target::of(&call, dialect)?;
    let cleared = call.node.naming.clear_overlay(&target.key, &target.instance).await;
    cleared.map_err(|error| target.refusal(error))?;
    Ok(dialect.done())
}
