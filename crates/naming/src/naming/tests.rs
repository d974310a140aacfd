//! The rules of discovery, each told as a short story with passed-in time.

mod answers;
mod beats;
mod lifetimes;
mod model;
mod operator;
mod publishing;
mod pushes;
mod rig;
mod selectors;
mod switching;
mod tracing;
mod warming;
mod watching;
