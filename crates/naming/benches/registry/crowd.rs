//! A million instances that beat: registering, beating, asking, listing, silence and expiry.

use std::{hint::black_box, time::Duration};

use navaid_core::{Endpoint, GroupName, NamespaceId, ServiceKey};
use navaid_naming::{Filter, Naming, Page};

use crate::{
    fixture::{at, changed, client, engine, instance, key, named},
    meter::{self, Meter},
};

const PER_SERVICE: usize = 10;
/// Seconds between two beats of an instance.
const BEAT_EVERY: usize = 5;
/// Seconds after which the ticks of a case are what they stay.
const STEADY_AFTER: usize = 20;
/// Requests that are made ready together, so that reading the clock costs nothing.
const CHUNK: usize = 1000;
const ROUNDS: usize = 200_000;
/// Services of each other size that are asked for.
const SIZED: usize = 1000;
const PAGE: usize = 20;
/// A prime, so that steps of it visit everything in an order that no cache foresees.
const STRIDE: usize = 7_368_787;

/// The instances by number; number `n` is of service `n / 10`.
struct Crowd {
    naming: Naming,
    keys: Vec<ServiceKey>,
    endpoints: Vec<Endpoint>,
}

pub(crate) fn measure(instances: usize) {
    let crowd = Crowd::new(instances);
    let before = meter::resident();
    crowd.registers();
    crowd.beats_and_ticks(1..41, |_| false, "all beating");
    meter::bytes("memory per instance that beats", (meter::resident() - before) / instances);
    crowd.registers_again();
    crowd.answers();
    crowd.pages();
    // Their silence makes them unhealthy after 15 s and removes them after 30 s, spread over five seconds each.
    crowd.beats_and_ticks(41..81, |number| number % 101 == 0, "1 % falling silent");
    crowd.leaves();
}

impl Crowd {
    fn new(count: usize) -> Self {
        Self {
            naming: engine(),
            keys: (0..count.div_ceil(PER_SERVICE)).map(key).collect(),
            endpoints: (0..count).map(|number| instance(number).endpoint).collect(),
        }
    }

    fn registers(&self) {
        let (count, mut spent) = (self.endpoints.len(), Duration::ZERO);
        for chunk in 0..count.div_ceil(CHUNK) {
            // As from requests: nothing is shared with what is registered already.
            let numbers = chunk * CHUNK..((chunk + 1) * CHUNK).min(count);
            let requests: Vec<_> =
                numbers.map(|number| (instance(number), key(number / PER_SERVICE))).collect();
            let meter = Meter::start();
            for (instance, key) in requests {
                self.naming.register(&client(&instance), &key, instance, at(0)).expect("registers");
            }
            spent += meter.spent();
        }
        meter::each("register", count, spent);
    }

    fn key_of(&self, number: usize) -> &ServiceKey {
        &self.keys[number / PER_SERVICE]
    }

    /// Lets seconds pass in which each instance beats every five, unless it is silent from now on.
    fn beats_and_ticks(
        &self,
        seconds: std::ops::Range<usize>,
        is_silent: impl Fn(usize) -> bool,
        case: &str,
    ) {
        let (mut beats, mut count, mut ticks) = (Duration::ZERO, 0, Vec::new());
        for second in seconds {
            let now = at(second as u64);
            let meter = Meter::start();
            for number in (second % BEAT_EVERY..self.endpoints.len()).step_by(BEAT_EVERY) {
                if !is_silent(number) {
                    let beat = self.naming.beat(self.key_of(number), &self.endpoints[number], None, now);
                    black_box(beat).expect("is known");
                    count += 1;
                }
            }
            beats += meter.spent();
            let meter = Meter::start();
            black_box(self.naming.tick(now));
            ticks.push(meter.spent());
        }
        meter::each(&format!("light beat, {case}"), count, beats);
        // Terms are 15 s: the first second that looks at anybody is the sixteenth, and it looks at all who registered.
        let steady = &ticks[STEADY_AFTER..];
        let total: Duration = steady.iter().sum();
        meter::millis(&format!("tick, {case}, mean"), total / u32::try_from(steady.len()).expect("small"));
        meter::millis("  worst", steady.iter().copied().max().expect("some passed"));
        meter::millis(
            "  worst of the first seconds",
            ticks[..STEADY_AFTER].iter().copied().max().expect("some passed"),
        );
    }

    fn registers_again(&self) {
        for (case, made) in [("the same", false), ("changed", true)] {
            let mut spent = Duration::ZERO;
            for chunk in 0..ROUNDS / CHUNK {
                let numbers =
                    (chunk * CHUNK..(chunk + 1) * CHUNK).map(|round| round * STRIDE % self.endpoints.len());
                let requests: Vec<_> = numbers
                    .map(|number| (number, if made { changed(number, number) } else { instance(number) }))
                    .collect();
                let meter = Meter::start();
                for (number, instance) in requests {
                    let key = self.key_of(number);
                    self.naming.register(&client(&instance), key, instance, at(40)).expect("registers");
                }
                spent += meter.spent();
            }
            meter::each(&format!("register again, {case}"), ROUNDS, spent);
        }
    }

    /// Queries of services among a million instances, first after a change and then unchanged.
    fn answers(&self) {
        for size in [1, PER_SERVICE, 100] {
            let keys: Vec<ServiceKey> =
                (0..SIZED).map(|number| named(&format!("of-{size}-{number}"))).collect();
            for (service, key) in keys.iter().enumerate() {
                for number in service * size..(service + 1) * size {
                    let instance = instance(self.endpoints.len() + number);
                    self.naming.register(&client(&instance), key, instance, at(40)).expect("registers");
                }
            }
            for case in ["changed", "unchanged"] {
                let meter = Meter::start();
                for round in 0..keys.len() {
                    let key = &keys[round * STRIDE % keys.len()];
                    assert_eq!(self.naming.query(key, &Filter::default(), at(40)).hosts.len(), size);
                }
                meter::each(&format!("query of {size}, {case}"), keys.len(), meter.spent());
            }
            for (service, key) in keys.iter().enumerate() {
                for number in service * size..(service + 1) * size {
                    let instance = instance(self.endpoints.len() + number);
                    self.naming.deregister(&client(&instance), key, at(40));
                }
            }
        }
    }

    fn pages(&self) {
        let (namespace, group) = (NamespaceId::default(), GroupName::default());
        let listed = self.naming.services(&namespace, Some(&group), Page { skip: 0, take: 0 }).count;
        for (place, skip) in [("first", 0), ("middle", listed / 2), ("last", listed - PAGE)] {
            let rounds = 10_000;
            let meter = Meter::start();
            for _ in 0..rounds {
                let page = Page { skip, take: PAGE };
                let found = self.naming.services(&namespace, Some(&group), page);
                assert_eq!(found.keys.len(), PAGE);
            }
            meter::each(&format!("{place} page of {PAGE} of {listed} services"), rounds, meter.spent());
        }
    }

    /// Nobody beats any more.
    fn leaves(&self) {
        let held = self.naming.counters().instances;
        let meter = Meter::start();
        for second in 81..=120 {
            self.naming.tick(at(second));
        }
        assert_eq!(self.naming.counters().instances, 0, "all expired");
        meter::each("expiry of a silent instance, from beating to gone", held, meter.spent());
    }
}
