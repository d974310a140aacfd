//! The calls of a sequence, in few words, so that they meet often.

use navaid_core::{ClusterName, Instance, Lifetime};
use proptest::{collection::vec, prelude::*};

use crate::naming::tests::rig::instance;

#[derive(Debug, Clone)]
pub(super) enum Call {
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
    Health(usize, u16, bool),
    Watch(usize),
    Unwatch(usize),
    Restart,
    Pass(u64),
}

/// An instance in few words, so that sequences meet often.
#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) port: u16,
    cluster: &'static str,
    weight: u8,
    enabled: bool,
    healthy: bool,
}

impl Published {
    pub(super) fn instance(&self) -> Instance {
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

pub(super) fn call() -> impl Strategy<Value = Call> {
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
        2 => (service.clone(), port.clone(), any::<bool>(), 1..9u8).prop_map(|(s, p, e, w)| Call::Overlay(s, p, e, w)),
        1 => (service.clone(), lifetime).prop_map(|(s, l)| Call::Create(s, l)),
        1 => (service.clone(), 0..4u8).prop_map(|(s, t)| Call::Update(s, t)),
        1 => service.clone().prop_map(Call::Remove),
        3 => (connection.clone(), service.clone(), clusters).prop_map(|(c, s, t)| Call::Subscribe(c, s, t)),
        1 => (connection.clone(), service.clone()).prop_map(|(c, s)| Call::Unsubscribe(c, s)),
        1 => (service, port, any::<bool>()).prop_map(|(s, p, h)| Call::Health(s, p, h)),
        2 => connection.clone().prop_map(Call::Watch),
        1 => connection.prop_map(Call::Unwatch),
        1 => Just(Call::Restart),
        5 => prop_oneof![4 => 1..10u64, 3 => 14..18u64, 2 => 28..33u64, 1 => 58..64u64].prop_map(Call::Pass),
    ]
}
