//! A small engine: enough rules to give every command records, and a state that two of them can be compared by.

use std::collections::BTreeMap;

use navaid_core::{
    CapacityLimits, Command, ConfigItem, ConfigKey, GrayRelease, HistoryEntry, HistoryId, Outcome, Proposal,
    Record, Switches, Timestamp,
    command::{
        ConfigCommand, ConfigOutcome, LogIndex, NamespaceCommand, NamingCommand, PublishConfig,
        PublishTarget, RemoveConfig,
    },
    history::HistoryOp,
    record::ConfigSequence,
    seam::{Applied, Apply},
};
use parking_lot::Mutex;

/// An [`Apply`] that keeps what its records say.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Books>);

#[derive(Debug, Default)]
struct Books {
    /// The newest `Put` of everything, by kind and key.
    entries: BTreeMap<(&'static str, String), Record>,
    sequence: ConfigSequence,
    history: BTreeMap<u64, HistoryEntry>,
    seen: Vec<(LogIndex, Timestamp)>,
}

impl Apply for Ledger {
    fn apply(&self, index: LogIndex, proposal: &Proposal) -> Applied {
        let mut books = self.0.lock();
        books.seen.push((index, proposal.at));
        let applied = match &proposal.command {
            Command::Config(command) => books.apply_config(command, proposal.at),
            Command::Naming(command) => done(naming_record(command)),
            Command::Namespace(command) => done(namespace_record(command)),
        };
        applied.records.iter().for_each(|record| books.keep(record.clone()));
        applied
    }
}

impl Ledger {
    /// Takes a loaded record in.
    pub fn load(&self, record: Record) {
        self.0.lock().keep(record);
    }

    /// Index and time of every command applied, in order.
    pub fn seen(&self) -> Vec<(LogIndex, Timestamp)> {
        self.0.lock().seen.clone()
    }

    /// Content of a formal release.
    pub fn content(&self, key: &ConfigKey) -> Option<String> {
        self.item(key).map(|item| item.content.to_string())
    }

    /// A formal release.
    pub fn item(&self, key: &ConfigKey) -> Option<ConfigItem> {
        self.0.lock().item(key).cloned()
    }

    /// Everything that a store must give back on loading, in one comparable order.
    pub fn records(&self) -> Vec<Record> {
        let books = self.0.lock();
        let sequence = Record::PutConfigSequence(books.sequence);
        std::iter::once(sequence).chain(books.entries.values().cloned()).collect()
    }

    /// Every history row that was not purged, oldest first.
    pub fn history(&self) -> Vec<HistoryEntry> {
        self.0.lock().history.values().cloned().collect()
    }
}

fn done(record: Record) -> Applied {
    Applied { outcome: Outcome::Done, records: vec![record] }
}

impl Books {
    fn item(&self, key: &ConfigKey) -> Option<&ConfigItem> {
        match self.entries.get(&("item", key.as_str().to_owned())) {
            Some(Record::PutItem(item)) => Some(item),
            _ => None,
        }
    }

    fn apply_config(&mut self, command: &ConfigCommand, at: Timestamp) -> Applied {
        match command {
            ConfigCommand::Publish(publish) => self.publish(publish, at),
            ConfigCommand::Remove(remove) => self.remove(remove, at),
            ConfigCommand::PurgeHistory { before } => done(Record::PurgeHistory { before: *before }),
            ConfigCommand::SetCapacity(set) => {
                let limits = CapacityLimits::default().changed(&set.change);
                done(Record::PutCapacity(set.owner.clone(), limits))
            }
        }
    }

    fn publish(&mut self, publish: &PublishConfig, at: Timestamp) -> Applied {
        let outcome = |id| Outcome::Config(ConfigOutcome::Published { id, md5: publish.md5 });
        if let PublishTarget::Gray { name, rule } = &publish.target {
            let release = GrayRelease {
                name: name.clone(),
                rule: rule.clone(),
                content: publish.content.clone(),
                md5: publish.md5,
                encrypted_data_key: publish.encrypted_data_key.clone(),
                app_name: publish.description.app_name.clone(),
                created_at: at,
                modified_at: at,
                operator: publish.operator.clone(),
            };
            let records = vec![Record::PutGray(publish.key.clone(), release)];
            return Applied { outcome: outcome(0), records };
        }
        let before = self.item(&publish.key).cloned();
        let id = before.as_ref().map_or(self.sequence.next_item, |item| item.id);
        let item = ConfigItem {
            id,
            key: publish.key.clone(),
            content: publish.content.clone(),
            md5: publish.md5,
            encrypted_data_key: publish.encrypted_data_key.clone(),
            description: publish.description.clone(),
            created_at: before.as_ref().map_or(at, |item| item.created_at),
            modified_at: at,
            operator: publish.operator.clone(),
        };
        let history = match &before {
            Some(before) => self.history_row(before, HistoryOp::Update, at),
            None => HistoryEntry { item_id: 0, ..self.history_row(&item, HistoryOp::Insert, at) },
        };
        let sequence = ConfigSequence {
            next_item: self.sequence.next_item.max(id + 1),
            next_history: self.sequence.next_history + 1,
        };
        let records =
            vec![Record::PutItem(item), Record::AppendHistory(history), Record::PutConfigSequence(sequence)];
        Applied { outcome: outcome(id), records }
    }

