//! Configuration as clients write and read it.

pub mod group_key;
