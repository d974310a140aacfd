//! What a row came to on one server.

use crate::figures::Figures;

/// The result of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Operations per second and what each cost.
    Load(Figures),
    /// Notices delivered; the latency is from the start of the write to the notice.
    FanOut(Figures),
    /// One number.
    Quantity(Quantity),
    /// The row cannot be measured on this server, and why.
    NotMeasured(&'static str),
    /// The row went wrong.
    Failed(String),
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
