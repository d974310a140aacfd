//! The words of Navaid's domain, and nothing else: no I/O, no clock, no runtime, no wire format.
//!
//! Every other crate meets here. A value of these types is valid: strings become types at an edge, by one
//! fallible constructor each, and nobody checks them again.
//!
//! Reading order: [`name`] and [`time`] (identifiers and quantities), [`service`], [`instance`], [`client`],
//! [`ephemeral`], [`labels`], [`switches`], [`probe`] (discovery), [`config_item`], [`content`], [`label_rule`],
//! [`gray`], [`history`], [`capacity`] (configuration), [`namespace`], [`pattern`] and [`pattern_index`] (watching names
//! that need not exist), then what changes them:
//! [`command`] (proposed, ordered, deterministic) and [`record`] (what a command leaves in the store), and last
//! [`access`] and [`seam`] (the few traits by which crates meet that may not import one another).

pub mod name;
pub mod time;

pub mod client;
pub mod ephemeral;
pub mod instance;
pub mod labels;
pub mod probe;
pub mod service;
pub mod switches;

pub mod capacity;
pub mod config_item;
pub mod content;
pub mod gray;
pub mod history;
pub mod label_rule;
pub mod namespace;

pub mod pattern;
pub mod pattern_index;

pub mod command;
pub mod record;

pub mod event;
pub mod mesh;

pub mod access;
pub mod seam;

pub use capacity::{CapacityChange, CapacityLimits, CapacityOwner, CapacityRules, OverCapacity};
pub use client::{ClientId, ConnectionId};
pub use command::{Command, Operator, Outcome, Proposal};
pub use config_item::{ConfigItem, ConfigKey, ConfigType, ContentMd5};
pub use content::Content;
pub use ephemeral::{EphemeralChange, EphemeralInstance, EphemeralService, Voucher};
pub use gray::{GrayName, GrayRelease, GrayRule};
pub use history::{HistoryEntry, HistoryId, HistoryOp};
pub use instance::{Endpoint, GivenId, Instance, InstanceId, Metadata};
pub use label_rule::LabelRule;
pub use labels::{InvalidLabelTarget, LabelEntry, LabelTarget};
pub use name::{ClusterName, DataId, GroupName, InvalidName, NamespaceId, ServiceName};
pub use namespace::Namespace;
pub use pattern::WatchPattern;
pub use pattern_index::{PatternMatches, PatternOutbox, TooManyPatterns};
pub use probe::{ProbeCounts, ProbeRecord, ProbeReport, ProbeTally, ProbeVerdict};
pub use record::Record;
pub use service::{Lifetime, ServiceKey, ServiceMetadata};
pub use switches::{DatagramVersions, ServerStatus, SwitchChange, Switches};
pub use time::{Moment, Now, Timestamp};
