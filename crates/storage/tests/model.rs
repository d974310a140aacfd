//! Random commands, checkpoints, restarts and crashes: what is loaded and replayed is always what the engine held.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{path::Path, sync::Arc};

use navaid_core::{
    ClusterName, Command, Endpoint, GrayName, GrayRule, GroupName, Instance, InstanceId, Lifetime, Metadata,
    NamespaceId, Proposal, ServiceKey, ServiceMetadata, ServiceName, Timestamp,
    command::{ConfigCommand, NamespaceCommand, NamingCommand, PublishTarget, RemoveConfig},
    seam::{Apply, Commit, HistoryReader},
};
use navaid_storage::{
    Standalone, Storage,
    contract::{CountingClock, Ledger, copy_image, key, publish, remove, wait},
};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    /// These commands at once, each awaited.
    Commit(Vec<Command>),
    /// A history read, which asks for a checkpoint.
    Checkpoint,
    Restart,
    /// The directory as it is on disk at this moment, opened in another place.
    Crash,
}

fn config_command() -> impl Strategy<Value = Command> {
    let data_id = (0..6_u8).prop_map(|number| format!("d{number}"));
    (data_id, ".{0,40}", 0..10_u8, 0..60_u64).prop_map(|(data_id, content, kind, before)| match kind {
        0..=4 => publish(&data_id, &content),
        5 | 6 => remove(&data_id),
        7 => Command::Config(ConfigCommand::PurgeHistory { before: Timestamp(before) }),
        8 => Command::Config(ConfigCommand::Remove(RemoveConfig {
            key: key(&data_id),
            gray: Some(GrayName::beta()),
            operator: Default::default(),
        })),
        _ => {
            let Command::Config(ConfigCommand::Publish(mut gray)) = publish(&data_id, &content) else {
                unreachable!("publish makes a publish");
            };
            gray.target = PublishTarget::Gray {
                name: GrayName::beta(),
                rule: GrayRule::Beta { ips: "10.0.0.1".into() },
            };
            Command::Config(ConfigCommand::Publish(gray))
        }
    })
}

fn naming_command() -> impl Strategy<Value = Command> {
    (0..3_u8, 1..4_u16, 0..5_u8).prop_map(|(service, port, kind)| {
        let name = ServiceName::parse(&format!("s{service}")).unwrap();
        let key = ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name);
        let endpoint = Endpoint { ip: "10.0.0.1".into(), port };
        Command::Naming(match kind {
            0 | 1 => NamingCommand::Register {
                key,
                instance: Instance {
                    endpoint,
                    cluster: ClusterName::default(),
                    weight: f64::from(port),
                    enabled: true,
                    healthy: kind == 0,
                    metadata: Metadata::default(),
                    id: InstanceId::Simple,
                },
            },
            2 => NamingCommand::Deregister { key, endpoint },
            3 => NamingCommand::CreateService { key, metadata: ServiceMetadata::new(Lifetime::Persistent) },
            _ => NamingCommand::RemoveService { key },
        })
    })
}

fn namespace_command() -> impl Strategy<Value = Command> {
    (0..3_u8, any::<bool>()).prop_map(|(number, keep)| {
        let id = NamespaceId::parse(&format!("n{number}")).unwrap();
        Command::Namespace(if keep {
            NamespaceCommand::Update { id, name: "n".into(), desc: "d".into() }
        } else {
            NamespaceCommand::Remove { id }
        })
    })
}

fn step() -> impl Strategy<Value = Step> {
    let command = prop_oneof![5 => config_command(), 3 => naming_command(), 1 => namespace_command()];
    prop_oneof![
        6 => proptest::collection::vec(command, 1..12).prop_map(Step::Commit),
        2 => Just(Step::Checkpoint),
        1 => Just(Step::Restart),
        2 => Just(Step::Crash),
    ]
}

struct Node {
    ledger: Arc<Ledger>,
    commit: Arc<Standalone>,
    history: Arc<dyn HistoryReader>,
}

fn open(dir: &Path, clock: &Arc<CountingClock>) -> Node {
    let ledger = Arc::new(Ledger::default());
    let storage = Storage::open(dir).unwrap();
    storage.load(&mut |record| ledger.load(record)).unwrap();
    let (commit, history) = storage.start(ledger.clone(), clock.clone()).unwrap();
    Node { ledger, commit, history }
}

/// What the first engine held, compared with what a later one was given.
fn check(before: &Ledger, after: &Node) {
    assert_eq!(after.ledger.records(), before.records());
    let mut rows = 0;
    for number in 0..6 {
        rows += after.history.list(&key(&format!("d{number}")), 0, usize::MAX).unwrap().1.len();
    }
    assert_eq!(rows, before.history().len(), "history rows");
}

fn run(steps: Vec<Step>) {
    let clock = Arc::new(CountingClock::default());
    // The whole story in one engine: what every directory must agree with.
    let model = Ledger::default();
    let mut dir = tempfile::tempdir().unwrap();
    let mut node = open(dir.path(), &clock);
    let mut fed = 0;
    for step in steps {
        match step {
            Step::Commit(commands) => {
                let pending: Vec<_> =
                    commands.iter().map(|command| node.commit.commit(command.clone())).collect();
                pending.into_iter().for_each(|pending| drop(wait(pending).unwrap()));
                // The times that were given travel with the engine's own notes.
                let times = node.ledger.seen();
                for ((index, at), command) in times[fed..].iter().zip(commands) {
                    model.apply(*index, &Proposal { at: *at, command });
                }
                fed = times.len();
                assert_eq!(node.ledger.records(), model.records());
            }
            Step::Checkpoint => drop(node.history.list(&key("d0"), 0, 1).unwrap()),
            Step::Restart => {
                drop(node);
                node = open(dir.path(), &clock);
                check(&model, &node);
                fed = node.ledger.seen().len();
            }
            Step::Crash => {
                let image = tempfile::tempdir().unwrap();
                copy_image(dir.path(), image.path()).unwrap();
                drop(node);
                dir = image;
                node = open(dir.path(), &clock);
                check(&model, &node);
                fed = node.ledger.seen().len();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_directory_comes_back_as_the_engine_left_it(steps in proptest::collection::vec(step(), 1..20)) {
        run(steps);
    }
}
