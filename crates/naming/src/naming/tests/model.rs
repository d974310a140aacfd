//! The engine against a plain model of the same rules: random sequences of calls and of time, after each of which
//! every answer must be the same, and at whose end every subscriber must hold the final view, and every watcher know
//! what there is.

mod calls;
mod plain;

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher, Hasher, RandomState},
    sync::Arc,
};

use navaid_core::{
    ClientId, ConnectionId, Endpoint, Instance, Lifetime, NamespaceId, PatternOutbox, Record, ServiceKey,
    ServiceMetadata, WatchPattern,
    command::{Overlay, OverlayTarget, ServiceUpdate},
    service::Selector,
};
use parking_lot::Mutex;
use proptest::{
    collection::vec,
    test_runner::{Config, RngSeed, TestRunner},
};

use self::{
    calls::{Call, Published, call},
    plain::{Entry, Model, comparable},
};
use super::rig::*;
use crate::{BeatAnswer, Filter, FullBeat, HealthFilter, Page, Subscription};

const SERVICES: [&str; 2] = ["s", "t"];
const CONNECTIONS: [&str; 3] = ["a", "b", "c"];
/// What each connection watches, if it watches: two the same, one another.
const PATTERNS: [&str; 3] = ["public>>*>>*", "public>>*>>*", "public>>DEFAULT_GROUP>>s*"];
/// Sequences of one run of the test.
const CASES: u32 = 10_000;
/// Names the seed of a run that is to be repeated.
const SEED: &str = "NAVAID_MODEL_SEED";

fn persistent(port: u16) -> ClientId {
    ClientId::Address(endpoint(port), Lifetime::Persistent)
}

struct Pair {
    rig: Rig,
    model: Model,
    mailboxes: [Arc<Mailbox>; 6],
    /// What each subscriber was told last.
    told: BTreeMap<(usize, usize), Arc<crate::Selection>>,
    /// Watchers by connection, with what they believe to exist.
    watchers: BTreeMap<usize, (Arc<Watcher>, BTreeSet<ServiceKey>)>,
}

/// Keeps what it was told of.
#[derive(Default)]
struct Watcher(Mutex<Vec<ServiceKey>>);

impl PatternOutbox<ServiceKey> for Watcher {
    fn changed(&self, key: &ServiceKey) {
        self.0.lock().push(key.clone());
    }
}

fn pattern(connection: usize) -> (WatchPattern, ConnectionId) {
    (WatchPattern::parse(PATTERNS[connection]).unwrap(), ConnectionId::new(CONNECTIONS[connection]))
}

/// What a record is about: a later one replaces or removes an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Service(ServiceKey),
    Instance(ServiceKey, Endpoint),
    Overlay(ServiceKey, OverlayTarget),
}

impl Place {
    fn of(record: &Record) -> (Self, bool) {
        match record {
            Record::PutService(key, _) => (Self::Service(key.clone()), true),
            Record::RemoveService(key) => (Self::Service(key.clone()), false),
            Record::PutInstance(key, instance) => {
                (Self::Instance(key.clone(), instance.endpoint.clone()), true)
            }
            Record::RemoveInstance(key, endpoint) => (Self::Instance(key.clone(), endpoint.clone()), false),
            Record::PutOverlay(key, target, _) => (Self::Overlay(key.clone(), target.clone()), true),
            Record::RemoveOverlay(key, target) => (Self::Overlay(key.clone(), target.clone()), false),
            other => panic!("{other:?} is no record of discovery"),
        }
    }
}

impl Pair {
    fn new() -> Self {
        Self {
            rig: Rig::new(),
            model: Model::default(),
            mailboxes: Default::default(),
            told: BTreeMap::new(),
            watchers: BTreeMap::new(),
        }
    }

