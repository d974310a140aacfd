//! The mesh edge of a running server, seen by sinks of every age at once (`mesh_check`).

mod abuse;
mod changes;
mod crowd;
mod entries;
mod names;
mod restart;
mod scale;
mod values;
