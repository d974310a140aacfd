//! What it costs a registration to be noted: the best of some rounds with and without a journal.

use std::time::Duration;

use navaid_naming::NamingSettings;

use crate::{
    fixture::{at, client, engine_with, instance, key},
    meter::{self, Meter},
};

const ROUNDS: usize = 10;
const PER_SERVICE: usize = 10;

pub(crate) fn measure(count: usize) {
    let mut best = [Duration::MAX; 2];
    for round in 0..ROUNDS {
        let entries = if round % 2 == 0 { 0 } else { NamingSettings::default().journal_entries };
        let naming = engine_with(NamingSettings { journal_entries: entries, ..NamingSettings::default() });
        let meter = Meter::start();
        for number in 0..count {
            let (instance, key) = (instance(number), key(number / PER_SERVICE));
            naming.register(&client(&instance), &key, instance, at(0)).expect("registers");
        }
        let best = &mut best[round % 2];
        *best = (*best).min(meter.spent());
    }
    meter::each("make and register, without a journal", count, best[0]);
    meter::each("make and register, with a journal", count, best[1]);
}