    fn publish(
        &mut self,
        client: &ClientId,
        service: usize,
        instances: Vec<Instance>,
        is_batch: bool,
    ) -> bool {
        let (model, now) = (&mut self.model.services[service], self.model.now);
        if model.fixed().is_some_and(|lifetime| lifetime != client.lifetime()) {
            return false;
        }
        model.set(client, Some(Entry { instances, is_batch, heard: now }), now)
    }

    fn call(&mut self, call: &Call) {
        let now = self.rig.now;
        let naming = self.rig.naming.clone();
        let key = |service: usize| key(SERVICES[service]);
        match call {
            Call::Connect(c) if !self.model.connected[*c] => {
                self.rig.connect(CONNECTIONS[*c]);
                self.model.connected[*c] = true;
            }
            Call::Connect(_) => {}
            Call::Disconnect(c) => {
                let client = connection(CONNECTIONS[*c]);
                naming.disconnect(&client, now);
                self.model.connected[*c] = false;
                let second = self.model.now;
                self.model.services.iter_mut().for_each(|service| {
                    service.set(&client, None, second);
                });
                self.model.subscribed.retain(|(subscriber, _), _| subscriber != c);
                self.watchers.remove(c);
            }
            Call::Register(c, s, p) => {
                let client = connection(CONNECTIONS[*c]);
                let done = naming.register(&client, &key(*s), p.instance(), now).is_ok();
                let expected =
                    self.model.connected[*c] && self.publish(&client, *s, vec![p.instance()], false);
                assert_eq!(done, expected);
            }
            Call::RegisterHttp(s, p) => {
                let client = http(&endpoint(p.port));
                let done = naming.register(&client, &key(*s), p.instance(), now).is_ok();
                assert_eq!(done, self.publish(&client, *s, vec![p.instance()], false));
            }
            Call::RegisterPersistent(s, p) => {
                let done = self.rig.run(naming.register_persistent(&key(*s), p.instance())).is_ok();
                assert_eq!(done, self.publish(&persistent(p.port), *s, vec![p.instance()], false));
            }
            Call::Batch(c, s, members) => {
                let client = connection(CONNECTIONS[*c]);
                let instances: Vec<_> = members.iter().map(Published::instance).collect();
                let done = naming.register_batch(&client, &key(*s), instances.clone(), now).is_ok();
                assert_eq!(done, self.model.connected[*c] && self.publish(&client, *s, instances, true));
            }
            Call::Deregister(c, s) => self.deregister(&connection(CONNECTIONS[*c]), *s),
            Call::DeregisterHttp(s, port) => self.deregister(&http(&endpoint(*port)), *s),
            Call::DeregisterPersistent(s, port) => {
                self.rig.run(naming.deregister_persistent(&key(*s), &endpoint(*port))).unwrap();
                self.model.services[*s].set(&persistent(*port), None, self.model.now);
            }
            Call::LightBeat(s, port) => self.beat(*s, *port, None),
            Call::FullBeat(s, port, weight) => self.beat(*s, *port, Some(*weight)),
            Call::Overlay(s, port, enabled, weight) => {
                let set = Overlay { enabled: *enabled, weight: f64::from(*weight), metadata: metadata(&[]) };
                let done =
                    self.rig.run(naming.update_instance(&key(*s), &target(*port), set.clone())).is_ok();
                let (model, second) = (&mut self.model.services[*s], self.model.now);
                assert_eq!(done, model.lifetime.is_some());
                if done {
                    let mark = if model.has(&target(*port)) {
                        model.updated = second;
                        None
                    } else {
                        Some(second)
                    };
                    model.overlays.insert(target(*port), (set, mark));
                }
            }
            Call::Create(s, lifetime) => {
                let done =
                    self.rig.run(naming.create_service(&key(*s), ServiceMetadata::new(*lifetime))).is_ok();
                let (model, second) = (&mut self.model.services[*s], self.model.now);
                assert_eq!(done, model.lifetime.is_none());
                if done {
                    model.set_metadata(ServiceMetadata::new(*lifetime), second);
                }
            }
            Call::Update(s, quarters) => self.update(*s, f32::from(*quarters) / 4.0),
            Call::Remove(s) => {
                let done = self.rig.run(naming.remove_service(&key(*s))).is_ok();
                let (model, second) = (&mut self.model.services[*s], self.model.now);
                let is_empty = model.entries.values().all(|entry| entry.instances.is_empty());
                assert_eq!(done, model.lifetime.is_some() && is_empty);
                if done {
                    (model.metadata, model.metadata_marked, model.updated) = (None, None, second);
                    if model.entries.is_empty() {
                        model.lifetime = None;
                    }
                }
            }
            Call::Subscribe(c, s, clusters) => {
                let consumer = crate::Consumer { ip: "".into(), port: 0, agent: "".into(), app: "".into() };
                let outbox = self.mailboxes[c * 2 + s].clone();
                let subscription =
                    Subscription { clusters: (*clusters).into(), consumer: consumer.into(), outbox };
                let answer = naming.subscribe(&connection(CONNECTIONS[*c]), &key(*s), subscription, now);
                assert_eq!(answer.is_ok(), self.model.connected[*c]);
                if let Ok(answer) = answer {
                    self.hear((*c, *s), answer);
                    self.model.subscribed.insert((*c, *s), clusters);
                }
            }
            Call::Unsubscribe(c, s) => {
                let done = naming.unsubscribe(&connection(CONNECTIONS[*c]), &key(*s), now);
                assert_eq!(done, self.model.subscribed.remove(&(*c, *s)).is_some());
            }
            Call::Health(s, port, healthy) => self.find_health(*s, *port, *healthy),
            Call::Watch(c) if self.model.connected[*c] => self.watch(*c),
            Call::Watch(_) => {}
            Call::Unwatch(c) => {
                let (pattern, id) = pattern(*c);
                naming.unwatch_pattern(&pattern, &id);
                self.watchers.remove(c);
            }
            Call::Restart => self.restart(),
            Call::Pass(secs) => self.pass(*secs),
        }
    }

