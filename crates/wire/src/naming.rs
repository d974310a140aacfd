//! Discovery as clients write and read it: instances, beats, services, selectors, health checkers, and what operators
//! see of them.
//!
//! Shapes carry the generation that shows them as a suffix; `V1` shapes are those of v2 as well unless there is one
//! of its own.

pub mod beat;
pub mod catalog;
pub mod client;
pub mod datagram;
pub mod first_servers;
pub mod health_checker;
pub mod host;
pub mod instance;
pub mod instance_answer;
pub mod legality;
pub mod metadata_text;
pub mod metrics;
pub mod override_answer;
pub mod probe_report;
pub mod refused;
pub mod reserved;
pub mod scrape_target;
pub mod selector;
pub mod service_detail;
pub mod service_info;
pub mod service_list;
pub mod shown;
pub mod subscriber;
pub mod switches;
pub mod trace;
pub mod unconfirmed_answer;
pub mod upgrade;

pub use beat::BeatJson;
pub use instance::InstanceJson;
pub use service_info::{EncodedServiceInfo, LegacyKeys, ServiceInfo, ServiceInfoFace};
