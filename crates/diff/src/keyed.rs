//! Two contents key by key.

use serde::Serialize;
use serde_json::Value;

use crate::tree::Keys;

/// Most keys that an answer shows of each kind; more are counted only.
pub const SHOWN_MAX: usize = 10_000;

/// The keys in which two contents differ, in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyChanges {
    /// On the left side alone.
    pub removed: Vec<KeyValue>,
    /// On the right side alone.
    pub added: Vec<KeyValue>,
    pub changed: Vec<ChangedKey>,
    /// Whether keys were left out because of [`SHOWN_MAX`].
    pub truncated: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyValue {
    pub key: String,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedKey {
    pub key: String,
    pub left: Value,
    pub right: Value,
}

/// Compares two sets of keys.
pub fn diff(left: Keys, mut right: Keys) -> KeyChanges {
    let mut changes = KeyChanges::default();
    for (key, left) in left {
        match right.remove(&key) {
            None => keep(&mut changes.removed, KeyValue { key, value: left }, &mut changes.truncated),
            Some(right) if right != left => {
                keep(&mut changes.changed, ChangedKey { key, left, right }, &mut changes.truncated);
            }
            Some(_) => {}
        }
    }
    for (key, value) in right {
        keep(&mut changes.added, KeyValue { key, value }, &mut changes.truncated);
    }
    changes
}

fn keep<T>(kept: &mut Vec<T>, change: T, truncated: &mut bool) {
    if kept.len() < SHOWN_MAX {
        kept.push(change);
    } else {
        *truncated = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(entries: &[(&str, i32)]) -> Keys {
        entries.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
    }

    #[test]
    fn keys_are_removed_added_or_changed() {
        let changes = diff(keys(&[("a", 1), ("b", 1), ("c", 1)]), keys(&[("a", 1), ("b", 2), ("d", 1)]));
        let entry = |key: &str| KeyValue { key: key.into(), value: 1.into() };
        assert_eq!(
            changes,
            KeyChanges {
                removed: vec![entry("c")],
                added: vec![entry("d")],
                changed: vec![ChangedKey { key: "b".into(), left: 1.into(), right: 2.into() }],
                truncated: false,
            }
        );
    }

    #[test]
    fn more_keys_than_an_answer_shows_are_left_out_and_it_says_so() {
        let many = (0..=SHOWN_MAX).map(|n| (n.to_string(), Value::Null)).collect();
        let changes = diff(many, Keys::new());
        assert_eq!((changes.removed.len(), changes.truncated), (SHOWN_MAX, true));
    }
}