    fn deregister(&mut self, client: &ClientId, service: usize) {
        let done = self.rig.naming.deregister(client, &key(SERVICES[service]), self.rig.now);
        assert_eq!(done, self.model.services[service].set(client, None, self.model.now));
    }

    /// A probe, or an operator, finds a persistent instance healthy or not.
    fn find_health(&mut self, service: usize, port: u16, healthy: bool) {
        let (key, now) = (key(SERVICES[service]), self.model.now);
        self.rig.run(self.rig.naming.record_health(&key, &endpoint(port), healthy)).unwrap();
        let model = &mut self.model.services[service];
        if let Some(entry) = model.entries.get_mut(&persistent(port))
            && entry.instances[0].healthy != healthy
        {
            entry.instances[0].healthy = healthy;
            model.updated = now;
        }
    }

    fn watch(&mut self, connection: usize) {
        let ((pattern, id), watcher) = (pattern(connection), Arc::new(Watcher::default()));
        assert_eq!(self.rig.naming.watch_pattern(pattern.clone(), &id, watcher.clone()), Ok(false));
        let matches = self.rig.naming.pattern_matches(&pattern, &id).unwrap();
        self.watchers.insert(connection, (watcher, matches.keys.into_iter().collect()));
    }

    /// Another process takes up what was stored, in one order or the other.
    fn restart(&mut self) {
        let wall = self.rig.now.wall;
        let records = std::mem::take(&mut *self.rig.records.lock());
        let is_reversed = records.len() % 2 == 1;
        let mut stored = BTreeMap::new();
        for record in records {
            match Place::of(&record) {
                (place, true) => stored.insert(place, record),
                (place, false) => stored.remove(&place),
            };
        }
        let mut stored: Vec<Record> = stored.into_values().collect();
        self.rig = Rig::new();
        self.rig.now.wall = wall;
        self.rig.records.lock().extend(stored.iter().cloned());
        if is_reversed {
            stored.reverse();
        }
        stored.into_iter().for_each(|record| self.rig.naming.load(record).unwrap());
        let second = self.model.now;
        self.model.services.iter_mut().for_each(|service| service.restart(second));
        self.model.connected = [false; 3];
        self.model.subscribed.clear();
        self.watchers.clear();
        self.told.clear();
        for mailbox in &self.mailboxes {
            mailbox.take();
        }
    }

