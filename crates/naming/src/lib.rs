//! The discovery engine: who offers which service, who listens to it, and what each caller sees.
//!
//! One [`Naming`] holds the registry of this node. Edges parse, call one method, and encode the answer; the binary
//! runs the [`NamingRunner`], which lets time pass and offers changes to subscribers. The engine knows neither wire
//! formats nor sockets: bytes are made by edges and kept in a [`Selection`], pushes go into a [`SubscriberOutbox`].
//!
//! Reading order: [`settings`], then how one service is built up (`publication`, `subscriber`, `service`), what is
//! seen of it ([`view`], [`selection`]), the timers (`wheel`, `beat_table`, [`push_schedule`]), the shard that ties
//! them together (`shard`), and [`naming`], which has the calls and the lock order. What happens is noted in the
//! [`journal`]. [`runner`] is the only part that
//! waits.

pub mod error;
pub mod settings;

pub mod beat_terms;
mod context;
pub mod pulse;
mod ref_clock;

pub mod journal;
mod refusals;

pub mod instance_ids;
mod publication;
pub mod subscriber;

pub mod labels;
pub mod selection;
pub mod view;

mod beat_table;
pub mod push_schedule;
mod wheel;

mod rare_map;
mod service;
mod shard;
pub mod unconfirmed;

mod client;
mod client_shard;
mod key_set;

pub mod census;

pub mod catalog;
mod changed_services;
mod push_queue;

pub mod naming;
pub mod runner;

pub use catalog::{Page, ServicePage};
pub use census::{Census, ClientCounts};
pub use changed_services::ChangedServices;
pub use client::ClientProfile;
pub use error::NamingError;
pub use instance_ids::{IdSubject, IdTemplate, InstanceIdGenerator, UnknownGenerator};
pub use journal::{EventFilter, EventPage, Journal};
pub use labels::LabelTable;
pub use naming::{
    BeatAnswer, Counters, FullBeat, Naming, PersistentInstance, Restoration, ServiceDetail, Sizes,
    SizesByLifetime, SubscriberRow, UnconfirmedRow, WarmCounts,
};
pub use runner::NamingRunner;
pub use selection::{Face, Filter, HealthFilter, Selection};
pub use settings::{Limits, NamingSettings};
pub use subscriber::{Consumer, SubscriberOutbox, Subscription};
pub use unconfirmed::Waiting;
pub use view::View;
