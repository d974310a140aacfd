//! A configuration item as its only publisher knows it: its content, and the rows of its history.

use anyhow::{Context, Result, ensure};

use super::cell::Cell;

/// One configuration item.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) data_id: String,
    cell: Cell,
    /// The rows that changes acknowledged since the last comparison left, oldest first.
    left: Vec<Row>,
    /// The row that the change in flight would leave.
    in_flight: Option<Row>,
    /// Rows of the item at the last comparison, and the id of the newest.
    total: u64,
    newest: Option<String>,
}

/// What is known of a row of history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// `I`, `U` or `D`.
    pub(super) op: String,
    /// Who changed the item: each publish has an author of its own, so that rows can be told apart.
    pub(super) author: Option<String>,
}

/// What a server tells of the history of an item: the number of rows, and the newest ones with their ids, newest first.
#[derive(Debug)]
pub(super) struct History {
    pub(super) total: u64,
    pub(super) rows: Vec<(String, Row)>,
}

impl Item {
    pub(super) fn new(data_id: String) -> Self {
        let (cell, left) = (Cell::default(), Vec::new());
        Self { data_id, cell, left, in_flight: None, total: 0, newest: None }
    }

    pub(super) fn content(&self) -> Option<&str> {
        self.cell.value()
    }

    /// Rows that a comparison must see: those that may have come, and the newest that was there.
    pub(super) fn rows_needed(&self) -> usize {
        self.left.len() + 2
    }

    /// A publish, or a removal where `content` is none, is about to be sent.
    pub(super) fn begin(&mut self, content: Option<String>, author: Option<String>) {
        let op = match (self.content(), &content) {
            (_, None) => "D",
            (None, Some(_)) => "I",
            (Some(_), Some(_)) => "U",
        };
        self.in_flight = Some(Row { op: op.to_owned(), author });
        self.cell.begin(content);
    }

    pub(super) fn acknowledge(&mut self) {
        self.cell.acknowledge();
        self.left.extend(self.in_flight.take());
    }

    /// Compares with what is stored; tells whether the change in flight took effect.
    ///
    /// # Errors
    /// Content or history is not as acknowledged, or the change in flight is there by half.
    pub(super) fn settle(&mut self, content: Option<&str>, history: &History) -> Result<Option<bool>> {
        let took_effect = self.cell.settle(content).with_context(|| self.data_id.clone())?;
        let mut expected = std::mem::take(&mut self.left);
        expected.extend(self.in_flight.take().filter(|_| took_effect == Some(true)));
        let is_new = |(id, _): &&(String, Row)| self.newest.as_ref() != Some(id);
        let mut found: Vec<Row> =
            history.rows.iter().take_while(is_new).map(|(_, row)| row.clone()).collect();
        found.reverse();
        ensure!(found == expected, "history of {} has {found:?} in place of {expected:?}", self.data_id);
        self.total += expected.len() as u64;
        ensure!(
            history.total == self.total,
            "{} has {} rows, not {}",
            self.data_id,
            history.total,
            self.total
        );
        self.newest = history.rows.first().map(|(id, _)| id.clone());
        Ok(took_effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(op: &str, author: &str) -> Row {
        Row { op: op.to_owned(), author: (!author.is_empty()).then(|| author.to_owned()) }
    }

    /// Rows in the order in which they came.
    fn history(rows: &[Row]) -> History {
        let numbered = rows.iter().cloned().enumerate().map(|(id, row)| (id.to_string(), row));
        History { total: rows.len() as u64, rows: numbered.rev().collect() }
    }

    /// An item that was published twice, with a removal in flight.
    fn item() -> Item {
        let mut item = Item::new("d".to_owned());
        for content in ["a", "b"] {
            item.begin(Some(content.to_owned()), Some(content.to_owned()));
            item.acknowledge();
        }
        item.begin(None, None);
        item
    }

    #[test]
    fn content_and_history_agree_on_the_change_in_flight() {
        let [a, b, removed] = [row("I", "a"), row("U", "b"), row("D", "")];
        assert_eq!(item().settle(Some("b"), &history(&[a.clone(), b.clone()])).unwrap(), Some(false));
        assert_eq!(
            item().settle(None, &history(&[a.clone(), b.clone(), removed.clone()])).unwrap(),
            Some(true)
        );
        assert!(item().settle(Some("b"), &history(&[a.clone(), b.clone(), removed])).is_err());
        assert!(item().settle(None, &history(&[a, b])).is_err());
    }

    #[test]
    fn row_that_is_missing_doubled_or_misplaced_is_found() {
        let [a, b] = [row("I", "a"), row("U", "b")];
        for rows in [&[a.clone()][..], &[a.clone(), b.clone(), b.clone()], &[b.clone(), a.clone()]] {
            assert!(item().settle(Some("b"), &history(rows)).is_err(), "{rows:?}");
        }
    }

    #[test]
    fn rows_before_the_last_comparison_must_stay() {
        let [a, b, c] = [row("I", "a"), row("U", "b"), row("U", "c")];
        let mut item = item();
        item.settle(Some("b"), &history(&[a.clone(), b.clone()])).unwrap();
        item.begin(Some("c".to_owned()), Some("c".to_owned()));
        item.acknowledge();
        let lost = History { total: 2, ..history(&[a, b, c]) };
        assert!(item.settle(Some("c"), &lost).is_err());
    }
}
