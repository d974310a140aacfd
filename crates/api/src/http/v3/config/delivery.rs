//! Who has got an item: Navaid's own path (`docs/operations`, "Has everybody got it?").

use navaid_config::{ClientHolding, Entry, PageRequest, ServedRelease};
use navaid_core::{ConfigKey, Moment, Now};
use navaid_wire::{
    config::delivery::{DeliveryClientV3, DeliveryCounts, DeliveryState, DeliveryV3, ReleaseRowV3},
    http::Page,
};

use crate::{
    grpc::{NoticeState, Registry},
    http::{
        call::Call,
        config::{dialect::V3, paging},
        failure::Failure,
        reply::Reply,
    },
};

/// The clients of this server that listen to an item, and what each holds.
pub(super) async fn of_item(call: Call) -> Result<Reply, Failure> {
    let (key, page, now) = (V3.key(&call.params)?, paging::positive(&call.params)?, call.now());
    let entry = call.node.configs.entry(&key);
    let clients = call.node.configs.delivery(&key, now);
    let notices = Notices { connections: &call.connections, key: &key, now };
    let mut counts = DeliveryCounts::default();
    let mut rows: Vec<_> = clients.iter().map(|client| notices.row(client)).collect();
    rows.iter().for_each(|row| counts.add(row.state));
    rows.sort_unstable_by(|one, other| place(one).cmp(&place(other)));
    Ok(Reply::success(&DeliveryV3 {
        namespace_id: key.namespace(),
        group_name: key.group(),
        data_id: key.data_id(),
        releases: entry.as_deref().map(releases).unwrap_or_default(),
        counts,
        clients: cut(rows, page),
    }))
}

/// Where a row stands in the list.
fn place<'r>(row: &'r DeliveryClientV3<'_>) -> (DeliveryState, &'r str, Option<&'r str>, u64) {
    (row.state, row.ip, row.client_id, row.held_since)
}

fn cut<T>(rows: Vec<T>, page: PageRequest) -> Page<T> {
    let total = rows.len() as u64;
    let rows = rows.into_iter().skip(page.skip()).take(page.size());
    Page::new(total, page.number() as u64, page.size() as u64, rows.collect())
}

fn releases(entry: &Entry) -> Vec<ReleaseRowV3<'_>> {
    let grays = entry.grays().iter().map(|gray| ReleaseRowV3 {
        gray_name: Some(gray.name.as_str()),
        md5: gray.md5.to_string(),
        modify_time: gray.modified_at.as_millis(),
    });
    let formal = entry.formal().map(|item| ReleaseRowV3 {
        gray_name: None,
        md5: item.md5.to_string(),
        modify_time: item.modified_at.as_millis(),
    });
    grays.chain(formal).collect()
}

/// What is known of the notices about one item.
struct Notices<'a> {
    connections: &'a Registry,
    key: &'a ConfigKey,
    now: Now,
}

impl Notices<'_> {
    fn row<'c>(&self, client: &'c ClientHolding) -> DeliveryClientV3<'c> {
        let watcher = &client.status.watcher;
        let notice = self.notice(client);
        let (mut notice_sent, mut notice_acknowledged) = (None, None);
        match notice {
            Some(NoticeState::Sent(at)) => notice_sent = Some(self.wall(at)),
            Some(NoticeState::Acknowledged(at)) => notice_acknowledged = Some(self.wall(at)),
            Some(NoticeState::Waiting) | None => {}
        }
        DeliveryClientV3 {
            client_id: watcher.connection().map(|id| id.as_str()),
            ip: watcher.ip(),
            app_name: watcher.app_name(),
            transport: if watcher.connection().is_some() { "grpc" } else { "http" },
            state: state(client, notice),
            held_md5: client.status.held.to_string(),
            held_since: client.status.since.as_millis(),
            expected_md5: client.expected_md5().map(|md5| md5.to_string()).unwrap_or_default(),
            expected_gray_name: client.expected.as_ref().and_then(|served| match &served.release {
                ServedRelease::Formal => None,
                ServedRelease::Gray { name, .. } => Some(name.as_str()),
            }),
            notice_sent,
            notice_acknowledged,
            last_poll: client.status.parted.map(|at| at.as_millis()),
        }
    }

    /// How far the notice is of what a connected client does not hold yet.
    fn notice(&self, client: &ClientHolding) -> Option<NoticeState> {
        if client.is_current() {
            return None;
        }
        let connection = self.connections.get(client.status.watcher.connection()?)?;
        connection.mailbox.notice_state(self.key)
    }

    fn wall(&self, at: Moment) -> u64 {
        (self.now.wall - self.now.mono.since(at)).as_millis()
    }
}

/// A poll is told by its end, if it ended after the change; a removal leaves no time, so that every poll that has
/// ended counts as told of it.
fn state(client: &ClientHolding, notice: Option<NoticeState>) -> DeliveryState {
    let changed_at = client.expected.as_ref().map(|served| served.modified_at);
    let is_told = match (notice, client.status.parted) {
        (Some(NoticeState::Sent(_) | NoticeState::Acknowledged(_)), _) => true,
        (_, Some(parted)) => changed_at.is_none_or(|changed| changed <= parted),
        (Some(NoticeState::Waiting) | None, None) => false,
    };
    match (client.is_current(), is_told) {
        (true, _) => DeliveryState::Current,
        (false, true) => DeliveryState::Told,
        (false, false) => DeliveryState::Behind,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use navaid_config::{ClientLabels, HeldMd5, ListenItem};
    use serde_json::{Value, json};

    use super::*;
    use crate::{http::v3::config::item, testbed::Testbed};

    const ITEM: &str = "dataId=a&groupName=g";

    async fn delivery(bed: &Testbed, more: &str) -> Value {
        let reply = of_item(bed.call(&format!("{ITEM}{more}"), &[])).await.unwrap();
        let answer: Value = serde_json::from_slice(&reply.body).unwrap();
        answer["data"].clone()
    }

    async fn poll(bed: &Testbed, ip: &str) {
        let (call, held) = (bed.call(ITEM, &[]), HeldMd5::Nothing);
        let items = [ListenItem { key: V3.key(&call.params).unwrap(), held }];
        let labels = ClientLabels { ip, ..ClientLabels::default() };
        let hold = Duration::from_secs(30);
        bed.node.configs.long_poll(&items, &labels, hold, call.now()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn clients_between_polls_are_shown_with_what_they_hold() {
        let bed = Testbed::start();
        poll(&bed, "10.0.0.1").await;
        let shown = delivery(&bed, "").await;
        assert_eq!(shown["releases"], json!([]));
        assert_eq!(shown["counts"], json!({"clients": 1, "current": 1, "told": 0, "behind": 0}));
        item::publish(bed.call(&format!("{ITEM}&content=x"), &[])).await.unwrap();
        poll(&bed, "10.0.0.2").await;
        let shown = delivery(&bed, "&pageNo=1&pageSize=1").await;
        assert_eq!(shown["releases"][0]["grayName"], Value::Null);
        assert_eq!(shown["counts"]["clients"], 2);
        assert_eq!(shown["clients"]["totalCount"], 2);
        let row = &shown["clients"]["pageItems"][0];
        assert_eq!((&row["transport"], &row["heldMd5"]), (&json!("http"), &json!("")));
        assert_eq!(row["expectedMd5"], shown["releases"][0]["md5"]);
        assert!(row["lastPoll"].is_u64());
    }
}