    fn update(&mut self, service: usize, protect_threshold: f32) {
        let update = ServiceUpdate { protect_threshold, selector: Selector::None, metadata: metadata(&[]) };
        let done = self.rig.run(self.rig.naming.update_service(&key(SERVICES[service]), update)).is_ok();
        let (model, now) = (&mut self.model.services[service], self.model.now);
        assert_eq!(done, model.lifetime.is_some());
        if done {
            let fresh = || ServiceMetadata::new(model.lifetime.unwrap());
            let old = model.metadata.clone().unwrap_or_else(fresh);
            model.set_metadata(ServiceMetadata { protect_threshold, ..old }, now);
        }
    }

    /// `full` holds the weight that a full beat names, if it names one.
    fn beat(&mut self, service: usize, port: u16, full: Option<Option<u8>>) {
        let client = http(&endpoint(port));
        let described =
            full.map(|weight| FullBeat { cluster: None, weight: weight.map(f64::from), metadata: None });
        let answer = self.rig.naming.beat(&key(SERVICES[service]), &endpoint(port), described, self.rig.now);
        let now = self.model.now;
        let model = &mut self.model.services[service];
        if let Some(entry) = model.entries.get_mut(&client) {
            entry.heard = now;
            if !entry.instances[0].healthy {
                entry.instances[0].healthy = true;
                model.updated = now;
            }
            assert!(matches!(answer, Ok(BeatAnswer::Known { .. })));
        } else if let Some(weight) = full {
            let known = model.expired.get(&client).map(|(instance, _)| instance.clone());
            let revived = Instance {
                weight: weight.map_or_else(|| known.as_ref().map_or(0.0, |known| known.weight), f64::from),
                enabled: known.as_ref().is_none_or(|known| known.enabled),
                cluster: known.map(|known| known.cluster).unwrap_or_default(),
                ..instance(port)
            };
            assert_eq!(answer.is_ok(), self.publish(&client, service, vec![revived], false));
        } else {
            assert_eq!(answer, Ok(BeatAnswer::Unknown));
        }
    }

    fn pass(&mut self, secs: u64) {
        for _ in 0..secs {
            self.rig.now.wall.0 += 1000;
            self.rig.now.mono.0 += 1000;
            self.model.now += 1;
            for command in self.rig.naming.tick(self.rig.now) {
                self.rig.run(self.rig.naming.propose(command)).unwrap();
            }
            self.model.services.iter_mut().for_each(|service| service.tick(self.model.now));
            self.rig.naming.push_due(self.rig.now);
        }
        for (c, s) in (0..3).flat_map(|c| [(c, 0), (c, 1)]) {
            for selection in self.mailboxes[c * 2 + s].take() {
                self.hear((c, s), selection);
            }
        }
    }

    fn hear(&mut self, subscriber: (usize, usize), selection: Arc<crate::Selection>) {
        if let Some(last) = self.told.get(&subscriber) {
            assert!(last.last_ref_time <= selection.last_ref_time, "what is told never goes back");
        }
        self.told.insert(subscriber, selection);
    }

    fn check_answers(&self) {
        for (service, model) in SERVICES.iter().zip(&self.model.services) {
            let key = key(service);
            for clusters in ["", "x"] {
                for health in [HealthFilter::All, HealthFilter::HealthyOnly] {
                    let filter = Filter { clusters, health, consumer_ip: "" };
                    let seen = self.rig.naming.query(&key, &filter, self.rig.now);
                    let hosts = seen.hosts.iter().map(|host| (**host).clone()).collect();
                    assert_eq!(
                        (comparable(hosts), seen.protected),
                        model.answer(clusters, health),
                        "{service}"
                    );
                }
            }
            let lifetime = self.rig.naming.service(&key).map(|detail| detail.lifetime);
            assert_eq!(lifetime, model.lifetime, "{service}");
            assert_eq!(self.rig.naming.fixed_lifetime(&key), model.fixed(), "{service}");
        }
    }

