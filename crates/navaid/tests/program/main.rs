//! The program from outside: what a user types, what a running server tells, and what it does to instances.

mod observing;
mod probes;
mod process;
mod server;
