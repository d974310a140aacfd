//! Reads history from the stored state, after the records still on their way there.

use std::sync::Arc;

use navaid_core::{
    ConfigKey, HistoryEntry, HistoryId,
    seam::{HistoryReader, ReadError},
};

use super::backlog::Backlog;
use crate::state::{State, StateError};

/// [`HistoryReader`] on the state of one data directory. Every read sees every change acknowledged before it.
#[derive(Debug)]
pub(crate) struct StoredHistory {
    state: Arc<State>,
    backlog: Arc<Backlog>,
}

impl StoredHistory {
    pub(crate) fn new(state: Arc<State>, backlog: Arc<Backlog>) -> Self {
        Self { state, backlog }
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> Result<T, StateError>) -> Result<T, ReadError> {
        self.backlog.catch_up().map_err(ReadError)?;
        read(&self.state).map_err(|error| ReadError(error.to_string().into()))
    }
}

impl HistoryReader for StoredHistory {
    fn list(
        &self,
        key: &ConfigKey,
        skip: usize,
        limit: usize,
    ) -> Result<(u64, Vec<HistoryEntry>), ReadError> {
        self.read(|state| state.list_history(key, skip, limit))
    }

    fn get(&self, id: HistoryId) -> Result<Option<HistoryEntry>, ReadError> {
        self.read(|state| state.history_row(id))
    }

    fn newest_of_item(&self, item_id: u64) -> Result<Option<HistoryEntry>, ReadError> {
        self.read(|state| state.newest_history_of(item_id))
    }
}
