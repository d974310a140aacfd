//! The engine against a plain model of the same rules: random sequences of calls and of time, after each of which
//! every answer must be the same, and at whose end every subscriber must hold the final view.
//!
//! The model is one list of publications that it searches through; it knows no shards, views, wheels or revisions.

use std::{collections::BTreeMap, sync::Arc};

use navaid_core::{
    ClientId, ClusterName, Instance, Lifetime, ServiceKey, ServiceMetadata,
    command::{Overlay, OverlayTarget, ServiceUpdate},
    service::Selector,
};
use proptest::{collection::vec, prelude::*};

use super::rig::*;
use crate::{BeatAnswer, Filter, FullBeat, HealthFilter, Subscription};

const SERVICES: [&str; 2] = ["s", "t"];
const CONNECTIONS: [&str; 3] = ["a", "b", "c"];
/// Sequences of one run of the test.
const CASES: u32 = 10_000;

#[derive(Debug, Clone)]
enum Call {
    Connect(usize),
    Disconnect(usize),
    Register(usize, usize, Published),
    RegisterHttp(usize, Published),
    RegisterPersistent(usize, Published),
    Batch(usize, usize, Vec<Published>),
    Deregister(usize, usize),
    DeregisterHttp(usize, u16),
    DeregisterPersistent(usize, u16),
    LightBeat(usize, u16),
    FullBeat(usize, u16, Option<u8>),
    Overlay(usize, u16, bool, u8),
    Create(usize, Lifetime),
    Update(usize, u8),
    Remove(usize),
    Subscribe(usize, usize, &'static str),
    Unsubscribe(usize, usize),
    Pass(u64),
}

/// An instance in few words, so that sequences meet often.
#[derive(Debug, Clone)]
struct Published {
    port: u16,
    cluster: &'static str,
    weight: u8,
    enabled: bool,
    healthy: bool,
}

impl Published {
    fn instance(&self) -> Instance {
        Instance {
            cluster: ClusterName::parse(self.cluster).unwrap(),
            weight: f64::from(self.weight),
            enabled: self.enabled,
            healthy: self.healthy,
            ..instance(self.port)
        }
    }
}

fn published() -> impl Strategy<Value = Published> {
    (
        1..4u16,
        prop_oneof![3 => Just(""), 1 => Just("x")],
        1..3u8,
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.8),
    )
        .prop_map(|(port, cluster, weight, enabled, healthy)| Published {
            port,
            cluster,
            weight,
            enabled,
            healthy,
        })
}

fn call() -> impl Strategy<Value = Call> {
    let (service, connection, port) = (0..2usize, 0..3usize, 1..4u16);
    let lifetime = prop_oneof![Just(Lifetime::Ephemeral), Just(Lifetime::Persistent)];
    let clusters = prop_oneof![Just(""), Just("x"), Just("DEFAULT,x")];
    prop_oneof![
        2 => connection.clone().prop_map(Call::Connect),
        1 => connection.clone().prop_map(Call::Disconnect),
        4 => (connection.clone(), service.clone(), published()).prop_map(|(c, s, p)| Call::Register(c, s, p)),
        6 => (service.clone(), published()).prop_map(|(s, p)| Call::RegisterHttp(s, p)),
        2 => (service.clone(), published()).prop_map(|(s, p)| Call::RegisterPersistent(s, p)),
        2 => (connection.clone(), service.clone(), vec(published(), 0..4)).prop_map(|(c, s, p)| Call::Batch(c, s, p)),
        2 => (connection.clone(), service.clone()).prop_map(|(c, s)| Call::Deregister(c, s)),
        2 => (service.clone(), port.clone()).prop_map(|(s, p)| Call::DeregisterHttp(s, p)),
        2 => (service.clone(), port.clone()).prop_map(|(s, p)| Call::DeregisterPersistent(s, p)),
        4 => (service.clone(), port.clone()).prop_map(|(s, p)| Call::LightBeat(s, p)),
        3 => (service.clone(), port.clone(), proptest::option::of(1..3u8)).prop_map(|(s, p, w)| Call::FullBeat(s, p, w)),
        2 => (service.clone(), port, any::<bool>(), 1..9u8).prop_map(|(s, p, e, w)| Call::Overlay(s, p, e, w)),
        1 => (service.clone(), lifetime).prop_map(|(s, l)| Call::Create(s, l)),
        1 => (service.clone(), 0..4u8).prop_map(|(s, t)| Call::Update(s, t)),
        1 => service.clone().prop_map(Call::Remove),
        3 => (connection.clone(), service.clone(), clusters).prop_map(|(c, s, t)| Call::Subscribe(c, s, t)),
        1 => (connection, service).prop_map(|(c, s)| Call::Unsubscribe(c, s)),
        5 => prop_oneof![4 => 1..10u64, 3 => 14..18u64, 2 => 28..33u64, 1 => 58..64u64].prop_map(Call::Pass),
    ]
}