    fn check_counters(&self) {
        let counters = self.rig.naming.counters();
        let entries = || self.model.services.iter().flat_map(|service| service.entries.values());
        assert_eq!(counters.instances, entries().map(|entry| entry.instances.len()).sum::<usize>());
        assert_eq!(counters.subscriptions.total(), self.model.subscribed.len());
        assert_eq!(counters.clients.connections, self.model.connected.iter().filter(|is| **is).count());
        assert_eq!(counters.services, self.model.services.iter().filter(|s| s.lifetime.is_some()).count());
        let addresses = |lifetime| {
            let clients = self.model.services.iter().flat_map(|service| service.entries.keys());
            let kind = |client: &&ClientId| matches!(client, ClientId::Address(_, l) if *l == lifetime);
            clients.filter(kind).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(counters.clients.ephemeral_addresses, addresses(Lifetime::Ephemeral));
        assert_eq!(counters.clients.persistent_addresses, addresses(Lifetime::Persistent));
    }

    /// Every subscriber was told the final view.
    fn check_subscribers(&self) {
        for ((c, s), clusters) in &self.model.subscribed {
            let key: ServiceKey = key(SERVICES[*s]);
            let filter = Filter { clusters, ..Filter::default() };
            let current = self.rig.naming.query(&key, &filter, self.rig.now);
            let told = &self.told[&(*c, *s)];
            assert!(current.tells_the_same_as(told), "{c} {s}: {told:?} instead of {current:?}");
        }
    }

    fn check_lists(&self) {
        let listed = SERVICES.iter().zip(&self.model.services).filter(|(_, model)| model.lifetime.is_some());
        let listed: Vec<_> = listed.map(|(service, _)| key(service)).collect();
        assert_eq!(self.rig.naming.services(&NamespaceId::default(), None, Page::ALL).keys, listed);
    }

    /// Every watcher was told of what appeared and went.
    fn check_watchers(&mut self) {
        for (connection, (watcher, believed)) in &mut self.watchers {
            let (pattern, id) = pattern(*connection);
            for key in watcher.0.lock().drain(..) {
                match self.rig.naming.watched_presence(&key, &id) {
                    Some(true) => believed.insert(key),
                    _ => believed.remove(&key),
                };
            }
            let matches = self.rig.naming.pattern_matches(&pattern, &id).unwrap();
            assert_eq!(*believed, matches.keys.into_iter().collect(), "{connection}");
            for (service, model) in SERVICES.iter().zip(&self.model.services) {
                let key = key(service);
                if pattern.matches(&key) && (!model.entries.is_empty() || model.lifetime.is_none()) {
                    assert_eq!(believed.contains(&key), !model.entries.is_empty(), "{connection} {service}");
                }
            }
        }
    }
}

/// Sequences from a seed that is printed; the seed of a failed run repeats it.
#[test]
fn engine_answers_and_pushes_as_the_plain_model() {
    let given = std::env::var(SEED).ok().map(|text| text.parse().expect("the seed is a number"));
    let seed: u64 = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("{SEED}={seed} repeats this run");
    let config = Config {
        cases: CASES,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&vec(call(), 1..40), |calls| {
        agree(&calls);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{SEED}={seed} repeats this run: {failure}");
    }
}

fn agree(calls: &[Call]) {
    let mut pair = Pair::new();
    for call in calls {
        pair.call(call);
        pair.check_answers();
    }
    pair.pass(2);
    pair.check_answers();
    pair.check_counters();
    pair.check_lists();
    pair.check_subscribers();
    pair.check_watchers();
}
