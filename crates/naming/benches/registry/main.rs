//! What the registry costs: memory per instance, and CPU per register, beat, query, tick and push.
//!
//! `cargo bench -p navaid-naming` runs with 1 000 000 instances in 100 000 services; `-- 100000` with fewer. Figures
//! are per operation, of one thread; memory is the growth of the resident set.
#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use navaid_core::{
    ClientId, ClusterName, Command, ConnectionId, Endpoint, GroupName, Instance, InstanceId, Lifetime,
    Metadata, Moment, NamespaceId, Now, Outcome, ServiceKey, ServiceName, Timestamp,
    seam::{Commit, CommitError, Pending},
};
use navaid_naming::{
    ClientProfile, Consumer, Filter, Naming, NamingSettings, Selection, SubscriberOutbox, Subscription,
};

/// The server's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const INSTANCES_PER_SERVICE: usize = 10;

fn main() {
    let instances = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(1_000_000);
    memory_and_time(instances);
    journal(instances / 10);
    for size in [1, 10, 100] {
        query(size);
    }
    for (subscribers, size) in [(500, 10), (1000, 100)] {
        fan_out(subscribers, size);
    }
}

/// Nothing here is persistent.
struct NoCommit;

impl Commit for NoCommit {
    fn commit(&self, _: Command) -> Pending<Result<Outcome, CommitError>> {
        Box::pin(async { Err(CommitError::Stopping) })
    }
}

struct Sink;

impl SubscriberOutbox for Sink {
    fn offer(&self, _: &ServiceKey, selection: Arc<Selection>, _: Moment) {
        black_box(&selection);
    }
}

fn engine() -> Naming {
    Naming::new(NamingSettings::default(), Arc::new(NoCommit))
}

fn at(secs: u64) -> Now {
    Now { wall: Timestamp(1_700_000_000_000 + secs * 1000), mono: Moment(secs * 1000) }
}

fn key(number: usize) -> ServiceKey {
    let name = ServiceName::parse(&format!("com.example.orders.service-{number}")).expect("a legal name");
    ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &name)
}

fn instance(number: usize) -> Instance {
    let ip = format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
    Instance {
        endpoint: Endpoint { ip: ip.into(), port: 8080 + u16::try_from(number >> 24).expect("small") },
        cluster: ClusterName::default(),
        weight: 1.0,
        enabled: true,
        healthy: true,
        metadata: Metadata::default(),
        id: InstanceId::Simple,
    }
}

fn client(instance: &Instance) -> ClientId {
    ClientId::Address(instance.endpoint.clone(), Lifetime::Ephemeral)
}

fn report(what: &str, count: usize, spent: Duration) {
    println!("{what:<44} {:>9.0} ns", spent.as_nanos() as f64 / count as f64);
}

fn memory_and_time(count: usize) {
    let naming = engine();
    let before = resident_bytes();
    let start = Instant::now();
    for number in 0..count {
        let instance = instance(number);
        let client = client(&instance);
        naming.register(&client, &key(number / INSTANCES_PER_SERVICE), instance, at(0)).expect("registers");
    }
    report("register", count, start.elapsed());
    println!("{:<44} {:>9} bytes", "memory per instance", (resident_bytes() - before) / count);

    let endpoints: Vec<_> = (0..count).map(|number| instance(number).endpoint).collect();
    let keys: Vec<_> = (0..count / INSTANCES_PER_SERVICE).map(key).collect();
    let (mut beats, mut ticks) = (Duration::ZERO, Vec::new());
    for second in 1..=40 {
        // Every instance beats each 5 s, a fifth of them each second.
        let start = Instant::now();
        for number in (second % 5..count).step_by(5) {
            let beat = naming.beat(
                &keys[number / INSTANCES_PER_SERVICE],
                &endpoints[number],
                None,
                at(second as u64),
            );
            black_box(beat).expect("is known");
        }
        beats += start.elapsed();
        let start = Instant::now();
        naming.tick(at(second as u64));
        ticks.push(start.elapsed());
    }
    report("light beat", count / 5 * 40, beats);
    let steady = &ticks[20..];
    let mean = steady.iter().sum::<Duration>() / u32::try_from(steady.len()).expect("small");
    println!("{:<44} {:>9.2} ms", "tick of a second, all beating, mean", mean.as_secs_f64() * 1e3);
    println!("{:<44} {:>9.2} ms", "  worst", ticks.iter().max().expect("ran").as_secs_f64() * 1e3);
    assert_eq!(naming.counters().instances, count, "nobody expired");

    let start = Instant::now();
    for second in 41..=80 {
        naming.tick(at(second));
    }
    assert_eq!(naming.counters().instances, 0, "all expired");
    report("expiry, per instance", count, start.elapsed());
}

