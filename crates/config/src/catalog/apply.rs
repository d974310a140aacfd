//! What a command does to the catalogue (`spec/config-semantics` §6, §7): deterministic, no clock, no chance.

use std::sync::Arc;

use navaid_core::{
    command::{
        ConfigCommand, ConfigOutcome, Operator, Outcome, PublishCondition, PublishConfig, PublishTarget,
    },
    config_item::{ConfigItem, ConfigKey, ContentMd5, Description},
    gray::{GrayName, GrayRelease, GrayRule},
    history::{HistoryEntry, HistoryId, HistoryOp},
    record::Record,
    time::Timestamp,
};

use super::{capacity, index::Index};

/// What came of a command.
pub(super) struct Effect {
    pub(super) outcome: Outcome,
    pub(super) records: Vec<Record>,
    /// The key whose content some clients now see differently.
    pub(super) changed: Option<ConfigKey>,
}

impl Effect {
    fn nothing(outcome: Outcome) -> Self {
        Self { outcome, records: Vec::new(), changed: None }
    }

    fn refused(refusal: ConfigOutcome) -> Self {
        Self::nothing(Outcome::Config(refusal))
    }
}

pub(super) fn apply(index: &mut Index, at: Timestamp, command: &ConfigCommand) -> Effect {
    match command {
        ConfigCommand::Publish(publish) => match &publish.target {
            PublishTarget::Formal => publish_formal(index, at, publish),
            PublishTarget::Gray { name, rule } => publish_gray(index, at, publish, (name, rule)),
        },
        ConfigCommand::Remove(remove) => match &remove.gray {
            None => remove_formal(index, at, &remove.key, &remove.operator),
            Some(name) => remove_gray(index, at, (&remove.key, name), &remove.operator),
        },
        ConfigCommand::PurgeHistory { before } => Effect {
            outcome: Outcome::Done,
            records: vec![Record::PurgeHistory { before: *before }],
            changed: None,
        },
        ConfigCommand::SetCapacity(set) => {
            let records = vec![capacity::set(index, set)];
            Effect { outcome: Outcome::Done, records, changed: None }
        }
    }
}

fn publish_formal(index: &mut Index, at: Timestamp, publish: &PublishConfig) -> Effect {
    let old = index.entry(&publish.key).and_then(|entry| entry.formal().cloned());
    if let Some(refusal) = old.as_ref().and_then(|old| refusal(&publish.condition, old.md5)) {
        return Effect::refused(refusal);
    }
    let counted = match capacity::admit(index, publish, old.is_none()) {
        Ok(counted) => counted,
        Err(over) => return Effect::refused(ConfigOutcome::OverCapacity(over)),
    };
    let item = ConfigItem {
        id: old.as_ref().map_or_else(|| index.next_item_id(), |old| old.id),
        key: publish.key.clone(),
        content: publish.content.clone(),
        md5: publish.md5,
        encrypted_data_key: Arc::clone(&publish.encrypted_data_key),
        description: described(&publish.description, old.as_ref().map(|old| &old.description)),
        created_at: old.as_ref().map_or(at, |old| old.created_at),
        modified_at: at,
        operator: publish.operator.clone(),
    };
    let history_id = index.take_history_id();
    let history = match &old {
        None => formal_history(history_id, HistoryOp::Insert, &item, (at, &publish.operator)),
        Some(old) => formal_history(history_id, HistoryOp::Update, old, (at, &publish.operator)),
    };
    index.put_item(Arc::new(item.clone()));
    Effect {
        outcome: Outcome::Config(ConfigOutcome::Published { id: item.id, md5: item.md5 }),
        changed: (old.map(|old| old.md5) != Some(item.md5)).then(|| item.key.clone()),
        records: [
            Record::PutItem(item),
            Record::AppendHistory(history),
            Record::PutConfigSequence(index.sequence()),
        ]
        .into_iter()
        .chain(counted)
        .collect(),
    }
}

/// What an item says about itself after a publish: application and labels stay unless they are said, the rest is
/// replaced by what is said or by nothing (`spec/config-semantics` §6.1).
fn described(said: &Description, old: Option<&Description>) -> Description {
    Description {
        app_name: said.app_name.clone().or_else(|| old?.app_name.clone()),
        tags: said.tags.clone().or_else(|| old?.tags.clone()).filter(|tags| !tags.is_empty()),
        ..said.clone()
    }
}

/// Whether the condition forbids a publish over a release with this digest. A release that is not there is
/// published whatever the condition says (`spec/config-semantics` §6.2).
pub(super) fn refusal(condition: &PublishCondition, found: ContentMd5) -> Option<ConfigOutcome> {
    match condition {
        PublishCondition::Always => None,
        PublishCondition::Md5(wanted) if **wanted == *found.to_string() => None,
        PublishCondition::Md5(_) => Some(ConfigOutcome::Conflict { found }),
        PublishCondition::Absent => Some(ConfigOutcome::Exists),
    }
}

