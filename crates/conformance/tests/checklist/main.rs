//! The tables of the documentation tell the truth: they have every rule and every surprise, and the tests that they name
//! are there.

mod clients;
mod repository;
mod rules;
