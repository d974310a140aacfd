use std::collections::BTreeMap;

use navaid_core::{
    command::{
        ConfigOutcome, Operator, Outcome, PublishCondition, PublishConfig, PublishTarget, RemoveConfig,
    },
    config_item::{ConfigType, ContentMd5, Description},
    gray::GrayRule,
    history::{HistoryEntry, HistoryOp},
    label_rule::LabelRule,
    name::{DataId, GroupName},
};
use proptest::prelude::*;

use super::{
    entry::{AppLabels, RequestedTag, ServedRelease},
    *,
};
use crate::release_params::beta_or_tag;

fn key(data_id: &str) -> ConfigKey {
    ConfigKey::new(&NamespaceId::default(), &GroupName::default(), &DataId::parse(data_id).unwrap())
}

fn publish(data_id: &str, content: &str) -> PublishConfig {
    PublishConfig {
        key: key(data_id),
        target: PublishTarget::Formal,
        content: content.into(),
        md5: ContentMd5::of(content),
        encrypted_data_key: "".into(),
        description: Description { kind: Some(ConfigType::Text), ..Description::default() },
        condition: PublishCondition::Always,
        operator: Operator { user: None, ip: "10.0.0.9".into() },
        max_grays: 10,
        capacity: None,
    }
}

fn gray(data_id: &str, content: &str, beta_ips: Option<&str>, tag: Option<&str>) -> PublishConfig {
    PublishConfig { target: beta_or_tag(beta_ips, tag), ..publish(data_id, content) }
}

fn apply(catalog: &Catalog, at: u64, publish: PublishConfig) -> Applied {
    catalog.apply(Timestamp(at), &ConfigCommand::Publish(Box::new(publish)))
}

fn remove(catalog: &Catalog, at: u64, data_id: &str, gray: Option<GrayName>) -> Applied {
    let operator = Operator { user: Some("remover".into()), ip: "10.0.0.8".into() };
    catalog.apply(Timestamp(at), &ConfigCommand::Remove(RemoveConfig { key: key(data_id), gray, operator }))
}

fn history(applied: &Applied) -> &HistoryEntry {
    let row = applied.records.iter().find_map(|record| match record {
        Record::AppendHistory(row) => Some(row),
        _ => None,
    });
    row.expect("every change leaves a row")
}

fn content(catalog: &Catalog, data_id: &str, ip: &str, tag: RequestedTag<'_>) -> Option<String> {
    Some(catalog.read(&key(data_id), &ClientLabels { ip, tag, app: None })?.content.to_string())
}

/// Keys marked as changed since the last look.
fn changed(catalog: &Catalog) -> Vec<ConfigKey> {
    catalog.changes().take_now()
}

#[test]
fn publish_of_new_item_inserts_with_new_content_in_history() {
    let catalog = Catalog::default();
    let applied = apply(&catalog, 5, publish("a", "one"));
    assert_eq!(
        applied.outcome,
        Outcome::Config(ConfigOutcome::Published { id: 1, md5: ContentMd5::of("one") })
    );
    let row = history(&applied);
    assert_eq!((row.op, &*row.content.text(), row.item_id, row.id.0), (HistoryOp::Insert, "one", 0, 1));
    let item = catalog.item(&key("a")).unwrap();
    assert_eq!((item.created_at, item.modified_at), (Timestamp(5), Timestamp(5)));
    assert_eq!(changed(&catalog), [key("a")]);
}

#[test]
fn publish_over_an_item_keeps_creation_and_leaves_old_content_in_history() {
    let catalog = Catalog::default();
    apply(&catalog, 5, publish("a", "one"));
    let applied = apply(&catalog, 9, publish("a", "two"));
    let row = history(&applied);
    assert_eq!((row.op, &*row.content.text(), row.item_id, row.id.0), (HistoryOp::Update, "one", 1, 2));
    assert_eq!((row.created_at, row.modified_at), (Timestamp(5), Timestamp(9)));
    let item = catalog.item(&key("a")).unwrap();
    assert_eq!((item.id, item.created_at, item.modified_at), (1, Timestamp(5), Timestamp(9)));
}

