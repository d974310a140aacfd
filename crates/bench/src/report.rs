//! What a run came to, for people and for programs.

mod json;
mod machine;
mod table;

use std::fmt;
use std::path::Path;

use crate::outcome::Outcome;
use crate::row::Row;
use crate::subject::Subject;
use machine::Machine;
use table::Table;

/// All outcomes of a run; displayed, it is the tables.
#[derive(Debug)]
pub struct Report {
    machine: Machine,
    entries: Vec<Entry>,
}

/// A row on a server.
#[derive(Debug)]
pub(crate) struct Entry {
    row: String,
    concurrency: String,
    server: String,
    /// When the server acknowledges; empty for rows that write nothing durable.
    acknowledges: String,
    outcome: Outcome,
}

impl Entry {
    pub(crate) fn new(row: Row, subject: &Subject, outcome: Outcome) -> Self {
        Self {
            row: row.name().into_owned(),
            concurrency: row.concurrency(),
            server: subject.name().to_owned(),
            acknowledges: if row.is_durable_write() { subject.acknowledges() } else { "" }.to_owned(),
            outcome,
        }
    }
}

impl Report {
    /// An empty report of a run on this machine, with the servers' data in that directory.
    pub(crate) fn here(directory: &Path) -> Self {
        Self { machine: Machine::here(directory), entries: Vec::new() }
    }

    pub(crate) fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Whether a row went wrong.
    pub fn has_failures(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.outcome, Outcome::Failed(_)))
    }

    /// The report as JSON: durations in microseconds.
    pub fn to_json(&self) -> String {
        json::write(self)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.machine)?;
        for table in [self.loads(), self.fan_outs(), self.spreads(), self.quantities(), self.missing()] {
            write!(f, "{table}")?;
        }
        Ok(())
    }
}

/// The tables; a table without lines displays nothing.
impl Report {
    fn loads(&self) -> Table {
        let head = ["operation", "at once", "server", "requests", "req/s", "CPU µs/req", "p50 ms", "p99 ms"];
        let mut table = Table::new(head.into_iter().chain(["bench µs/req", "acknowledged"]));
        for entry in &self.entries {
            let Outcome::Load(figures) = &entry.outcome else { continue };
            table.line([
                entry.row.clone(),
                entry.concurrency.clone(),
                entry.server.clone(),
                figures.operations.to_string(),
                format!("{:.0}", figures.per_second()),
                format!("{:.1}", figures.server_us()),
                milliseconds(figures.p50),
                milliseconds(figures.p99),
                format!("{:.1}", figures.bench_us()),
                entry.acknowledges.clone(),
            ]);
        }
        table
    }

    fn fan_outs(&self) -> Table {
        let head =
            ["fan-out", "server", "notices", "CPU µs/notice", "first ms", "p50 ms", "p99 ms", "last ms"];
        let mut table = Table::new(head.into_iter().chain(["bench µs/notice"]));
        for entry in &self.entries {
            let Outcome::FanOut(figures) = &entry.outcome else { continue };
            table.line([
                entry.row.clone(),
                entry.server.clone(),
                figures.operations.to_string(),
                format!("{:.1}", figures.server_us()),
                milliseconds(figures.first),
                milliseconds(figures.p50),
                milliseconds(figures.p99),
                milliseconds(figures.last),
                format!("{:.1}", figures.bench_us()),
            ]);
        }
        table
    }

    fn spreads(&self) -> Table {
        let head = ["spread", "server", "to", "updates", "first ms", "p50 ms", "p99 ms", "last ms"];
        let more = ["B an update", "B acknowledged", "CPU ms/change, all", "bench ms/change, all"];
        let mut table = Table::new(head.into_iter().chain(more));
        for entry in &self.entries {
            let Outcome::Spread(spread) = &entry.outcome else { continue };
            for audience in &spread.audiences {
                let figures = &audience.figures;
                table.line([
                    entry.row.clone(),
                    entry.server.clone(),
                    audience.name.to_owned(),
                    figures.operations.to_string(),
                    milliseconds(figures.first),
                    milliseconds(figures.p50),
                    milliseconds(figures.p99),
                    milliseconds(figures.last),
                    format!("{:.0}", audience.received_each),
                    format!("{:.0}", audience.replied_each),
                    format!("{:.1}", spread.server_ms()),
                    format!("{:.1}", spread.bench_ms()),
                ]);
            }
        }
        table
    }

    fn quantities(&self) -> Table {
        let mut table = Table::new(["quantity", "server", "value", "unit"]);
        for entry in &self.entries {
            let Outcome::Quantity(quantity) = &entry.outcome else { continue };
            let value = format!("{:.1}", quantity.value);
            table.line([entry.row.clone(), entry.server.clone(), value, quantity.unit.to_owned()]);
        }
        table
    }

    fn missing(&self) -> Table {
        let mut table = Table::new(["not measured", "server", "why"]);
        for entry in &self.entries {
            let why = match &entry.outcome {
                Outcome::NotMeasured(why) => (*why).to_owned(),
                Outcome::Failed(why) => format!("FAILED: {}", why.trim_end().replace('\n', " | ")),
                Outcome::Load(_) | Outcome::FanOut(_) | Outcome::Spread(_) | Outcome::Quantity(_) => continue,
            };
            table.line([entry.row.clone(), entry.server.clone(), why]);
        }
        table
    }
}

fn milliseconds(duration: std::time::Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}
