//! The requests of the rows, in the shape of the Java SDK's.

pub(crate) mod config;
pub(crate) mod naming;
