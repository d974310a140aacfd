//! The stored state: one redb file of tables, from which the engines are loaded at start, and where history lies.
//!
//! Every transaction writes the records of a run of commands together with the index of the last one, so that the
//! file is always the state after some command. A transaction is a checkpoint: durable when [`State::write`] returns.

mod history;
mod tables;

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use navaid_core::{
    Record,
    command::{LogIndex, OverlayTarget},
    record::ConfigSequence,
};
use redb::{
    Builder, Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, StorageError,
    TableError,
};

use self::tables::{
    APPLIED, CAPACITIES, FORMAT, GRAYS, INSTANCES, ITEMS, META, NAMESPACES, NEXT_HISTORY, NEXT_ITEM,
    OVERLAYS, SERVICES, SWITCHES, Tables,
};
use crate::{
    directory::{Directory, sync_parent},
    error::{OpenError, WayOut},
    stored::{
        CapacityValue, GrayValue, InstanceValue, ItemValue, NamespaceValue, OverlayValue, ServiceValue,
        StoredError, SwitchesValue, cluster_name, config_key_of_text, decode_value, endpoint, owner_of_parts,
        service_key_of_text,
    },
};

const FILE: &str = "state.redb";
/// Version of the tables. 1 since 0.1.0.
const VERSION: u64 = 1;
/// Pages that redb keeps in memory. Reads at run time are rare; writes come in batches.
const CACHE_BYTES: usize = 16 << 20;

/// The stored state, and with it the hold on the data directory.
#[derive(Debug)]
pub(crate) struct State {
    db: Database,
    path: PathBuf,
    /// Released after the file is closed.
    _directory: Directory,
}

/// What stops reading or loading the tables.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error(transparent)]
    Store(#[from] redb::Error),
    #[error(transparent)]
    Stored(#[from] StoredError),
}

macro_rules! from_redb {
    ($($error:ty),*) => {
        $(impl From<$error> for StateError {
            fn from(error: $error) -> Self {
                Self::Store(error.into())
            }
        })*
    };
}
from_redb!(redb::TransactionError, TableError, StorageError, redb::CommitError);

impl State {
    /// Opens the state, or makes an empty one. Verifies the checksum of every page.
    ///
    /// # Errors
    /// Damage, a newer release, or the operating system.
    pub(crate) fn open(directory: Directory) -> Result<Self, OpenError> {
        let path = directory.path().join(FILE);
        let db = if path.exists() {
            let db = builder().set_check_integrity_on_open(true).open(&path);
            db.map_err(|error| database_error(&directory, &path, error))?
        } else {
            create(&path)?
        };
        let state = Self { db, path, _directory: directory };
        let format = state.meta(FORMAT).map_err(|error| state.open_error(error))?;
        if format > VERSION {
            let reason = StoredError::Newer { what: format!("state version {format}") };
            return Err(OpenError::Newer { path: state.path, reason });
        }
        Ok(state)
    }

    /// Index of the last command whose records are here.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn applied(&self) -> Result<LogIndex, OpenError> {
        self.meta(APPLIED).map(LogIndex).map_err(|error| self.open_error(error))
    }

    /// Hands every record of the state to `each`, history excepted.
    ///
    /// # Errors
    /// A value cannot be read or understood.
    pub(crate) fn load(&self, each: &mut dyn FnMut(Record)) -> Result<(), OpenError> {
        self.load_tables(each).map_err(|error| self.open_error(error))
    }

    fn load_tables(&self, each: &mut dyn FnMut(Record)) -> Result<(), StateError> {
        let read = self.db.begin_read()?;
        load_config(&read, each)?;
        load_naming(&read, each)?;
        for row in read.open_table(NAMESPACES)?.iter()? {
            each(Record::PutNamespace(decode_value::<NamespaceValue>(row?.1.value())?.try_into()?));
        }
        Ok(())
    }

    /// Writes records and the index of their last command in one durable transaction.
    ///
    /// # Errors
    /// The store failed; what was written before is unharmed.
    pub(crate) fn write(&self, records: &[Record], applied: LogIndex) -> Result<(), StateError> {
        let write = self.db.begin_write()?;
        {
            let mut tables = Tables::open(&write)?;
            records.iter().try_for_each(|record| tables.put(record))?;
            tables.put_meta(APPLIED, applied.0)?;
        }
        Ok(write.commit()?)
    }

    fn meta(&self, name: &str) -> Result<u64, StateError> {
        let value = self.db.begin_read()?.open_table(META)?.get(name)?;
        Ok(value.ok_or(StoredError::Missing("meta"))?.value())
    }

    fn open_error(&self, error: StateError) -> OpenError {
        match error {
            StateError::Stored(error) => OpenError::stored(&self.path, WayOut::StartEmpty)(error),
            StateError::Store(error) => OpenError::Damaged {
                path: self.path.clone(),
                damage: error.to_string(),
                way_out: WayOut::StartEmpty,
            },
        }
    }
}

