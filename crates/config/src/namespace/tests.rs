use navaid_core::{
    command::{ConfigCommand, Operator, PublishCondition, PublishConfig, PublishTarget},
    config_item::{ConfigKey, ContentMd5, Description},
    name::{DataId, GroupName},
    seam::Pending,
};

use super::*;

/// Applies at once, at time 7.
struct AtOnce(Arc<NamespaceTable>);

impl Commit for AtOnce {
    fn commit(&self, command: Command) -> Pending<Result<Outcome, CommitError>> {
        let Command::Namespace(command) = command else { panic!("not about namespaces") };
        let outcome = self.0.apply(Timestamp(7), &command).outcome;
        Box::pin(async { Ok(outcome) })
    }
}

fn namespaces() -> (Namespaces, Arc<NamespaceTable>, Arc<Catalog>) {
    let (table, catalog) = (Arc::new(NamespaceTable::default()), Arc::<Catalog>::default());
    let namespaces =
        Namespaces::new(Arc::clone(&table), Arc::clone(&catalog), Arc::new(AtOnce(Arc::clone(&table))));
    (namespaces, table, catalog)
}

fn id(text: &str) -> NamespaceId {
    NamespaceId::parse(text).unwrap()
}

fn shown(namespaces: &Namespaces) -> Vec<(String, String, String, usize)> {
    let show = |n: NamespaceSummary| (n.id.to_string(), n.name.to_string(), n.desc.to_string(), n.configs);
    namespaces.list().into_iter().map(show).collect()
}

#[tokio::test]
async fn namespace_is_created_renamed_and_removed() {
    let (namespaces, ..) = namespaces();
    assert_eq!(namespaces.create(Some(id("ns")), "first", "words").await, Ok(id("ns")));
    assert!(namespaces.contains(&id("ns")));
    namespaces.update(id("ns"), "second", "").await.unwrap();
    let summary = namespaces.get(&id("ns")).unwrap();
    assert_eq!((&*summary.name, &*summary.desc), ("second", ""));
    namespaces.remove(id("ns")).await.unwrap();
    assert_eq!(namespaces.get(&id("ns")), None);
    assert_eq!(namespaces.remove(id("ns")).await, Ok(()), "removing again is no error");
}

#[tokio::test]
async fn taken_ids_are_refused() {
    let (namespaces, ..) = namespaces();
    namespaces.create(Some(id("ns")), "n", "").await.unwrap();
    for taken in ["ns", "public"] {
        let refused = namespaces.create(Some(id(taken)), "again", "").await;
        assert_eq!(refused, Err(NamespaceError::Exists(id(taken))));
    }
    assert_eq!(&*namespaces.get(&id("ns")).unwrap().name, "n");
}

#[tokio::test]
async fn default_namespace_is_first_and_cannot_be_changed() {
    let (namespaces, ..) = namespaces();
    namespaces.update(id("public"), "mine now", "").await.unwrap();
    namespaces.remove(id("public")).await.unwrap();
    assert_eq!(shown(&namespaces), [("public".into(), "public".into(), DEFAULT_DESC.into(), 0)]);
    assert!(!namespaces.contains(&id("public")), "nobody has created it");
}

#[tokio::test]
async fn illegal_texts_are_refused() {
    let (namespaces, ..) = namespaces();
    let max = NAMESPACE_TEXT_MAX;
    let long = "n".repeat(max + 1);
    for (name, desc, expected) in [
        ("", "", NamespaceError::IllegalName),
        (" ", "", NamespaceError::IllegalName),
        ("a@b", "", NamespaceError::IllegalName),
        ("a*", "", NamespaceError::IllegalName),
        (&long, "", NamespaceError::NameTooLong { max }),
        ("a", &long, NamespaceError::DescTooLong { max }),
    ] {
        assert_eq!(namespaces.create(Some(id("ns")), name, desc).await, Err(expected.clone()));
        assert_eq!(namespaces.update(id("ns"), name, desc).await, Err(expected));
    }
}

#[tokio::test]
async fn generated_ids_look_like_version_4_uuids() {
    let (namespaces, ..) = namespaces();
    let (a, b) =
        (namespaces.create(None, "a", "").await.unwrap(), namespaces.create(None, "b", "").await.unwrap());
    assert_ne!(a, b);
    let parts: Vec<_> = a.as_str().split('-').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{a}");
}

#[tokio::test]
async fn list_counts_the_items_of_each_namespace() {
    let (namespaces, _, catalog) = namespaces();
    namespaces.create(Some(id("ns")), "n", "").await.unwrap();
    let publish = PublishConfig {
        key: ConfigKey::new(&id("ns"), &GroupName::default(), &DataId::parse("a").unwrap()),
        target: PublishTarget::Formal,
        content: "x".into(),
        md5: ContentMd5::of("x"),
        encrypted_data_key: "".into(),
        description: Description::default(),
        condition: PublishCondition::Always,
        operator: Operator::default(),
        max_grays: 10,
        capacity: None,
    };
    catalog.apply(Timestamp(1), &ConfigCommand::Publish(Box::new(publish)));
    assert_eq!(namespaces.list().iter().map(|n| n.configs).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn records_restore_the_table_and_carry_the_time_of_the_proposal() {
    let table = NamespaceTable::default();
    let namespace =
        |id: NamespaceId| Namespace { id, name: "n".into(), desc: "".into(), created_at: Timestamp(0) };
    let created = table.apply(Timestamp(5), &NamespaceCommand::Create(namespace(id("ns"))));
    let update = NamespaceCommand::Update { id: id("ns"), name: "m".into(), desc: "d".into() };
    let updated = table.apply(Timestamp(9), &update);
    let restored = NamespaceTable::default();
    for record in created.records.into_iter().chain(updated.records) {
        assert_eq!(restored.load(record), None);
    }
    assert_eq!(restored.all(), table.all());
    assert_eq!((table.all()[0].created_at, &*table.all()[0].name), (Timestamp(5), "m"));
    let removed = table.apply(Timestamp(10), &NamespaceCommand::Remove { id: id("ns") });
    assert_eq!(removed.records, [Record::RemoveNamespace(id("ns"))]);
    assert_eq!(table.apply(Timestamp(11), &update).records, [], "an unknown one is left alone");
}
