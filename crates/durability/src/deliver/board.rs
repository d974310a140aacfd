//! What each item was and is, as the writer knows it.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::time::Instant;

/// A content; none: there is nothing for the client.
pub(super) type Content = Option<Rc<str>>;

/// The state of an item between two changes.
#[derive(Clone, Debug)]
struct Version {
    /// When the change that made it was sent first.
    since: Instant,
    formal: Content,
    gray: Content,
}

impl Version {
    fn given(&self, is_tagged: bool) -> &Content {
        if is_tagged && self.gray.is_some() { &self.gray } else { &self.formal }
    }
}

/// Every item with its versions, the first of which is that nothing is there.
#[derive(Debug)]
pub(super) struct Board(Vec<RefCell<Vec<Version>>>);

/// The name of an item.
pub(super) fn data_id(item: usize) -> String {
    format!("item-{item}")
}

impl Board {
    pub(super) fn new(items: usize) -> Self {
        let nothing = Version { since: Instant::now(), formal: None, gray: None };
        Self((0..items).map(|_| RefCell::new(vec![nothing.clone()])).collect())
    }

    /// The formal and the gray content that an item has now.
    pub(super) fn now(&self, item: usize) -> (Content, Content) {
        let versions = self.0[item].borrow();
        let last = versions.last().expect("the first version stays");
        (last.formal.clone(), last.gray.clone())
    }

    /// An item is about to change; call it before a client can be given what is new.
    pub(super) fn changes(&self, item: usize, (formal, gray): (Content, Content)) {
        self.0[item].borrow_mut().push(Version { since: Instant::now(), formal, gray });
    }

    /// What a client is given in the end.
    pub(super) fn last(&self, item: usize, is_tagged: bool) -> Content {
        let versions = self.0[item].borrow();
        versions.last().and_then(|version| version.given(is_tagged).clone())
    }

    /// The newest version with which a client was given this, if it is not older than `after`; and since when the
    /// client had not been given what was there, if it had not.
    pub(super) fn find(
        &self,
        item: usize,
        is_tagged: bool,
        (content, after): (&Content, usize),
    ) -> Option<(usize, Option<Instant>)> {
        let versions = self.0[item].borrow();
        let found = versions.iter().rposition(|version| version.given(is_tagged) == content)?;
        if found < after {
            return None;
        }
        let before = versions[after].given(is_tagged);
        let passed = &versions[after..=found];
        let first_new = passed.iter().find(|version| version.given(is_tagged) != before);
        Some((found, first_new.map(|version| version.since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_was_given_is_found_if_it_is_not_older_than_what_it_had() {
        let board = Board::new(1);
        let content = |text: &str| Some(Rc::<str>::from(text));
        board.changes(0, (content("one"), None));
        board.changes(0, (content("one"), content("gray")));
        board.changes(0, (None, content("gray")));
        let found = |is_tagged, text: Content, after| {
            board.find(0, is_tagged, (&text, after)).map(|(version, waited)| (version, waited.is_some()))
        };
        assert_eq!(found(false, content("one"), 0), Some((2, true)));
        assert_eq!(found(false, content("one"), 2), Some((2, false)), "nothing new");
        assert_eq!(found(false, content("one"), 3), None, "it went back");
        assert_eq!(found(false, None, 2), Some((3, true)));
        assert_eq!(found(true, content("gray"), 0), Some((3, true)));
        assert_eq!(found(false, content("gray"), 0), None, "it is not for everybody");
        assert_eq!((board.last(0, false), board.last(0, true)), (None, content("gray")));
    }
}