fn load_config(read: &ReadTransaction, each: &mut dyn FnMut(Record)) -> Result<(), StateError> {
    let meta = read.open_table(META)?;
    let number = |name| Ok::<_, StateError>(meta.get(name)?.map(|value| value.value()));
    if let (Some(next_item), Some(next_history)) = (number(NEXT_ITEM)?, number(NEXT_HISTORY)?) {
        each(Record::PutConfigSequence(ConfigSequence { next_item, next_history }));
    }
    for row in read.open_table(ITEMS)?.iter()? {
        let (key, value) = row?;
        let key = config_key_of_text(key.value())?;
        each(Record::PutItem(decode_value::<ItemValue>(value.value())?.into_item(key)?));
    }
    for row in read.open_table(GRAYS)?.iter()? {
        let (key, value) = row?;
        let (item, name) = key.value();
        let release = decode_value::<GrayValue>(value.value())?.into_release(name)?;
        each(Record::PutGray(config_key_of_text(item)?, release));
    }
    load_capacities(read, each)
}

fn load_capacities(read: &ReadTransaction, each: &mut dyn FnMut(Record)) -> Result<(), StateError> {
    let table = match read.open_table(CAPACITIES) {
        // Nothing was written since the release before.
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        opened => opened?,
    };
    for row in table.iter()? {
        let (key, value) = row?;
        let limits = decode_value::<CapacityValue>(value.value())?.into();
        each(Record::PutCapacity(owner_of_parts(key.value())?, limits));
    }
    Ok(())
}

fn load_naming(read: &ReadTransaction, each: &mut dyn FnMut(Record)) -> Result<(), StateError> {
    load_switches(read, each)?;
    for row in read.open_table(SERVICES)?.iter()? {
        let (key, value) = row?;
        let metadata = decode_value::<ServiceValue>(value.value())?.try_into()?;
        each(Record::PutService(service_key_of_text(key.value())?, metadata));
    }
    for row in read.open_table(INSTANCES)?.iter()? {
        let (key, value) = row?;
        let instance = decode_value::<InstanceValue>(value.value())?.try_into()?;
        each(Record::PutInstance(service_key_of_text(key.value().0)?, instance));
    }
    for row in read.open_table(OVERLAYS)?.iter()? {
        let (key, value) = row?;
        let (service, ip, port, cluster) = key.value();
        let target = OverlayTarget { endpoint: endpoint(ip, port)?, cluster: cluster_name(cluster)? };
        let overlay = decode_value::<OverlayValue>(value.value())?.into();
        each(Record::PutOverlay(service_key_of_text(service)?, target, overlay));
    }
    Ok(())
}

fn load_switches(read: &ReadTransaction, each: &mut dyn FnMut(Record)) -> Result<(), StateError> {
    let table = match read.open_table(SWITCHES) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        table => table?,
    };
    if let Some(value) = table.get(())? {
        let switches = decode_value::<SwitchesValue>(value.value())?.try_into()?;
        each(Record::PutSwitches(Box::new(switches)));
    }
    Ok(())
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Makes an empty state under another name first: a crash leaves a whole file, or none.
fn create(path: &Path) -> Result<Database, OpenError> {
    let unfinished = path.with_extension("new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(OpenError::io("remove", &unfinished)(error));
        }
        _ => {}
    }
    let in_place = || fs::rename(&unfinished, path).and_then(|()| sync_parent(path));
    make_tables(&unfinished)
        .map_err(io::Error::other)
        .and_then(|db| in_place().map(|()| db))
        .map_err(OpenError::io("create", path))
}

fn make_tables(path: &Path) -> Result<Database, redb::Error> {
    let db = builder().create(path)?;
    let write = db.begin_write()?;
    {
        let mut tables = Tables::open(&write)?;
        tables.put_meta(FORMAT, VERSION)?;
        tables.put_meta(APPLIED, 0)?;
    }
    write.commit()?;
    Ok(db)
}

fn database_error(directory: &Directory, path: &Path, error: DatabaseError) -> OpenError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => {
            OpenError::InUse { dir: directory.path().to_owned(), pid: None }
        }
        DatabaseError::Storage(StorageError::Io(source))
            if !matches!(source.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
        {
            OpenError::io("open", path)(source)
        }
        other => OpenError::Damaged {
            path: path.to_owned(),
            damage: other.to_string(),
            way_out: WayOut::StartEmpty,
        },
    }
}

#[cfg(test)]
mod tests;