/// What it costs a registration to be noted: the best of some rounds with and without a journal, in CPU time, because
/// others may use the machine.
fn journal(count: usize) {
    let mut best = [Duration::MAX; 2];
    for round in 0..10 {
        let entries = if round % 2 == 0 { 0 } else { NamingSettings::default().journal_entries };
        let settings = NamingSettings { journal_entries: entries, ..NamingSettings::default() };
        let naming = Naming::new(settings, Arc::new(NoCommit));
        let start = cpu_time();
        for number in 0..count {
            let instance = instance(number);
            let client = client(&instance);
            let registered = naming.register(&client, &key(number / INSTANCES_PER_SERVICE), instance, at(0));
            registered.expect("registers");
        }
        let best = &mut best[round % 2];
        *best = (*best).min(cpu_time() - start);
    }
    report("register without a journal, CPU", count, best[0]);
    report("register with a journal, CPU", count, best[1]);
}

/// Time that this thread has run; none where the system does not tell.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split_whitespace().next().and_then(|ran| ran.parse().ok()).unwrap_or(0))
}

fn query(size: usize) {
    let naming = engine();
    for number in 0..size {
        naming.register(&client(&instance(number)), &key(0), instance(number), at(0)).expect("registers");
    }
    let (key, rounds) = (key(0), 1_000_000);
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(naming.query(&key, &Filter::default(), at(1)));
    }
    report(&format!("query of {size}, unchanged"), rounds, start.elapsed());
    let rounds = 100_000 / size;
    let start = Instant::now();
    for round in 0..rounds {
        let changed = Instance { weight: (round % 90) as f64 + 2.0, ..instance(0) };
        naming.register(&client(&changed), &key, changed, at(1)).expect("registers");
        black_box(naming.query(&key, &Filter::default(), at(1)));
    }
    report(&format!("change and query of {size}"), rounds, start.elapsed());
}

fn fan_out(subscribers: usize, size: usize) {
    let naming = engine();
    for number in 0..size {
        naming.register(&client(&instance(number)), &key(0), instance(number), at(0)).expect("registers");
    }
    let consumer = Arc::new(Consumer { ip: "10.1.1.1".into(), port: 0, agent: "".into(), app: "".into() });
    for number in 0..subscribers {
        let id = ConnectionId::new(&format!("1700000000000_10.1.1.1_{number}"));
        let profile = ClientProfile {
            ip: "10.1.1.1".into(),
            port: 1,
            agent: "".into(),
            app: "".into(),
            connected_at: at(0),
        };
        naming.connect(id.clone(), profile.into(), at(0));
        let subscription =
            Subscription { clusters: "".into(), consumer: consumer.clone(), outbox: Arc::new(Sink) };
        naming.subscribe(&ClientId::Connection(id), &key(0), subscription, at(0)).expect("subscribes");
    }
    naming.push_due(at(1));
    let rounds = 200;
    let mut spent = Duration::ZERO;
    for round in 0..rounds {
        let now = at(2 + round as u64);
        let changed = Instance { weight: (round % 90) as f64 + 2.0, ..instance(0) };
        naming.register(&client(&changed), &key(0), changed, now).expect("registers");
        let start = Instant::now();
        assert_eq!(naming.push_due(now), subscribers);
        spent += start.elapsed();
    }
    report(&format!("offer a change of {size} to {subscribers}, each"), rounds * subscribers, spent);
}

/// Resident set of this process; 0 where the system does not tell.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