/// What one client publishes in one service.
#[derive(Debug, Clone)]
struct Entry {
    instances: Vec<Instance>,
    is_batch: bool,
    /// Second of the last beat or register.
    heard: u64,
}

#[derive(Debug, Default)]
struct ModelService {
    lifetime: Option<Lifetime>,
    metadata: Option<ServiceMetadata>,
    entries: BTreeMap<ClientId, Entry>,
    overlays: BTreeMap<OverlayTarget, (Overlay, Option<u64>)>,
    /// Expired HTTP instances and when they expired.
    expired: BTreeMap<ClientId, (Instance, u64)>,
    updated: u64,
    metadata_marked: Option<u64>,
}

#[derive(Debug, Default)]
struct Model {
    now: u64,
    connected: [bool; 3],
    services: [ModelService; 2],
    /// Clusters that a connection subscribes to in a service.
    subscribed: BTreeMap<(usize, usize), &'static str>,
}

impl ModelService {
    fn fixed(&self) -> Option<Lifetime> {
        self.lifetime.or(self.metadata.as_ref().map(|metadata| metadata.lifetime))
    }

    fn has(&self, target: &OverlayTarget) -> bool {
        let mut instances = self.entries.values().flat_map(|entry| &entry.instances);
        instances.any(|i| i.endpoint == target.endpoint && i.cluster == target.cluster)
    }

    /// Sets or removes a client's entry.
    fn set(&mut self, client: &ClientId, new: Option<Entry>, now: u64) -> bool {
        if let Some(entry) = &new {
            self.list(client.lifetime(), now);
            self.expired.remove(client);
            if let Some(old) = self.entries.get_mut(client)
                && (&old.instances, old.is_batch) == (&entry.instances, entry.is_batch)
            {
                old.heard = now;
                return true;
            }
        }
        let old = self.entries.remove(client);
        if old.is_none() && new.is_none() {
            return false;
        }
        let kept: Vec<Instance> = new.iter().flat_map(|entry| entry.instances.clone()).collect();
        if let Some(entry) = new {
            self.entries.insert(client.clone(), entry);
        }
        let targets: Vec<_> = self.overlays.keys().cloned().collect();
        for target in targets {
            let names = |i: &Instance| i.endpoint == target.endpoint && i.cluster == target.cluster;
            let had = old.iter().flat_map(|entry| &entry.instances).any(names);
            let is_there = self.has(&target);
            let mark = &mut self.overlays.get_mut(&target).unwrap().1;
            if kept.iter().any(names) {
                *mark = None;
            } else if had && !is_there {
                *mark = Some(now);
            }
        }
        self.updated = now;
        true
    }

    fn list(&mut self, lifetime: Lifetime, now: u64) {
        if self.lifetime != Some(lifetime) {
            self.updated = now;
        }
        self.lifetime = Some(lifetime);
        self.metadata_marked = None;
    }

    fn set_metadata(&mut self, metadata: ServiceMetadata, now: u64) {
        self.list(self.lifetime.unwrap_or(metadata.lifetime), now);
        self.metadata = Some(metadata);
        self.updated = now;
    }