    fn remove(&mut self, remove: &RemoveConfig, at: Timestamp) -> Applied {
        if let Some(gray) = &remove.gray {
            return done(Record::RemoveGray(remove.key.clone(), gray.clone()));
        }
        let Some(item) = self.item(&remove.key) else {
            return Applied { outcome: Outcome::Done, records: vec![] };
        };
        let history = self.history_row(item, HistoryOp::Delete, at);
        let sequence = ConfigSequence { next_history: self.sequence.next_history + 1, ..self.sequence };
        let records = vec![
            Record::RemoveItem(remove.key.clone()),
            Record::AppendHistory(history),
            Record::PutConfigSequence(sequence),
        ];
        Applied { outcome: Outcome::Done, records }
    }

    fn history_row(&self, item: &ConfigItem, op: HistoryOp, at: Timestamp) -> HistoryEntry {
        HistoryEntry {
            id: HistoryId(self.sequence.next_history),
            item_id: item.id,
            key: item.key.clone(),
            op,
            content: item.content.clone(),
            md5: item.md5,
            encrypted_data_key: item.encrypted_data_key.clone(),
            description: item.description.clone(),
            author: item.operator.user.clone(),
            operator: item.operator.clone(),
            gray: None,
            created_at: item.created_at,
            modified_at: at,
        }
    }

    fn keep(&mut self, record: Record) {
        let place = match &record {
            Record::PutItem(item) => ("item", item.key.as_str().to_owned()),
            Record::RemoveItem(key) => ("item", key.as_str().to_owned()),
            Record::PutGray(key, gray) => ("gray", format!("{} {}", key.as_str(), gray.name)),
            Record::RemoveGray(key, name) => ("gray", format!("{} {name}", key.as_str())),
            Record::PutCapacity(owner, _) | Record::RemoveCapacity(owner) => ("capacity", owner.to_string()),
            Record::PutInstance(key, instance) => ("instance", format!("{key} {}", instance.endpoint)),
            Record::RemoveInstance(key, endpoint) => ("instance", format!("{key} {endpoint}")),
            Record::PutService(key, _) | Record::RemoveService(key) => ("service", key.to_string()),
            Record::PutOverlay(key, target, _) | Record::RemoveOverlay(key, target) => {
                ("overlay", format!("{key} {} {}", target.endpoint, target.cluster))
            }
            Record::PutSwitches(_) => ("switches", String::new()),
            Record::PutNamespace(namespace) => ("namespace", namespace.id.to_string()),
            Record::RemoveNamespace(id) => ("namespace", id.to_string()),
            Record::AppendHistory(entry) => {
                self.history.insert(entry.id.0, entry.clone());
                return;
            }
            Record::PurgeHistory { before } => {
                self.history.retain(|_, row| row.modified_at >= *before);
                return;
            }
            Record::PutConfigSequence(sequence) => {
                self.sequence = *sequence;
                return;
            }
        };
        let is_removal = matches!(
            record,
            Record::RemoveItem(_)
                | Record::RemoveGray(..)
                | Record::RemoveCapacity(_)
                | Record::RemoveInstance(..)
                | Record::RemoveService(_)
                | Record::RemoveOverlay(..)
                | Record::RemoveNamespace(_)
        );
        if is_removal {
            self.entries.remove(&place);
        } else {
            self.entries.insert(place, record);
        }
    }
}

fn naming_record(command: &NamingCommand) -> Record {
    use navaid_core::service::{Lifetime, ServiceMetadata};
    let persistent = || ServiceMetadata::new(Lifetime::Persistent);
    match command {
        NamingCommand::Register { key, instance } => Record::PutInstance(key.clone(), instance.clone()),
        NamingCommand::Deregister { key, endpoint } | NamingCommand::SetHealth { key, endpoint, .. } => {
            Record::RemoveInstance(key.clone(), endpoint.clone())
        }
        NamingCommand::PutOverlay { key, target, overlay } => {
            Record::PutOverlay(key.clone(), target.clone(), overlay.clone())
        }
        NamingCommand::PatchOverlay { key, target, base, patch } => {
            Record::PutOverlay(key.clone(), target.clone(), patch.of(base))
        }
        NamingCommand::RemoveOverlay { key, target } => Record::RemoveOverlay(key.clone(), target.clone()),
        NamingCommand::CreateService { key, metadata } => Record::PutService(key.clone(), metadata.clone()),
        NamingCommand::UpdateService { key, update } => {
            let metadata = ServiceMetadata {
                protect_threshold: update.protect_threshold,
                selector: update.selector.clone(),
                metadata: update.metadata.clone(),
                ..persistent()
            };
            Record::PutService(key.clone(), metadata)
        }
        NamingCommand::RemoveService { key } => Record::RemoveService(key.clone()),
        NamingCommand::PutCluster { key, cluster, metadata } => {
            let clusters = [(cluster.clone(), metadata.clone())].into();
            Record::PutService(key.clone(), ServiceMetadata { clusters, ..persistent() })
        }
        NamingCommand::ChangeSwitch(change) => {
            let mut switches = Switches::default();
            switches.change(change.clone());
            Record::PutSwitches(Box::new(switches))
        }
    }
}

fn namespace_record(command: &NamespaceCommand) -> Record {
    match command {
        NamespaceCommand::Create(namespace) => Record::PutNamespace(namespace.clone()),
        NamespaceCommand::Update { id, name, desc } => Record::PutNamespace(navaid_core::Namespace {
            id: id.clone(),
            name: name.clone(),
            desc: desc.clone(),
            created_at: Timestamp(0),
        }),
        NamespaceCommand::Remove { id } => Record::RemoveNamespace(id.clone()),
    }
}