#[test]
fn republish_of_same_content_leaves_history_but_wakes_nobody() {
    let catalog = Catalog::default();
    apply(&catalog, 5, publish("a", "one"));
    changed(&catalog);
    let applied = apply(&catalog, 9, publish("a", "one"));
    assert_eq!(history(&applied).op, HistoryOp::Update);
    assert_eq!(catalog.item(&key("a")).unwrap().modified_at, Timestamp(9));
    assert_eq!(changed(&catalog), []);
}

/// A reader of items wants to know of tags as well, which wake no watcher.
#[test]
fn item_changes_are_noted_once_followed_whatever_changed_of_a_formal_release() {
    let catalog = Catalog::default();
    let noted = |catalog: &Catalog| catalog.item_changes().take_now();
    apply(&catalog, 1, publish("a", "one"));
    assert_eq!(noted(&catalog), []);
    catalog.item_changes().follow();
    let tags = Some(vec!["virtual-service".into()]);
    let tagged = Description { tags, ..Description::default() };
    apply(&catalog, 2, PublishConfig { description: tagged, ..publish("a", "one") });
    assert_eq!(noted(&catalog), [key("a")]);
    apply(&catalog, 3, gray("a", "two", Some("1.1.1.1"), None));
    assert_eq!(noted(&catalog), []);
    remove(&catalog, 4, "a", None);
    remove(&catalog, 5, "never", None);
    assert_eq!(noted(&catalog), [key("a")]);
}

#[test]
fn keys_are_found_by_any_rule_in_the_order_of_their_ids() {
    let catalog = Catalog::default();
    for name in ["b", "a", "c"] {
        apply(&catalog, 1, publish(name, name));
    }
    assert_eq!(catalog.keys_where(|item| item.content.text() != "a"), [key("b"), key("c")]);
}

#[test]
fn update_keeps_app_and_tags_unless_said_and_replaces_the_rest() {
    let catalog = Catalog::default();
    let said = Description {
        app_name: Some("shop".into()),
        desc: Some("words".into()),
        usage: Some("demo".into()),
        effect: Some("now".into()),
        kind: Some(ConfigType::Yaml),
        schema: Some("{}".into()),
        tags: Some(vec!["t1".into(), "t2".into()]),
    };
    apply(&catalog, 1, PublishConfig { description: said.clone(), ..publish("a", "one") });
    apply(&catalog, 2, publish("a", "two"));
    let kept = Description {
        app_name: said.app_name.clone(),
        kind: Some(ConfigType::Text),
        tags: said.tags.clone(),
        ..Description::default()
    };
    assert_eq!(catalog.item(&key("a")).unwrap().description, kept);
    let emptied = Description {
        app_name: Some("".into()),
        desc: Some("".into()),
        kind: Some(ConfigType::Text),
        tags: Some(Vec::new()),
        ..Description::default()
    };
    apply(&catalog, 3, PublishConfig { description: emptied.clone(), ..publish("a", "three") });
    assert_eq!(catalog.item(&key("a")).unwrap().description, Description { tags: None, ..emptied });
}

#[test]
fn compare_and_set_takes_the_exact_digest_or_an_absent_item() {
    let catalog = Catalog::default();
    let with = |content: &str, md5: &str| PublishConfig {
        condition: PublishCondition::Md5(md5.into()),
        ..publish("a", content)
    };
    let one = ContentMd5::of("one");
    assert!(matches!(
        apply(&catalog, 1, with("one", "nonsense")).outcome,
        Outcome::Config(ConfigOutcome::Published { .. })
    ));
    let applied = apply(&catalog, 2, with("two", &one.to_string().to_uppercase()));
    assert_eq!(applied.outcome, Outcome::Config(ConfigOutcome::Conflict { found: one }));
    assert_eq!(applied.records, []);
    assert!(matches!(
        apply(&catalog, 3, with("two", &one.to_string())).outcome,
        Outcome::Config(ConfigOutcome::Published { .. })
    ));
    assert!(matches!(
        apply(&catalog, 4, with("three", &one.to_string())).outcome,
        Outcome::Config(ConfigOutcome::Conflict { .. })
    ));
    assert_eq!(content(&catalog, "a", "", RequestedTag::None).unwrap(), "two");
}

