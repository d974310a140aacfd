//! A client that listens to one item: who it is, what it holds, how long it waited.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, ensure};
use md5::{Digest, Md5};

use super::board::{self, Board, Content};

/// One in so many clients forgets notices.
const FORGETFUL: usize = 10;

/// How a client behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Temper {
    /// It carries the tag of the gray releases.
    pub(super) is_tagged: bool,
    /// Over gRPC: a notice that comes while it takes in a change is acknowledged and forgotten.
    pub(super) is_forgetful: bool,
}

impl Temper {
    /// The temper of the client of that number among those of its item.
    pub(super) fn of(number: usize) -> Self {
        Self { is_tagged: number.is_multiple_of(2), is_forgetful: number.is_multiple_of(FORGETFUL) }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Listener {
    board: Rc<Board>,
    item: usize,
    pub(super) temper: Temper,
    held: RefCell<Content>,
    version: Cell<usize>,
    pub(super) deliveries: Cell<u64>,
    pub(super) notices: Cell<u64>,
    pub(super) connections: Cell<u64>,
    pub(super) longest_wait: Cell<Duration>,
}

impl Listener {
    pub(super) fn new(board: Rc<Board>, item: usize, temper: Temper) -> Self {
        Self {
            board,
            item,
            temper,
            held: RefCell::default(),
            version: Cell::default(),
            deliveries: Cell::default(),
            notices: Cell::default(),
            connections: Cell::default(),
            longest_wait: Cell::default(),
        }
    }

    pub(super) fn data_id(&self) -> String {
        board::data_id(self.item)
    }

    /// Digest of what it holds, as it tells the server.
    pub(super) fn md5(&self) -> String {
        self.held.borrow().as_deref().map(md5_of).unwrap_or_default()
    }

    /// Takes in what it was given, with the digest that came along.
    ///
    /// # Errors
    /// The digest is not the content's; or this is not for the client, or older than what it had.
    pub(super) fn take(&self, content: Content, md5: Option<&str>) -> Result<()> {
        let digest = content.as_deref().map(md5_of);
        ensure!(digest.as_deref() == md5, "{content:?} came with the digest {md5:?}");
        let found = self.board.find(self.item, self.temper.is_tagged, (&content, self.version.get()));
        let Some((version, waits_since)) = found else { anyhow::bail!("{self:?} was given {content:?}") };
        if let Some(since) = waits_since {
            self.deliveries.set(self.deliveries.get() + 1);
            self.longest_wait.set(self.longest_wait.get().max(since.elapsed()));
        }
        self.version.set(version);
        self.held.replace(content);
        Ok(())
    }

    /// Whether it holds what it is given in the end.
    pub(super) fn is_settled(&self) -> bool {
        *self.held.borrow() == self.board.last(self.item, self.temper.is_tagged)
    }
}

/// One more of something.
pub(super) fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

fn md5_of(content: &str) -> String {
    Md5::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
