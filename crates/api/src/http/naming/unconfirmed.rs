//! Instances that are served while their client is not back, after a restart or a move: Navaid's own call.

use navaid_naming::{Waiting, WarmCounts};
use navaid_wire::naming::unconfirmed_answer::{ShownUnconfirmed, SinceRestart, UnconfirmedInstance};

use super::{
    dialect::Dialect,
    service_params::{PageParams, named_service, positive_page_or},
};
use crate::http::{call::Call, failure::Failure, reply::Reply};

/// Instances on one page at most.
const PAGE_MAX: i32 = 1_000;

/// How many there are, and page by page those of a service, if one is named.
pub(crate) async fn list(call: Call, dialect: Dialect) -> Result<Reply, Failure> {
    let key = named_service(&call.params, dialect)?;
    let page = positive_page_or(&call.params, PageParams { number: 1, size: 100 })?;
    let page = PageParams { size: page.size.min(PAGE_MAX), ..page };
    let naming = &call.node.naming;
    let rows = key.as_ref().map(|key| naming.unconfirmed(key, call.now()));
    let shown = rows.as_ref().map(|rows| {
        let items = page.of(rows.iter().collect()).into_iter().map(|row| {
            let since = match row.waiting {
                Waiting::Restart => "restart",
                Waiting::Move => "move",
            };
            UnconfirmedInstance::of(&row.instance, &row.voucher, since, row.leaves_in)
        });
        page.shown(rows.len(), items.collect())
    });
    let WarmCounts { restored, confirmed, left } = naming.warm_counts();
    Ok(dialect.answer(&ShownUnconfirmed {
        unconfirmed: naming.counters().unconfirmed,
        since_restart: SinceRestart { restored, confirmed, left },
        page: shown,
    }))
}
