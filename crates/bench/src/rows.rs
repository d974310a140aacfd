//! How each row is measured; one file per family.

pub(crate) mod absent;
pub(crate) mod fan_out;
pub(crate) mod footprint;
pub(crate) mod grpc_reads;
pub(crate) mod http_reads;
pub(crate) mod many_items;
pub(crate) mod memory;
pub(crate) mod mesh;
pub(crate) mod publish;
pub(crate) mod refusals;
pub(crate) mod register;
pub(crate) mod service_list;