fn publish_gray(
    index: &mut Index,
    at: Timestamp,
    publish: &PublishConfig,
    (name, rule): (&GrayName, &GrayRule),
) -> Effect {
    let entry = index.entry(&publish.key);
    let old = entry.and_then(|entry| entry.gray(name).cloned());
    let count = entry.map_or(0, |entry| entry.grays().len());
    if let Some(refusal) = old.as_ref().and_then(|old| refusal(&publish.condition, old.md5)) {
        return Effect::refused(refusal);
    }
    if old.is_none() && count >= publish.max_grays {
        return Effect::refused(ConfigOutcome::TooManyGrays { max: publish.max_grays });
    }
    // A gray release is no item of its own: it is as large as it may be, and counts for nobody.
    if let Err(over) = capacity::admit(index, publish, false) {
        return Effect::refused(ConfigOutcome::OverCapacity(over));
    }
    let release = GrayRelease {
        name: name.clone(),
        rule: rule.clone(),
        content: publish.content.clone(),
        md5: publish.md5,
        encrypted_data_key: Arc::clone(&publish.encrypted_data_key),
        app_name: publish.description.app_name.clone().or_else(|| old.as_ref()?.app_name.clone()),
        created_at: old.as_ref().map_or(at, |old| old.created_at),
        modified_at: at,
        operator: publish.operator.clone(),
    };
    let history_id = index.take_history_id();
    let (op, version) = match &old {
        None => (HistoryOp::Insert, &release),
        Some(old) => (HistoryOp::Update, &**old),
    };
    let history = gray_history((history_id, op), &publish.key, version, (at, &publish.operator));
    // The same content for other clients is a change too.
    let is_seen = old.as_ref().is_none_or(|old| old.md5 != release.md5 || old.rule != release.rule);
    index.put_gray(publish.key.clone(), Arc::new(release.clone()));
    Effect {
        outcome: Outcome::Config(ConfigOutcome::Published { id: 0, md5: release.md5 }),
        changed: is_seen.then(|| publish.key.clone()),
        records: vec![
            Record::PutGray(publish.key.clone(), release),
            Record::AppendHistory(history),
            Record::PutConfigSequence(index.sequence()),
        ],
    }
}

fn remove_formal(index: &mut Index, at: Timestamp, key: &ConfigKey, operator: &Operator) -> Effect {
    let Some(old) = index.entry(key).and_then(|entry| entry.formal().cloned()) else {
        return Effect::nothing(Outcome::Done);
    };
    let history = formal_history(index.take_history_id(), HistoryOp::Delete, &old, (at, operator));
    index.remove_item(key, old.id);
    Effect {
        outcome: Outcome::Done,
        changed: Some(key.clone()),
        records: [
            Record::RemoveItem(key.clone()),
            Record::AppendHistory(history),
            Record::PutConfigSequence(index.sequence()),
        ]
        .into_iter()
        .chain(capacity::forget_unused(index, key))
        .collect(),
    }
}

fn remove_gray(
    index: &mut Index,
    at: Timestamp,
    (key, name): (&ConfigKey, &GrayName),
    operator: &Operator,
) -> Effect {
    let Some(old) = index.entry(key).and_then(|entry| entry.gray(name).cloned()) else {
        return Effect::nothing(Outcome::Done);
    };
    let id = index.take_history_id();
    let history = gray_history((id, HistoryOp::Delete), key, &old, (at, operator));
    index.remove_gray(key, name);
    Effect {
        outcome: Outcome::Done,
        changed: Some(key.clone()),
        records: vec![
            Record::RemoveGray(key.clone(), name.clone()),
            Record::AppendHistory(history),
            Record::PutConfigSequence(index.sequence()),
        ],
    }
}

/// A row about the formal release: `version` is the new one of an insert, the one before of anything else.
fn formal_history(
    id: HistoryId,
    op: HistoryOp,
    version: &ConfigItem,
    (at, operator): (Timestamp, &Operator),
) -> HistoryEntry {
    HistoryEntry {
        id,
        item_id: if op == HistoryOp::Insert { 0 } else { version.id },
        key: version.key.clone(),
        op,
        content: version.content.clone(),
        md5: version.md5,
        encrypted_data_key: Arc::clone(&version.encrypted_data_key),
        description: version.description.clone(),
        author: version.operator.user.clone(),
        operator: operator.clone(),
        gray: None,
        created_at: version.created_at,
        modified_at: at,
    }
}

/// A row about a gray release, which has no row id of its own: its rows say 0.
fn gray_history(
    (id, op): (HistoryId, HistoryOp),
    key: &ConfigKey,
    version: &GrayRelease,
    (at, operator): (Timestamp, &Operator),
) -> HistoryEntry {
    HistoryEntry {
        id,
        item_id: 0,
        key: key.clone(),
        op,
        content: version.content.clone(),
        md5: version.md5,
        encrypted_data_key: Arc::clone(&version.encrypted_data_key),
        description: Description { app_name: version.app_name.clone(), ..Description::default() },
        author: version.operator.user.clone(),
        operator: operator.clone(),
        gray: Some((version.name.clone(), version.rule.clone())),
        created_at: version.created_at,
        modified_at: at,
    }
}
