//! What choice by labels costs: a look-up, a view of 1 000 hosts for one more site, and a new table.
//!
//! `cargo bench -p navaid-naming --bench labels`. Figures are per operation, of one thread.
#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use navaid_core::{
    ClientId, ClusterName, Command, Endpoint, GroupName, Instance, InstanceId, LabelEntry, Lifetime,
    Metadata, Moment, NamespaceId, Now, Outcome, Record, ServiceKey, ServiceMetadata, ServiceName, Timestamp,
    seam::{Commit, CommitError, Pending},
    service::Selector,
};
use navaid_naming::{Filter, LabelTable, Naming, NamingSettings};

/// The server's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HOSTS: usize = 1_000;
const RANGES: usize = 300;
/// Services of which one in a thousand chooses by labels.
const SERVICES: usize = 100_000;
const ROUNDS: u32 = 200;

fn main() {
    look_up();
    view();
    new_table();
}

/// Nothing here is committed.
struct NoCommit;

impl Commit for NoCommit {
    fn commit(&self, _: Command) -> Pending<Result<Outcome, CommitError>> {
        Box::pin(async { Err(CommitError::Stopping) })
    }
}

const NOW: Now = Now { wall: Timestamp(1_700_000_000_000), mono: Moment(0) };

/// Ranges of eight lengths, as sites, rooms and racks have them; `turn` makes another table of the same size.
fn entries(turn: usize) -> impl Iterator<Item = LabelEntry> {
    (0..RANGES).map(move |number| {
        let target = format!("10.{}.0.0/{}", number & 255, 9 + (number % 8) * 2);
        let site = format!("site-{}-{turn}", number % 10);
        let labels = [("site", &*site), ("room", "12")].into_iter().collect();
        LabelEntry { target: target.parse().expect("a range"), labels }
    })
}

fn key(number: usize) -> ServiceKey {
    let name = ServiceName::parse(&format!("s{number}")).expect("a legal name");
    ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name)
}

fn select_by_site(naming: &Naming, number: usize) {
    let selector = Selector::Label { expression: "".into(), labels: ["site".into()].into() };
    let metadata = ServiceMetadata { selector, ..ServiceMetadata::new(Lifetime::Ephemeral) };
    naming.load(Record::PutService(key(number), metadata)).expect("a record of discovery");
}

fn register(naming: &Naming, service: usize, number: usize) {
    let ip = format!("10.{}.0.{}", number & 255, number >> 8).into();
    let endpoint = Endpoint { ip, port: 80 };
    let instance = Instance {
        endpoint: endpoint.clone(),
        cluster: ClusterName::default(),
        weight: 1.0,
        enabled: true,
        healthy: true,
        metadata: Metadata::default(),
        id: InstanceId::Simple,
    };
    let client = ClientId::Address(endpoint, Lifetime::Ephemeral);
    naming.register(&client, &key(service), instance, NOW).expect("registers");
}

fn engine() -> Naming {
    Naming::new(NamingSettings::default(), Arc::new(NoCommit))
}

fn report(what: &str, count: u32, spent: Duration) {
    println!("{what:<56} {:>10.0} ns", spent.as_nanos() as f64 / f64::from(count));
}

fn look_up() {
    let table = LabelTable::new(entries(0));
    let addresses: Vec<String> = (0..=255).map(|number| format!("10.{number}.0.7")).collect();
    let start = Instant::now();
    for _ in 0..ROUNDS * 10 {
        for address in &addresses {
            black_box(table.label(address, "site"));
        }
    }
    report("label of an address, 300 ranges of 8 lengths", ROUNDS * 10 * 256, start.elapsed());
}

fn view() {
    let naming = engine();
    for number in 0..HOSTS {
        register(&naming, 0, number);
    }
    let ask = |what: &str| {
        let mut spent = Duration::ZERO;
        for turn in 0..ROUNDS {
            // Another table and one more host, so that nothing is known of the view.
            naming.set_labels(LabelTable::new(entries(turn as usize)), NOW);
            register(&naming, 0, HOSTS + turn as usize);
            let filter = Filter { consumer_ip: "10.3.0.200", ..Filter::default() };
            let view = naming.view(&key(0), NOW);
            view.hosts();
            let start = Instant::now();
            black_box(naming.query(&key(0), &filter, NOW));
            spent += start.elapsed();
        }
        report(what, ROUNDS, spent);
    };
    ask("first selection of a view of 1 000 hosts, no selector");
    select_by_site(&naming, 0);
    ask("the same, chosen by a label");
}

fn new_table() {
    let naming = engine();
    for service in 0..SERVICES {
        register(&naming, service, service % HOSTS);
    }
    for service in (0..SERVICES).step_by(1_000) {
        select_by_site(&naming, service);
    }
    let tables: Vec<_> = (0..20).map(|turn| LabelTable::new(entries(turn))).collect();
    let start = Instant::now();
    for table in tables {
        naming.set_labels(table, NOW);
    }
    report("new table, 100 of 100 000 services choose by labels", 20, start.elapsed());
}
