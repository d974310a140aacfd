//! What operators ask of the configuration module as a whole, in v3 (recorded: `cs3-admin-operations`).

use http::StatusCode;
use navaid_wire::http::ErrorCode;

use crate::http::{
    call::Call,
    config::{dialect::V3, holding, operations},
    failure::{Failure, Missing},
    log_level,
    reply::Reply,
};

/// There is no cache beside the state; see the same call of v1.
pub(super) async fn reload(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&"Local cache updated from store successfully!"))
}

pub(super) async fn set_log_level(call: Call) -> Result<Reply, Failure> {
    let given = |name| call.params.present(name, Missing::Request("String"));
    let (name, level) = (given("logName")?, given("logLevel")?);
    log_level::set(&call, name, level)?;
    Ok(Reply::success(&format!("Log level updated successfully! Module: {name}, Log Level: {level}")))
}

/// See the same call of v1.
pub(super) async fn refuse_database(_: Call) -> Result<Reply, Failure> {
    Err(Failure::refused(StatusCode::NOT_IMPLEMENTED, ErrorCode::SERVER_ERROR, operations::NO_DATABASE))
}

/// See the same call of v1.
pub(super) async fn holding(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::success(&holding::of_ip(&call, &V3).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbed::Testbed;

    #[tokio::test]
    async fn statements_for_the_database_are_not_implemented() {
        let bed = Testbed::start();
        let refused = refuse_database(bed.call("sql=select+1", &[])).await.unwrap_err();
        let expected =
            Failure::refused(StatusCode::NOT_IMPLEMENTED, ErrorCode::SERVER_ERROR, operations::NO_DATABASE);
        assert_eq!(refused, expected);
    }
}