#[test]
fn publish_only_if_absent_refuses_what_exists() {
    let catalog = Catalog::default();
    let only = |publish| PublishConfig { condition: PublishCondition::Absent, ..publish };
    assert!(matches!(
        apply(&catalog, 1, only(publish("a", "one"))).outcome,
        Outcome::Config(ConfigOutcome::Published { .. })
    ));
    let refused = apply(&catalog, 2, only(publish("a", "two")));
    assert_eq!(refused.outcome, Outcome::Config(ConfigOutcome::Exists));
    // The gray release is another target.
    assert!(matches!(
        apply(&catalog, 3, only(gray("a", "g", Some("1.1.1.1"), None))).outcome,
        Outcome::Config(ConfigOutcome::Published { .. })
    ));
}

#[test]
fn removal_leaves_old_content_in_history_and_gray_releases_in_place() {
    let catalog = Catalog::default();
    apply(&catalog, 1, publish("a", "one"));
    apply(&catalog, 2, gray("a", "trial", Some("1.1.1.1"), None));
    let applied = remove(&catalog, 3, "a", None);
    let row = history(&applied);
    assert_eq!((row.op, &*row.content.text(), row.item_id), (HistoryOp::Delete, "one", 1));
    assert_eq!(row.operator.user.as_deref(), Some("remover"));
    assert_eq!(content(&catalog, "a", "9.9.9.9", RequestedTag::None), None);
    assert_eq!(content(&catalog, "a", "1.1.1.1", RequestedTag::None).unwrap(), "trial");
    assert_eq!((catalog.count_all(), catalog.item_by_id(1)), (0, None));
    let applied = remove(&catalog, 4, "a", Some(GrayName::beta()));
    let row = history(&applied);
    assert_eq!((row.op, &*row.content.text()), (HistoryOp::Delete, "trial"));
    assert_eq!(row.gray.as_ref().unwrap().0, GrayName::beta());
    assert_eq!(catalog.entry(&key("a")), None);
}

#[test]
fn removal_of_nothing_is_done_without_a_trace() {
    let catalog = Catalog::default();
    for gray in [None, Some(GrayName::beta())] {
        let applied = remove(&catalog, 1, "a", gray);
        assert_eq!((applied.outcome, applied.records), (Outcome::Done, Vec::new()));
    }
    assert_eq!(changed(&catalog), []);
}

#[test]
fn ids_are_never_given_twice() {
    let catalog = Catalog::default();
    apply(&catalog, 1, publish("a", "one"));
    remove(&catalog, 2, "a", None);
    apply(&catalog, 3, publish("a", "again"));
    assert_eq!(catalog.item(&key("a")).unwrap().id, 2);
}

#[test]
fn beta_wins_over_tag_and_a_required_tag_takes_nothing_else() {
    let catalog = Catalog::default();
    apply(&catalog, 1, publish("a", "formal"));
    apply(&catalog, 2, gray("a", "blue", None, Some("blue")));
    apply(&catalog, 3, gray("a", "beta", Some("1.1.1.1, 2.2.2.2"), None));
    let (preferred, required) = (RequestedTag::Preferred, RequestedTag::Required);
    for (ip, tag, expected) in [
        ("9.9.9.9", RequestedTag::None, Some("formal")),
        ("9.9.9.9", preferred("blue"), Some("blue")),
        ("9.9.9.9", preferred("green"), Some("formal")),
        ("9.9.9.9", required("blue"), Some("blue")),
        ("9.9.9.9", required("green"), None),
        ("1.1.1.1", RequestedTag::None, Some("beta")),
        ("2.2.2.2", required("blue"), Some("beta")),
        ("2.2.2.2", required("green"), Some("beta")),
        ("1.1.1", RequestedTag::None, Some("formal")),
        ("", RequestedTag::None, Some("formal")),
    ] {
        assert_eq!(content(&catalog, "a", ip, tag).as_deref(), expected, "{ip} {tag:?}");
        let labels = ClientLabels { ip, tag, app: None };
        let md5 = catalog.entry(&key("a")).unwrap().md5(&labels);
        assert_eq!(md5, expected.map(ContentMd5::of), "{ip} {tag:?}");
    }
}

