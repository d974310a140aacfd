//! The mesh edge: Navaid as the service source of Istio (the old Mesh Configuration Protocol, and MCP over xDS), of Envoy
//! and of gRPC clients that speak xDS. Behaviour: `spec/mesh`, `spec/istiod-as-seen`, `spec/clients-on-the-wire` D.
//!
//! ```text
//! naming ─ changed services ─▶ MeshRunner ─ translate ─ encode ─▶ Catalog (bytes by kind and name, numbered changes)
//! config ─ changed items ─────▶            ─ routing ───────────▶   │
//!                                                                   │ pulse
//! peer ─ request ─▶ Conversation ─▶ Machine (MCP | world | delta) ◀─┘ ─ answer ─▶ peer
//! ```
//!
//! A service is translated and encoded once for every change, whoever listens; a stream's cost follows what changed.
//!
//! Reading order: [`settings`], `translate` (a service becomes what the mesh can say), `encode` (that becomes bytes),
//! `routing` (a configuration item becomes rules), `catalog`, `debounce`, `builder`, `rule_builder`, [`runner`], then `stream` (the three machines, without I/O) and [`edge`] (their
//! sockets), and [`report`].

mod dns_name;
mod label;
pub mod settings;

mod finding;
mod translate;

mod kind;
mod proto;
mod resource;

mod encode;
mod framing;
mod routing;

mod catalog;

mod debounce;
mod switchboard;

mod builder;
mod rule_builder;
pub mod runner;

mod stream;

pub mod edge;
pub mod report;

mod mesh;

#[cfg(fuzzing)]
pub mod fuzzing;

pub use dns_name::is_host_name;
pub use edge::{ListenError, MeshListener, TlsError};
pub use mesh::Mesh;
pub use report::MeshReport;
pub use runner::MeshRunner;
pub use settings::{Limits, MeshSettings, PushTiming, TlsFiles, Token, Translation};
