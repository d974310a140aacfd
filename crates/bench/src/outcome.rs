//! What a row came to on one server.

use std::time::Duration;

use crate::figures::{Figures, Spent};

/// The result of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Operations per second and what each cost.
    Load(Figures),
    /// Notices delivered; the latency is from the start of the write to the notice.
    FanOut(Figures),
    /// Updates delivered to several kinds of peers.
    Spread(Spread),
    /// One number.
    Quantity(Quantity),
    /// The row cannot be measured on this server, and why.
    NotMeasured(&'static str),
    /// The row went wrong.
    Failed(String),
}

/// How changes spread among peers that are told in different ways.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spread {
    pub(crate) changes: u32,
    /// For all changes, and all peers together.
    pub(crate) spent: Spent,
    pub(crate) audiences: Vec<Audience>,
}

/// The peers of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Audience {
    pub(crate) name: &'static str,
    /// Bytes of an update, and of what is said to it.
    pub(crate) received_each: f64,
    pub(crate) replied_each: f64,
    pub(crate) figures: Figures,
}

impl Spread {
    /// Milliseconds of the server process per change.
    pub(crate) fn server_ms(&self) -> f64 {
        self.per_change(self.spent.server_cpu)
    }

    /// Milliseconds of the bench per change.
    pub(crate) fn bench_ms(&self) -> f64 {
        self.per_change(self.spent.bench_cpu)
    }

    fn per_change(&self, spent: Duration) -> f64 {
        spent.as_secs_f64() * 1e3 / f64::from(self.changes.max(1))
    }
}

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantity {
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
}

impl Outcome {
    pub(crate) fn quantity(value: f64, unit: &'static str) -> Self {
        Self::Quantity(Quantity { value, unit })
    }
}
