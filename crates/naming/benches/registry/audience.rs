//! One change of a service, offered to each of its subscribers: what the engine does before any encoding.

use std::{hint::black_box, sync::Arc, time::Duration};

use navaid_core::{ClientId, ConnectionId, Moment, ServiceKey};
use navaid_naming::{ClientProfile, Consumer, Naming, Selection, SubscriberOutbox, Subscription};

use crate::{
    fixture::{at, changed, client, engine, instance, key},
    meter::{self, Meter},
};

const ROUNDS: usize = 200;

struct Sink;

impl SubscriberOutbox for Sink {
    fn offer(&self, _: &ServiceKey, selection: Arc<Selection>, _: Moment) {
        black_box(&selection);
    }
}

pub(crate) fn measure(subscribers: usize, size: usize) {
    let naming = engine();
    for number in 0..size {
        naming.register(&client(&instance(number)), &key(0), instance(number), at(0)).expect("registers");
    }
    for number in 0..subscribers {
        subscribe(&naming, number);
    }
    naming.push_due(at(1));
    let mut spent = Duration::ZERO;
    for round in 0..ROUNDS {
        let now = at(2 + round as u64);
        let changed = changed(0, round);
        naming.register(&client(&changed), &key(0), changed, now).expect("registers");
        let meter = Meter::start();
        assert_eq!(naming.push_due(now), subscribers, "everybody is told");
        spent += meter.spent();
    }
    let what = format!("change of {size} instances offered to {subscribers}, each");
    meter::each(&what, ROUNDS * subscribers, spent);
}

fn subscribe(naming: &Naming, number: usize) {
    let id = ConnectionId::new(&format!("1700000000000_10.1.1.1_{number}"));
    let profile = ClientProfile {
        ip: "10.1.1.1".into(),
        port: 1,
        agent: "".into(),
        app: "".into(),
        connected_at: at(0),
    };
    naming.connect(id.clone(), profile.into(), at(0));
    let consumer = Consumer { ip: "10.1.1.1".into(), port: 0, agent: "".into(), app: "".into() };
    let subscription =
        Subscription { clusters: "".into(), consumer: consumer.into(), outbox: Arc::new(Sink) };
    naming.subscribe(&ClientId::Connection(id), &key(0), subscription, at(0)).expect("subscribes");
}
