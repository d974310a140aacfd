//! The tables of the state file, and where each record goes.

use navaid_core::{Record, record::ConfigSequence};
use redb::{Table, TableDefinition, WriteTransaction};

use super::{StateError, history::PURGE_LIMIT};
use crate::stored::{
    CapacityValue, GrayValue, HistoryValue, InstanceValue, ItemValue, NamespaceValue, OverlayValue,
    ServiceValue, SwitchesValue, encode_value, owner_parts,
};

type Bytes = &'static [u8];
/// (service key text, ip, port).
type InstanceKey = (&'static str, &'static str, u16);
/// (service key text, ip, port, cluster).
type OverlayKey = (&'static str, &'static str, u16, &'static str);

/// Numbers by name.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
pub(super) const FORMAT: &str = "format";
pub(super) const APPLIED: &str = "applied";
pub(super) const NEXT_ITEM: &str = "next_item";
pub(super) const NEXT_HISTORY: &str = "next_history";

/// By config key text.
pub(super) const ITEMS: TableDefinition<'_, &str, Bytes> = TableDefinition::new("items");
/// By (config key text, name of the gray release).
pub(super) const GRAYS: TableDefinition<'_, (&str, &str), Bytes> = TableDefinition::new("grays");
/// By row id.
pub(super) const HISTORY: TableDefinition<'_, u64, Bytes> = TableDefinition::new("history");
/// (config key text, row id).
pub(super) const HISTORY_OF_KEY: TableDefinition<'_, (&str, u64), ()> =
    TableDefinition::new("history_of_key");
/// (item id, row id).
pub(super) const HISTORY_OF_ITEM: TableDefinition<'_, (u64, u64), ()> =
    TableDefinition::new("history_of_item");
/// (time of the change, row id).
pub(super) const HISTORY_BY_TIME: TableDefinition<'_, (u64, u64), ()> =
    TableDefinition::new("history_by_time");
/// By service key text.
pub(super) const SERVICES: TableDefinition<'_, &str, Bytes> = TableDefinition::new("services");
pub(super) const INSTANCES: TableDefinition<'_, InstanceKey, Bytes> = TableDefinition::new("instances");
pub(super) const OVERLAYS: TableDefinition<'_, OverlayKey, Bytes> = TableDefinition::new("overlays");
/// One value, of all switches. Not in states that were written before switches were stored.
pub(super) const SWITCHES: TableDefinition<'_, (), Bytes> = TableDefinition::new("switches");
/// By namespace id.
pub(super) const NAMESPACES: TableDefinition<'_, &str, Bytes> = TableDefinition::new("namespaces");

/// By (kind of the owner, its name). Not in states that were written before it could be set.
pub(super) const CAPACITIES: TableDefinition<'_, (u32, &str), Bytes> = TableDefinition::new("capacities");

/// Every table, open in one transaction.
pub(super) struct Tables<'t> {
    meta: Table<'t, &'static str, u64>,
    items: Table<'t, &'static str, Bytes>,
    grays: Table<'t, (&'static str, &'static str), Bytes>,
    pub(super) history: Table<'t, u64, Bytes>,
    pub(super) history_of_key: Table<'t, (&'static str, u64), ()>,
    pub(super) history_of_item: Table<'t, (u64, u64), ()>,
    pub(super) history_by_time: Table<'t, (u64, u64), ()>,
    services: Table<'t, &'static str, Bytes>,
    instances: Table<'t, InstanceKey, Bytes>,
    overlays: Table<'t, OverlayKey, Bytes>,
    switches: Table<'t, (), Bytes>,
    namespaces: Table<'t, &'static str, Bytes>,
    capacities: Table<'t, (u32, &'static str), Bytes>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(write: &'t WriteTransaction) -> Result<Self, redb::TableError> {
        Ok(Self {
            meta: write.open_table(META)?,
            items: write.open_table(ITEMS)?,
            grays: write.open_table(GRAYS)?,
            history: write.open_table(HISTORY)?,
            history_of_key: write.open_table(HISTORY_OF_KEY)?,
            history_of_item: write.open_table(HISTORY_OF_ITEM)?,
            history_by_time: write.open_table(HISTORY_BY_TIME)?,
            services: write.open_table(SERVICES)?,
            instances: write.open_table(INSTANCES)?,
            overlays: write.open_table(OVERLAYS)?,
            switches: write.open_table(SWITCHES)?,
            namespaces: write.open_table(NAMESPACES)?,
            capacities: write.open_table(CAPACITIES)?,
        })
    }

    pub(super) fn put_meta(&mut self, name: &str, number: u64) -> Result<(), redb::StorageError> {
        self.meta.insert(name, number)?;
        Ok(())
    }

    pub(super) fn put(&mut self, record: &Record) -> Result<(), StateError> {
        match record {
            Record::PutItem(item) => {
                self.items.insert(item.key.as_str(), &*encode_value(&ItemValue::from(item)))?;
            }
            Record::RemoveItem(key) => {
                self.items.remove(key.as_str())?;
            }
            Record::PutGray(key, gray) => {
                let key = (key.as_str(), gray.name.as_str());
                self.grays.insert(key, &*encode_value(&GrayValue::from(gray)))?;
            }
            Record::RemoveGray(key, name) => {
                self.grays.remove((key.as_str(), name.as_str()))?;
            }
            Record::AppendHistory(entry) => {
                self.append_history(entry, &encode_value(&HistoryValue::from(entry)))?;
            }
            Record::PurgeHistory { before } => self.purge_history(*before, &PURGE_LIMIT)?,
            Record::PutConfigSequence(ConfigSequence { next_item, next_history }) => {
                self.put_meta(NEXT_ITEM, *next_item)?;
                self.put_meta(NEXT_HISTORY, *next_history)?;
            }
            Record::PutCapacity(owner, limits) => {
                let value = encode_value(&CapacityValue::from(limits));
                self.capacities.insert(owner_parts(owner), &*value)?;
            }
            Record::RemoveCapacity(owner) => {
                self.capacities.remove(owner_parts(owner))?;
            }
            Record::PutInstance(key, instance) => {
                let key = (key.as_str(), &*instance.endpoint.ip, instance.endpoint.port);
                self.instances.insert(key, &*encode_value(&InstanceValue::from(instance)))?;
            }
            Record::RemoveInstance(key, endpoint) => {
                self.instances.remove((key.as_str(), &*endpoint.ip, endpoint.port))?;
            }
            Record::PutService(key, service) => {
                self.services.insert(key.as_str(), &*encode_value(&ServiceValue::from(service)))?;
            }
            Record::RemoveService(key) => {
                self.services.remove(key.as_str())?;
            }
            Record::PutOverlay(key, target, overlay) => {
                let key = (key.as_str(), &*target.endpoint.ip, target.endpoint.port, target.cluster.as_str());
                self.overlays.insert(key, &*encode_value(&OverlayValue::from(overlay)))?;
            }
            Record::RemoveOverlay(key, target) => {
                let (endpoint, cluster) = (&target.endpoint, &target.cluster);
                self.overlays.remove((key.as_str(), &*endpoint.ip, endpoint.port, cluster.as_str()))?;
            }
            Record::PutSwitches(switches) => {
                self.switches.insert((), &*encode_value(&SwitchesValue::from(&**switches)))?;
            }
            Record::PutNamespace(namespace) => {
                let value = encode_value(&NamespaceValue::from(namespace));
                self.namespaces.insert(namespace.id.as_str(), &*value)?;
            }
            Record::RemoveNamespace(id) => {
                self.namespaces.remove(id.as_str())?;
            }
        }
        Ok(())
    }
}