    /// What a caller sees: endpoint, cluster, weight, healthy; and whether protection is reached.
    fn answer(&self, clusters: &str, health: HealthFilter) -> (Vec<(Instance,)>, bool) {
        let mut hosts: Vec<Instance> = Vec::new();
        for instance in self.entries.values().flat_map(|entry| &entry.instances) {
            let mut shown = instance.clone();
            let target = OverlayTarget { endpoint: shown.endpoint.clone(), cluster: shown.cluster.clone() };
            if let Some((overlay, _)) = self.overlays.get(&target) {
                (shown.enabled, shown.weight) = (overlay.enabled, overlay.weight);
            }
            let is_wanted = clusters.is_empty() || clusters.split(',').any(|c| c == shown.cluster.as_str());
            let is_wanted = is_wanted && shown.enabled && (health == HealthFilter::All || shown.healthy);
            if is_wanted && !hosts.contains(&shown) {
                hosts.push(shown);
            }
        }
        let healthy = hosts.iter().filter(|host| host.healthy).count();
        let is_protected = self.metadata.as_ref().is_some_and(|metadata| {
            !hosts.is_empty() && healthy as f32 / hosts.len() as f32 <= metadata.protect_threshold
        });
        if is_protected {
            hosts.iter_mut().for_each(|host| host.healthy = true);
        }
        (comparable(hosts), is_protected)
    }

    fn tick(&mut self, now: u64) {
        let beating = |client: &ClientId| matches!(client, ClientId::Address(_, Lifetime::Ephemeral));
        let mut expired = Vec::new();
        for (client, entry) in self.entries.iter_mut().filter(|(client, _)| beating(client)) {
            let silent = now - entry.heard;
            if silent > 30 {
                expired.push((client.clone(), entry.instances[0].clone()));
            } else if silent > 15 && entry.instances[0].healthy {
                entry.instances[0].healthy = false;
                self.updated = now;
            }
        }
        if self.lifetime.is_some() && self.entries.is_empty() && now - self.updated > 60 {
            self.lifetime = None;
            self.metadata_marked = self.metadata.as_ref().map(|_| now);
        }
        self.expired.retain(|_, (_, at)| now - *at <= 60);
        let is_over = |mark: &Option<u64>| mark.is_some_and(|mark| now - mark > 60);
        let overlays_over: Vec<_> =
            self.overlays.iter().filter(|(_, (_, mark))| is_over(mark)).map(|(t, _)| t.clone()).collect();
        let metadata_over = is_over(&self.metadata_marked);
        for (client, instance) in expired {
            self.set(&client, None, now);
            self.expired.insert(client, (instance, now));
        }
        for target in overlays_over {
            self.overlays.remove(&target);
        }
        if metadata_over {
            (self.metadata, self.metadata_marked) = (None, None);
        }
    }
}

/// In an order of its own; instances have none.
fn comparable(hosts: Vec<Instance>) -> Vec<(Instance,)> {
    let mut hosts: Vec<_> = hosts.into_iter().map(|host| (host,)).collect();
    hosts.sort_by_key(|(host,)| format!("{host:?}"));
    hosts
}

fn persistent(port: u16) -> ClientId {
    ClientId::Address(endpoint(port), Lifetime::Persistent)
}

struct Pair {
    rig: Rig,
    model: Model,
    mailboxes: [Arc<Mailbox>; 6],
    /// What each subscriber was told last.
    told: BTreeMap<(usize, usize), Arc<crate::Selection>>,
}

impl Pair {
    fn new() -> Self {
        Self {
            rig: Rig::new(),
            model: Model::default(),
            mailboxes: Default::default(),
            told: BTreeMap::new(),
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
            Call::Pass(secs) => self.pass(*secs),
        }
    }

    fn deregister(&mut self, client: &ClientId, service: usize) {
        let done = self.rig.naming.deregister(client, &key(SERVICES[service]), self.rig.now);
        assert_eq!(done, self.model.services[service].set(client, None, self.model.now));
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
        let described = full.map(|weight| FullBeat {
            cluster: ClusterName::default(),
            weight: weight.map(f64::from),
            metadata: None,
        });
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
            clients.filter(kind).collect::<std::collections::BTreeSet<_>>().len()
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
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn engine_answers_and_pushes_as_the_plain_model(calls in vec(call(), 1..40)) {
        let mut pair = Pair::new();
        for call in &calls {
            pair.call(call);
            pair.check_answers();
        }
        pair.pass(2);
        pair.check_answers();
        pair.check_counters();
        pair.check_subscribers();
    }
}
