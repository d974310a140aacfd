//! Changes items, one change after the other, each repeated until it is acknowledged.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hyper::Method;
use tokio::time::{sleep, timeout};

use super::board::{self, Board, Content};
use super::{GROUP, ITEM_PATH, ITEMS, TAG};
use crate::dice::Dice;
use crate::http::HttpClient;

/// Of so many changes …
const KINDS: u64 = 20;
/// … so many remove the formal release, …
const REMOVALS: u64 = 3;
/// … so many publish a gray one, and as many end it.
const GRAYS: u64 = 3;
/// How long a change may take, a restart of the server included.
const DEADLINE: Duration = Duration::from_secs(60);
/// Between two tries.
const AGAIN: Duration = Duration::from_millis(20);

/// See the module.
pub(super) struct Writer {
    port: u16,
    board: Rc<Board>,
    dice: Dice,
    number: usize,
    http: Option<HttpClient>,
}

/// One change, which may be sent any number of times.
struct Change {
    data_id: String,
    /// None removes.
    content: Content,
    is_gray: bool,
}

impl Writer {
    pub(super) fn new(port: u16, board: Rc<Board>, dice: Dice) -> Self {
        Self { port, board, dice, number: 0, http: None }
    }

    /// Makes the next change and waits until it is acknowledged.
    ///
    /// # Errors
    /// The server refuses it, or does not come back.
    pub(super) async fn change(&mut self) -> Result<()> {
        let change = self.choose();
        let acknowledged = async {
            loop {
                match self.send(&change).await {
                    Ok(accepted) => return accepted,
                    Err(_) => {
                        self.http = None;
                        sleep(AGAIN).await;
                    }
                }
            }
        };
        timeout(DEADLINE, acknowledged).await.context("a change is not acknowledged")?
    }

    fn choose(&mut self) -> Change {
        self.number += 1;
        let item = usize::try_from(self.dice.below(ITEMS as u64)).expect("a small number");
        let (mut formal, mut gray) = self.board.now(item);
        let new = || Some(format!("{} change {}", board::data_id(item), self.number).into());
        let kind = self.dice.below(KINDS);
        let is_gray = (REMOVALS..REMOVALS + 2 * GRAYS).contains(&kind);
        let content = match kind {
            ..REMOVALS => None,
            _ if is_gray && kind >= REMOVALS + GRAYS => None,
            _ => new(),
        };
        *(if is_gray { &mut gray } else { &mut formal }) = content.clone();
        self.board.changes(item, (formal, gray));
        Change { data_id: board::data_id(item), content, is_gray }
    }

    /// Sends a change; the inner result is the server's.
    async fn send(&mut self, change: &Change) -> Result<Result<()>> {
        let http = match &mut self.http {
            Some(http) => http,
            None => self.http.insert(HttpClient::connect(self.port).await?),
        };
        let mut parameters = vec![("dataId", &*change.data_id), ("group", GROUP)];
        parameters.extend(change.content.as_deref().map(|content| ("content", content)));
        parameters.extend(change.is_gray.then_some(("tag", TAG)));
        let method = if change.content.is_some() { Method::POST } else { Method::DELETE };
        let answer = http.call(method, ITEM_PATH, &parameters).await?;
        let is_done = answer.status == 200 && answer.body == "true";
        Ok((|| {
            ensure!(is_done, "a change of {} was answered {} {}", change.data_id, answer.status, answer.body);
            Ok(())
        })())
    }
}