#[test]
fn gray_release_shows_the_formal_kind_and_its_own_data_key() {
    let catalog = Catalog::default();
    let description = Description { kind: Some(ConfigType::Json), ..Description::default() };
    apply(&catalog, 1, PublishConfig { description, encrypted_data_key: "k1".into(), ..publish("a", "{}") });
    apply(
        &catalog,
        2,
        PublishConfig { encrypted_data_key: "k2".into(), ..gray("a", "[]", Some("1.1.1.1"), None) },
    );
    let served = catalog.read(&key("a"), &ClientLabels { ip: "1.1.1.1", ..ClientLabels::default() }).unwrap();
    assert_eq!((served.kind, &*served.encrypted_data_key), (ConfigType::Json, "k2"));
    assert!(matches!(served.release, ServedRelease::Gray { .. }));
}

fn by_labels(data_id: &str, content: &str, (name, rule, priority): (&str, &str, i32)) -> PublishConfig {
    let rule = GrayRule::Labels { rule: LabelRule::parse(rule).unwrap(), priority };
    PublishConfig {
        target: PublishTarget::Gray { name: GrayName::new(name), rule },
        ..publish(data_id, content)
    }
}

#[test]
fn labels_choose_the_release_of_the_highest_priority_after_beta_and_tag() {
    let catalog = Catalog::default();
    apply(&catalog, 1, publish("a", "formal"));
    apply(&catalog, 2, by_labels("a", "prod", ("prod", "env=prod", 1)));
    apply(&catalog, 3, by_labels("a", "old sdk", ("old", "env,ClientVersion in (v1)", 2)));
    apply(&catalog, 4, by_labels("a", "one host", ("host", "ClientIp=1.1.1.1", 3)));
    apply(&catalog, 5, gray("a", "tagged", None, Some("blue")));
    let read = |ip, tag, labels: &[(&str, &str)]| {
        let app = AppLabels::new(labels.iter().copied());
        let labels = ClientLabels { ip, tag: RequestedTag::of(None, tag), app: Some(&app) };
        catalog.read(&key("a"), &labels).unwrap().content.to_string()
    };
    assert_eq!(read("2.2.2.2", None, &[]), "formal");
    assert_eq!(read("2.2.2.2", None, &[("env", "prod")]), "prod");
    assert_eq!(read("2.2.2.2", None, &[("env", "prod"), ("ClientVersion", "v1")]), "old sdk");
    assert_eq!(read("1.1.1.1", None, &[("env", "prod"), ("ClientVersion", "v1")]), "one host");
    assert_eq!(read("1.1.1.1", Some("blue"), &[("env", "prod")]), "tagged");
}

#[test]
fn gray_count_is_limited_but_republish_is_not() {
    let catalog = Catalog::default();
    let gray = |data_id: &str, content: &str, beta_ips, tag| PublishConfig {
        max_grays: 2,
        ..gray(data_id, content, beta_ips, tag)
    };
    apply(&catalog, 1, gray("a", "1", None, Some("t1")));
    apply(&catalog, 2, gray("a", "2", None, Some("t2")));
    let refused = apply(&catalog, 3, gray("a", "3", None, Some("t3")));
    assert_eq!(refused.outcome, Outcome::Config(ConfigOutcome::TooManyGrays { max: 2 }));
    assert!(matches!(
        apply(&catalog, 4, gray("a", "2b", None, Some("t2"))).outcome,
        Outcome::Config(ConfigOutcome::Published { .. })
    ));
}

#[test]
fn gray_compare_and_set_looks_at_the_gray_release() {
    let catalog = Catalog::default();
    apply(&catalog, 1, publish("a", "formal"));
    apply(&catalog, 2, gray("a", "trial", Some("1.1.1.1"), None));
    let with = |md5: ContentMd5| PublishConfig {
        condition: PublishCondition::Md5(md5.to_string().into()),
        ..gray("a", "trial two", Some("1.1.1.1"), None)
    };
    assert!(matches!(
        apply(&catalog, 3, with(ContentMd5::of("formal"))).outcome,
        Outcome::Config(ConfigOutcome::Conflict { .. })
    ));
    assert!(matches!(
        apply(&catalog, 4, with(ContentMd5::of("trial two"))).outcome,
        Outcome::Config(ConfigOutcome::Conflict { .. })
    ));
    assert!(matches!(
        apply(&catalog, 5, with(ContentMd5::of("trial"))).outcome,
        Outcome::Config(ConfigOutcome::Published { .. })
    ));
}

