//! What operators ask of the configuration module as a whole (recorded: `cs1-operations`,
//! `grpc-cs-client-metrics`).

use navaid_wire::http::RestResult;

use crate::http::{
    call::Call,
    config::{dialect::V1, holding, operations},
    failure::{Failure, Missing},
    log_level,
    reply::Reply,
    state,
};

/// Reads of Nacos come from a cache that can be filled anew; ours come from the state itself, which never needs it.
pub(super) async fn reload(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::ok("200"))
}

pub(super) async fn health(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::ok(if state::ready(&call).is_ok() {
        "UP"
    } else {
        "DOWN:the server is starting or stopping. "
    }))
}

pub(super) async fn set_log_level(call: Call) -> Result<Reply, Failure> {
    let given = |name| call.params.present(name, Missing::Request("String"));
    log_level::set(&call, given("logName")?, given("logLevel")?)?;
    Ok(Reply::ok("200"))
}

/// Statements for Derby, the database inside Nacos, and the replacing of all that is in it: the shape of a Nacos that
/// runs on another database (`spec/http-config-auth` §8.1).
pub(super) async fn refuse_database(_: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&RestResult::failure(500, operations::NO_DATABASE, ())))
}

/// What the clients at an address hold of an item; the whole cluster knows no more than this server.
pub(super) async fn holding(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::json(&holding::of_ip(&call, &V1).await?))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::testbed::Testbed;

    #[tokio::test]
    async fn statements_for_the_database_are_refused_in_the_shape_of_another_database() {
        let bed = Testbed::start();
        let reply = refuse_database(bed.call("sql=select+1", &[])).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!((reply.status, &body["code"]), (StatusCode::OK, &500.into()));
        assert_eq!(body["message"], operations::NO_DATABASE);
    }
}
