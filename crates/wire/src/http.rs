//! What the three HTTP generations share: flags in parameters, envelopes, codes, error shapes.

pub mod flag;
