//! The report as JSON: one object a row and server.

use serde::Serialize;
use serde_json::{Value, json};

use super::machine::Machine;
use super::{Entry, Report};
use crate::figures::Figures;
use crate::outcome::{Audience, Outcome};

#[derive(Serialize)]
struct Written<'a> {
    machine: &'a Machine,
    rows: Vec<Value>,
}

pub(super) fn write(report: &Report) -> String {
    let rows = report.entries.iter().map(entry).collect();
    let written = Written { machine: &report.machine, rows };
    serde_json::to_string_pretty(&written).expect("texts and finite numbers are JSON") + "\n"
}

fn entry(entry: &Entry) -> Value {
    let outcome = match &entry.outcome {
        Outcome::Load(load) => figures("load", load),
        Outcome::FanOut(notices) => figures("fan-out", notices),
        Outcome::Spread(spread) => json!({
            "kind": "spread",
            "changes": spread.changes,
            "server_cpu_ms_per_change": spread.server_ms(),
            "bench_cpu_ms_per_change": spread.bench_ms(),
            "audiences": spread.audiences.iter().map(audience).collect::<Vec<_>>(),
        }),
        Outcome::Quantity(quantity) => {
            json!({ "kind": "quantity", "value": quantity.value, "unit": quantity.unit })
        }
        Outcome::NotMeasured(why) => json!({ "kind": "not measured", "why": why }),
        Outcome::Failed(why) => json!({ "kind": "failed", "why": why }),
    };
    json!({
        "row": entry.row,
        "concurrency": entry.concurrency,
        "server": entry.server,
        "acknowledged": entry.acknowledges,
        "outcome": outcome,
    })
}

fn audience(audience: &Audience) -> Value {
    let figures = &audience.figures;
    json!({
        "name": audience.name,
        "updates": figures.operations,
        "first_us": figures.first.as_micros() as u64,
        "p50_us": figures.p50.as_micros() as u64,
        "p99_us": figures.p99.as_micros() as u64,
        "last_us": figures.last.as_micros() as u64,
        "received_bytes_each": audience.received_each,
        "replied_bytes_each": audience.replied_each,
    })
}

fn figures(kind: &str, figures: &Figures) -> Value {
    json!({
        "kind": kind,
        "operations": figures.operations,
        "elapsed_us": figures.elapsed.as_micros() as u64,
        "per_second": figures.per_second(),
        "server_cpu_us_each": figures.server_us(),
        "bench_cpu_us_each": figures.bench_us(),
        "first_us": figures.first.as_micros() as u64,
        "p50_us": figures.p50.as_micros() as u64,
        "p99_us": figures.p99.as_micros() as u64,
        "last_us": figures.last.as_micros() as u64,
    })
}
