//! Who subscribes to a service (`spec/naming-semantics` §12.3).

use navaid_naming::SubscriberRow;
use navaid_wire::naming::subscriber::{SubscriberV1, SubscriberV3, SubscribersV1};

use super::{
    dialect::Dialect,
    service_params::{PageParams, page_or, positive_page_or, service},
};
use crate::http::{call::Call, failure::Failure, reply::Reply};

/// v1: subscribers of all services of the namespace whose name and group contain what is asked for.
pub(crate) async fn search(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let asked = service(&call.params, dialect)?;
    let page = page_or(&call.params, PageParams { number: 1, size: 1000 })?;
    let rows = call.node.naming.subscribers(|key| {
        key.namespace() == asked.namespace()
            && key.name().contains(asked.name())
            && key.group().contains(asked.group())
    });
    let rows = distinct(rows);
    let count = rows.len();
    let rows = page.of(rows);
    let subscribers = rows
        .iter()
        .map(|row| SubscriberV1 {
            addr_str: address(row),
            agent: &row.consumer.agent,
            app: &row.consumer.app,
            ip: &row.consumer.ip,
            port: row.consumer.port,
            namespace_id: row.key.namespace(),
            service_name: row.key.grouped(),
            cluster: &row.clusters,
        })
        .collect();
    Ok(dialect.answer(&SubscribersV1 { subscribers, count }))
}

/// v3: subscribers of one service.
pub(crate) async fn list(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = service(&call.params, dialect)?;
    let page = positive_page_or(&call.params, PageParams { number: 1, size: 100 })?;
    let rows = distinct(call.node.naming.subscribers_of(&key));
    let total = rows.len();
    let rows = page.of(rows);
    let items = rows
        .iter()
        .map(|row| SubscriberV3 {
            namespace_id: row.key.namespace(),
            group_name: row.key.group(),
            service_name: row.key.name(),
            ip: &row.consumer.ip,
            port: row.consumer.port,
            agent: &row.consumer.agent,
            app_name: &row.consumer.app,
        })
        .collect();
    Ok(dialect.answer(&page.shown(total, items)))
}

/// Several connections of one application on one host are one row, as in the reference.
fn distinct(mut rows: Vec<SubscriberRow>) -> Vec<SubscriberRow> {
    rows.sort_by(|a, b| order(a).cmp(&order(b)));
    rows.dedup_by(|a, b| order(a) == order(b));
    rows
}

fn order(row: &SubscriberRow) -> (&navaid_core::ServiceKey, &str, u16, &str, &str) {
    (&row.key, &row.consumer.ip, row.consumer.port, &row.consumer.agent, &row.consumer.app)
}

/// A connection has no port of its own here.
pub(crate) fn address(row: &SubscriberRow) -> String {
    match row.consumer.port {
        0 => row.consumer.ip.to_string(),
        port => format!("{}:{port}", row.consumer.ip),
    }
}