#[test]
fn same_gray_content_for_other_clients_is_a_change() {
    let catalog = Catalog::default();
    apply(&catalog, 1, gray("a", "trial", Some("1.1.1.1"), None));
    changed(&catalog);
    apply(&catalog, 2, gray("a", "trial", Some("1.1.1.1"), None));
    assert_eq!(changed(&catalog), []);
    apply(&catalog, 3, gray("a", "trial", Some("2.2.2.2"), None));
    assert_eq!(changed(&catalog), [key("a")]);
}

#[test]
fn foreign_records_come_back_from_loading() {
    let catalog = Catalog::default();
    let record = Record::RemoveNamespace(NamespaceId::default());
    assert_eq!(catalog.load(record.clone()), Some(record));
}

// === a plain model ===

#[derive(Debug, Clone)]
enum Op {
    Publish { data_id: u8, target: u8, content: u8, condition: u8 },
    Remove { data_id: u8, target: u8 },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let publish = (0..3u8, 0..5u8, 0..3u8, 0..5u8).prop_map(|(data_id, target, content, condition)| {
        Op::Publish { data_id, target, content, condition }
    });
    let remove = (0..3u8, 0..5u8).prop_map(|(data_id, target)| Op::Remove { data_id, target });
    proptest::collection::vec(prop_oneof![3 => publish, 1 => remove], 1..60)
}

/// 0 and 1: formal, 2: beta for one address, 3: beta for another, 4: tag.
fn target(number: u8) -> PublishTarget {
    match number {
        0 | 1 => PublishTarget::Formal,
        2 => beta_or_tag(Some("1.1.1.1"), None),
        3 => beta_or_tag(Some("2.2.2.2"), None),
        _ => beta_or_tag(None, Some("blue")),
    }
}

/// 0 and 1: always, 2: absent, else: the digest of one of the contents.
fn condition(number: u8) -> PublishCondition {
    match number {
        0 | 1 => PublishCondition::Always,
        2 => PublishCondition::Absent,
        n => PublishCondition::Md5(ContentMd5::of(&text(n - 3)).to_string().into()),
    }
}

fn text(number: u8) -> String {
    format!("content {number}")
}

fn command(op: &Op) -> ConfigCommand {
    match *op {
        Op::Publish { data_id, target: t, content, condition: c } => {
            ConfigCommand::Publish(Box::new(PublishConfig {
                target: target(t),
                condition: condition(c),
                max_grays: 1,
                ..publish(&format!("d{data_id}"), &text(content))
            }))
        }
        Op::Remove { data_id, target: t } => ConfigCommand::Remove(RemoveConfig {
            key: key(&format!("d{data_id}")),
            gray: match target(t) {
                PublishTarget::Formal => None,
                PublishTarget::Gray { name, .. } => Some(name),
            },
            operator: Operator::default(),
        }),
    }
}

/// (data id, release) → content, and who gets it.
type Model = BTreeMap<(u8, Option<String>), (u8, Option<GrayRule>)>;

/// What the rules say, in the simplest form that is right.
fn model_apply(model: &mut Model, op: &Op, max_grays: usize) -> bool {
    let release = |t: u8| match target(t) {
        PublishTarget::Formal => (None, None),
        PublishTarget::Gray { name, rule } => (Some(name.to_string()), Some(rule)),
    };
    match *op {
        Op::Publish { data_id, target, content, condition: c } => {
            let (name, rule) = release(target);
            let grays = model.keys().filter(|(id, name)| *id == data_id && name.is_some()).count();
            let allowed = match model.get(&(data_id, name.clone())) {
                None => name.is_none() || grays < max_grays,
                Some((old, _)) => match c {
                    0 | 1 => true,
                    2 => false,
                    n => *old == n - 3,
                },
            };
            if allowed {
                model.insert((data_id, name), (content, rule));
            }
            allowed
        }
        Op::Remove { data_id, target } => model.remove(&(data_id, release(target).0)).is_some(),
    }
}

