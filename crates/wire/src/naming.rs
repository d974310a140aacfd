//! Discovery as clients write and read it: instances, beats, services.

pub mod beat;
pub mod instance;
pub mod legality;
pub mod metadata_text;
pub mod refused;
pub mod reserved;
pub mod service_info;

pub use beat::BeatJson;
pub use instance::InstanceJson;
pub use service_info::{EncodedServiceInfo, ServiceInfo, ServiceInfoFace};
