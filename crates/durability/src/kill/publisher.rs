//! Publishes and removes a few items over one protocol.

use anyhow::{Context, Result};
use hyper::Method;
use md5::{Digest, Md5};
use serde_json::json;

use super::item::{History, Item, Row};
use super::{Ended, Figures, expect};
use crate::dice::Dice;
use crate::grpc::GrpcClient;
use crate::http::HttpClient;

/// Items of one publisher.
const ITEMS: u64 = 4;
/// Items are removed, published against a wrong md5, and made large once in so many changes.
const REMOVAL: u64 = 8;
const CONFLICT: u64 = 16;
const LARGE: u64 = 40;
const SMALL_MAX: u64 = 400;
const LARGE_MAX: u64 = 100_000;
/// The most rows that a page of history has.
const PAGE_MAX: usize = 500;

const ITEM_PATH: &str = "/nacos/v1/cs/configs";
const HISTORY_PATH: &str = "/nacos/v1/cs/history";
pub(super) const GROUP: &str = "durability";

/// The protocol by which a publisher writes.
#[derive(Debug)]
pub(super) enum Road<'c> {
    Http(&'c mut HttpClient),
    Grpc(&'c mut GrpcClient),
}

/// One publisher and its items.
#[derive(Debug)]
pub(super) struct Publisher {
    items: Vec<Item>,
    dice: Dice,
    /// Numbers its changes.
    sequence: u64,
    /// Acknowledged since the last comparison.
    figures: Figures,
}

/// One change of an item, before it is sent.
#[derive(Debug)]
struct Change {
    data_id: String,
    /// None removes.
    content: Option<String>,
    author: String,
    /// The md5 that the stored content must have.
    condition: Option<String>,
    /// Whether the condition is wrong.
    conflicts: bool,
}

impl Publisher {
    pub(super) fn new(name: &str, dice: Dice) -> Self {
        let items = (0..ITEMS).map(|number| Item::new(format!("{name}-{number}"))).collect();
        Self { items, dice, sequence: 0, figures: Figures::default() }
    }

    /// Changes items until the connection ends.
    ///
    /// # Errors
    /// The server answers what it must not.
    pub(super) async fn write(&mut self, mut road: Road<'_>) -> Result<Ended> {
        loop {
            let at = usize::try_from(self.dice.below(ITEMS)).expect("a small number");
            let change = self.choose(at);
            let item = &mut self.items[at];
            if !change.conflicts {
                // Nothing tells by gRPC who removes.
                let is_told = change.content.is_some() || matches!(road, Road::Http(_));
                item.begin(change.content.clone(), is_told.then(|| change.author.clone()));
            }
            let accepted = match road.send(&change).await {
                Ok(accepted) => accepted,
                Err(error) => return Ok(Ended(error)),
            };
            let Ok(()) = accepted.as_ref().map(drop) else {
                expect(change.conflicts, "a change", &(&change.data_id, accepted))?;
                self.figures.conflicts += 1;
                continue;
            };
            expect(!change.conflicts, "a publish against a wrong md5", &change.data_id)?;
            item.acknowledge();
            let counter = match change.content {
                Some(_) => &mut self.figures.publishes,
                None => &mut self.figures.removals,
            };
            *counter += 1;
        }
    }

    fn choose(&mut self, at: usize) -> Change {
        self.sequence += 1;
        let (dice, item) = (&mut self.dice, &self.items[at]);
        let (data_id, author) = (item.data_id.clone(), format!("author-{}", self.sequence));
        let mut change = Change { data_id, content: None, author, condition: None, conflicts: false };
        if item.content().is_some() && dice.once_in(REMOVAL) {
            return change;
        }
        let length_max = if dice.once_in(LARGE) { LARGE_MAX } else { SMALL_MAX };
        let length = dice.below(length_max);
        let filling = "é".repeat(usize::try_from(length / 2).expect("a small number"));
        change.content = Some(format!("{} {} {filling}", change.data_id, self.sequence));
        change.conflicts = item.content().is_some() && dice.once_in(CONFLICT);
        if change.conflicts {
            change.condition = Some(md5_of("never published"));
        } else if dice.once_in(2) {
            change.condition = item.content().map(md5_of);
        }
        change
    }

    /// Compares every item over both protocols.
    ///
    /// # Errors
    /// An item is not as it must be.
    pub(super) async fn compare(&mut self, http: &mut HttpClient, grpc: &mut GrpcClient) -> Result<Figures> {
        let mut figures = std::mem::take(&mut self.figures);
        for item in &mut self.items {
            let content = read_http(http, &item.data_id).await?;
            let other = read_grpc(grpc, &item.data_id).await?;
            expect(
                content == other,
                "over HTTP and gRPC, differently, an item",
                &(&item.data_id, &content, other),
            )?;
            let history = read_history(http, item).await?;
            figures += Figures::of_in_flight(item.settle(content.as_deref(), &history)?);
        }
        Ok(figures)
    }
}

impl Road<'_> {
    /// Sends a change; the inner error is the server's refusal.
    ///
    /// # Errors
    /// The connection ended before the answer.
    async fn send(&mut self, change: &Change) -> Result<Result<(), String>> {
        match self {
            Self::Http(http) => send_http(http, change).await,
            Self::Grpc(grpc) => send_grpc(grpc, change).await,
        }
    }
}

