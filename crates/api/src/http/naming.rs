//! Discovery over HTTP: every call once, for all generations that have it.
//!
//! Generations differ in how a service is named, how a missing parameter is told, what stands around an answer, and
//! in some shapes: all this is the [`dialect`] that a route gives its handler. The route tables lie with their
//! generations. Reading parameters: [`service_params`], [`instance_params`]; refusals: [`failure`]; what v1 is
//! stopped by: [`gate`].

pub(crate) mod dialect;
pub(crate) mod gate;

mod failure;
mod instance_params;
mod service_params;
mod shown;

pub(crate) mod beat;
pub(crate) mod catalog;
pub(crate) mod clients;
pub(crate) mod health;
pub(crate) mod instance;
pub(crate) mod operator;
pub(crate) mod service;
pub(crate) mod subscribers;
