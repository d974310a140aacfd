//! Capacity in v1 (recorded: `cs1-capacity`). The one family whose HTTP status repeats the code of the body
//! (`spec/http-config-auth` §4).

use navaid_core::CapacityOwner;
use navaid_wire::{
    config::capacity::{self as shape, CapacityRow},
    http::RestResult,
};
use serde::Serialize;

use crate::http::{
    call::Call,
    config::{capacity, dialect::V1},
    failure::{Costume, Failure},
    reply::Reply,
};

pub(super) async fn read(call: Call) -> Result<Reply, Failure> {
    match shown(&call) {
        Ok(row) => Ok(Reply::json(&RestResult::success(row))),
        Err(failure) => refused(failure, ()),
    }
}

/// The group without a name is the cluster, which can be read, and set by settings alone.
fn shown(call: &Call) -> Result<CapacityRow, Failure> {
    let is_cluster = call.params.get("group") == Some("") && call.params.get("tenant").is_none();
    let owner = if is_cluster { CapacityOwner::Cluster } else { capacity::owner(&call.params, &V1)? };
    Ok(capacity::row(call, &owner, shape::CapacityOwner::v1))
}

pub(super) async fn change(call: Call) -> Result<Reply, Failure> {
    match set(&call).await {
        Ok(text) => Ok(Reply::json(&RestResult::said(text, true))),
        Err(failure) => refused(failure, false),
    }
}

async fn set(call: &Call) -> Result<String, Failure> {
    let owner = capacity::owner(&call.params, &V1)?;
    let change = capacity::change(&call.params)?;
    let text = shape::changed_v1(&shape::CapacityOwner::v1(&owner));
    call.node.configs.set_capacity(owner, change).await?;
    Ok(text)
}

/// A refusal by the parameter check is a line of text here as everywhere.
fn refused(failure: Failure, data: impl Serialize) -> Result<Reply, Failure> {
    if matches!(failure, Failure::Check(_)) {
        return Err(failure);
    }
    let status = failure.status(Costume::Envelope);
    let body = RestResult::failure(i32::from(status.as_u16()), failure.text(), data);
    Ok(Reply { status, ..Reply::json(&body) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::Testbed;

    fn worded(reply: Reply) -> String {
        format!("{} {}", reply.status.as_u16(), String::from_utf8_lossy(&reply.body))
    }

    #[tokio::test]
    async fn bad_input_is_refused_with_its_name_and_limit() {
        let bed = Testbed::start();
        let owner = "At least one of the parameters (group or tenant) must be provided";
        let nothing =
            "The parameters quota, maxSize, maxAggrCount, maxAggrSize cannot be empty at the same time";
        let range = |name, text| format!("{name} must be a whole number from 0 to 2147483647, not '{text}'");
        for (form, text) in [
            ("quota=5", owner.to_owned()),
            ("group=&tenant=+&quota=5", owner.to_owned()),
            ("group=g", nothing.to_owned()),
            ("tenant=t&quota=", nothing.to_owned()),
            ("group=g&quota=-1", range("quota", "-1")),
            ("group=g&maxSize=many", range("maxSize", "many")),
            ("group=g&maxAggrCount=2147483648", range("maxAggrCount", "2147483648")),
        ] {
            let reply = change(bed.call(form, &[])).await.unwrap();
            assert_eq!(
                worded(reply),
                format!(r#"400 {{"code":400,"message":"{text}","data":false}}"#),
                "{form}"
            );
        }
        for query in ["", "tenant="] {
            let reply = read(bed.call(query, &[])).await.unwrap();
            assert_eq!(worded(reply), format!(r#"400 {{"code":400,"message":"{owner}","data":null}}"#));
        }
        assert!(matches!(read(bed.call("group=a+b", &[])).await, Err(Failure::Check(_))));
    }

    #[tokio::test]
    async fn the_cluster_is_read_as_the_group_without_a_name() {
        let bed = Testbed::start();
        let text = worded(read(bed.call("group=", &[])).await.unwrap());
        assert!(text.contains(r#""quota":100000,"usage":0"#) && text.contains(r#""group":"""#), "{text}");
    }
}