async fn send_http(http: &mut HttpClient, change: &Change) -> Result<Result<(), String>> {
    let mut parameters =
        vec![("dataId", &*change.data_id), ("group", GROUP), ("src_user", change.author.as_str())];
    parameters.extend(change.content.as_deref().map(|content| ("content", content)));
    let condition: Vec<_> = change.condition.as_deref().map(|md5| ("casMd5", md5)).into_iter().collect();
    let method = if change.content.is_some() { Method::POST } else { Method::DELETE };
    let answer = http.call_with(method, ITEM_PATH, &parameters, &condition).await?;
    let is_done = answer.status == 200 && answer.body == "true";
    Ok(if is_done { Ok(()) } else { Err(format!("{} {}", answer.status, answer.body)) })
}

async fn send_grpc(grpc: &mut GrpcClient, change: &Change) -> Result<Result<(), String>> {
    let mut body = json!({"dataId": change.data_id, "group": GROUP, "tenant": "", "module": "config"});
    let kind = match &change.content {
        None => "ConfigRemoveRequest",
        Some(content) => {
            body["content"] = json!(content);
            body["additionMap"] = json!({"src_user": change.author});
            if let Some(md5) = &change.condition {
                body["casMd5"] = json!(md5);
            }
            "ConfigPublishRequest"
        }
    };
    let answer = grpc.call(kind, &body).await?;
    Ok(if answer.is_success() { Ok(()) } else { Err(answer.body.to_string()) })
}

async fn read_http(http: &mut HttpClient, data_id: &str) -> Result<Option<String>> {
    let answer = http.call(Method::GET, ITEM_PATH, &[("dataId", data_id), ("group", GROUP)]).await?;
    if answer.status == 404 {
        return Ok(None);
    }
    let answer = answer.success().context("read over HTTP")?;
    let md5 = answer.headers.get("content-md5").and_then(|value| value.to_str().ok());
    expect(md5 == Some(&md5_of(&answer.body)), "the md5 of a content", &(data_id, md5, &answer.body))?;
    Ok(Some(answer.body))
}

async fn read_grpc(grpc: &mut GrpcClient, data_id: &str) -> Result<Option<String>> {
    let body = json!({"dataId": data_id, "group": GROUP, "tenant": "", "module": "config"});
    let answer = grpc.call("ConfigQueryRequest", &body).await?;
    if answer.body["errorCode"] == 300 {
        return Ok(None);
    }
    let answer = answer.success().context("read over gRPC")?;
    let content = answer.body["content"].as_str().context("an answer has a content")?;
    let md5 = answer.body["md5"].as_str();
    expect(md5 == Some(&md5_of(content)), "the md5 of a content", &(data_id, md5, content))?;
    Ok(Some(content.to_owned()))
}

async fn read_history(http: &mut HttpClient, item: &Item) -> Result<History> {
    let rows = item.rows_needed();
    expect(rows <= PAGE_MAX, "more rows than a page has", &rows)?;
    let size = rows.to_string();
    let parameters = [
        ("search", "accurate"),
        ("dataId", &*item.data_id),
        ("group", GROUP),
        ("pageNo", "1"),
        ("pageSize", &size),
    ];
    let answer = http.call(Method::GET, HISTORY_PATH, &parameters).await?.success()?.json()?;
    let rows = answer["pageItems"].as_array().context("rows of history")?;
    let text = |value: &serde_json::Value| value.as_str().map(|text| text.trim().to_owned());
    let rows = rows.iter().map(|row| {
        let id = text(&row["id"]).context("id of a row")?;
        let op = text(&row["opType"]).context("operation of a row")?;
        anyhow::Ok((id, Row { op, author: text(&row["srcUser"]) }))
    });
    Ok(History {
        total: answer["totalCount"].as_u64().context("number of rows")?,
        rows: rows.collect::<Result<_>>()?,
    })
}

fn md5_of(content: &str) -> String {
    Md5::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
