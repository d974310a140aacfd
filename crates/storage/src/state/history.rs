//! History rows: written with the state, read where they lie, purged oldest first.

use navaid_core::{ConfigKey, HistoryEntry, HistoryId, Timestamp};
use redb::{ReadTransaction, ReadableDatabase, ReadableTable};

use super::{
    State, StateError,
    tables::{HISTORY, HISTORY_OF_ITEM, HISTORY_OF_KEY, Tables},
};
use crate::stored::{HistoryValue, StoredError, decode_value};

/// How much one purge removes at most, oldest rows first, so that none holds up writing for long.
pub(super) struct PurgeLimit {
    pub(super) rows: usize,
    /// Of content and description; the row that passes it is the last.
    pub(super) bytes: usize,
}

/// What is left is for the next purge; at one every ten minutes this keeps up with 80 changes a second.
pub(super) const PURGE_LIMIT: PurgeLimit = PurgeLimit { rows: 50_000, bytes: 128 << 20 };

impl Tables<'_> {
    pub(super) fn append_history(&mut self, entry: &HistoryEntry, value: &[u8]) -> Result<(), StateError> {
        let id = entry.id.0;
        self.history.insert(id, value)?;
        self.history_of_key.insert((entry.key.as_str(), id), ())?;
        self.history_of_item.insert((entry.item_id, id), ())?;
        self.history_by_time.insert((entry.modified_at.0, id), ())?;
        Ok(())
    }

    pub(super) fn purge_history(&mut self, before: Timestamp, limit: &PurgeLimit) -> Result<(), StateError> {
        let mut old = Vec::new();
        for row in self.history_by_time.range(..(before.0, 0))?.take(limit.rows) {
            old.push(row?.0.value());
        }
        let mut bytes = 0;
        for (at, id) in old {
            bytes += self.remove_history(at, id)?;
            if bytes > limit.bytes {
                break;
            }
        }
        Ok(())
    }

    /// Removes a row and what refers to it; gives its size back.
    fn remove_history(&mut self, at: u64, id: u64) -> Result<usize, StateError> {
        let removed = self.history.remove(id)?.ok_or(StoredError::Missing("history row"))?;
        let row: HistoryValue = decode_value(removed.value())?;
        self.history_by_time.remove((at, id))?;
        self.history_of_key.remove((row.key.as_str(), id))?;
        self.history_of_item.remove((row.item_id, id))?;
        Ok(removed.value().len())
    }
}

impl State {
    /// Rows of an item, newest first, and the count of all of them.
    pub(crate) fn list_history(
        &self,
        key: &ConfigKey,
        skip: usize,
        limit: usize,
    ) -> Result<(u64, Vec<HistoryEntry>), StateError> {
        let read = self.db.begin_read()?;
        let (mut total, mut entries) = (0_u64, Vec::new());
        for (at, row) in read.open_table(HISTORY_OF_KEY)?.range(rows_of(key))?.rev().enumerate() {
            let id = row?.0.value().1;
            total += 1;
            if at >= skip && entries.len() < limit {
                entries.extend(read_row(&read, id)?);
            }
        }
        Ok((total, entries))
    }

    pub(crate) fn history_row(&self, id: HistoryId) -> Result<Option<HistoryEntry>, StateError> {
        read_row(&self.db.begin_read()?, id.0)
    }

    pub(crate) fn newest_history_of(&self, item_id: u64) -> Result<Option<HistoryEntry>, StateError> {
        let read = self.db.begin_read()?;
        let of_item = read.open_table(HISTORY_OF_ITEM)?;
        match of_item.range((item_id, 0)..=(item_id, u64::MAX))?.next_back() {
            Some(row) => read_row(&read, row?.0.value().1),
            None => Ok(None),
        }
    }
}

fn rows_of(key: &ConfigKey) -> std::ops::RangeInclusive<(&str, u64)> {
    (key.as_str(), 0)..=(key.as_str(), u64::MAX)
}

fn read_row(read: &ReadTransaction, id: u64) -> Result<Option<HistoryEntry>, StateError> {
    match read.open_table(HISTORY)?.get(id)? {
        Some(value) => Ok(Some(decode_value::<HistoryValue>(value.value())?.into_entry(HistoryId(id))?)),
        None => Ok(None),
    }
}