fn model_read(model: &Model, data_id: u8, ip: &str, tag: Option<&str>) -> Option<String> {
    let gray = |name: &str| model.get(&(data_id, Some(name.to_owned())));
    let beta = gray("beta").filter(|(_, rule)| *rule == Some(GrayRule::Beta { ips: ip.into() }));
    let tagged = tag.and_then(|tag| gray(&format!("tag_{tag}")));
    beta.or(tagged).or_else(|| model.get(&(data_id, None))).map(|(content, _)| text(*content))
}

proptest! {
    #[test]
    fn catalog_agrees_with_the_model(ops in ops()) {
        let (catalog, twin, mut model) = (Catalog::default(), Catalog::default(), Model::new());
        let (mut stored, mut rows) = (Vec::new(), 0);
        for (at, op) in ops.iter().enumerate() {
            let at = Timestamp(at as u64);
            let applied = catalog.apply(at, &command(op));
            let again = twin.apply(at, &command(op));
            prop_assert_eq!(&applied.outcome, &again.outcome);
            prop_assert_eq!(&applied.records, &again.records);
            let is_change = model_apply(&mut model, op, 1);
            prop_assert_eq!(!applied.records.is_empty(), is_change, "{:?}", op);
            if is_change {
                rows += 1;
                prop_assert_eq!(history(&applied).id.0, rows);
            }
            stored.extend(applied.records);
        }
        let restored = restore(stored);
        for data_id in 0..3 {
            for (ip, tag) in [("1.1.1.1", None), ("2.2.2.2", None), ("3.3.3.3", Some("blue")), ("3.3.3.3", None)] {
                let expected = model_read(&model, data_id, ip, tag);
                let requested = RequestedTag::of(None, tag);
                let data_id = format!("d{data_id}");
                prop_assert_eq!(&content(&catalog, &data_id, ip, requested), &expected);
                prop_assert_eq!(&content(&restored, &data_id, ip, requested), &expected);
            }
            let key = key(&format!("d{data_id}"));
            prop_assert_eq!(catalog.entry(&key), restored.entry(&key));
        }
        let formal = model.keys().filter(|(_, name)| name.is_none()).count();
        prop_assert_eq!(catalog.count(&NamespaceId::default()), formal);
        let mut visited = 0;
        catalog.visit(&NamespaceId::default(), (0, 100), |_| visited += 1);
        prop_assert_eq!(visited, formal);
        // What was restored goes on giving out ids where the other stopped.
        let next = command(&Op::Publish { data_id: 0, target: 0, content: 0, condition: 0 });
        prop_assert_eq!(
            catalog.apply(Timestamp(1_000), &next).records,
            restored.apply(Timestamp(1_000), &next).records
        );
    }
}

/// What a store makes of records: the last value of each, loaded in any order.
fn restore(records: Vec<Record>) -> Catalog {
    let mut items = BTreeMap::new();
    let mut grays = BTreeMap::new();
    let mut sequence = None;
    for record in records {
        match record {
            Record::PutItem(item) => {
                items.insert(item.key.clone(), item);
            }
            Record::RemoveItem(key) => {
                items.remove(&key);
            }
            Record::PutGray(key, release) => {
                grays.insert((key, release.name.clone()), release);
            }
            Record::RemoveGray(key, name) => {
                grays.remove(&(key, name));
            }
            Record::PutConfigSequence(value) => sequence = Some(value),
            _ => {}
        }
    }
    let catalog = Catalog::default();
    for ((key, _), release) in grays {
        assert_eq!(catalog.load(Record::PutGray(key, release)), None);
    }
    for item in items.into_values() {
        assert_eq!(catalog.load(Record::PutItem(item)), None);
    }
    if let Some(sequence) = sequence {
        assert_eq!(catalog.load(Record::PutConfigSequence(sequence)), None);
    }
    catalog
}
