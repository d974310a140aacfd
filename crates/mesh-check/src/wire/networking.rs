//! Messages of `istio.networking.v1alpha3`.

use std::collections::BTreeMap;

use prost::{Enumeration, Message};

#[derive(Clone, PartialEq, Eq, Message)]
pub struct ServiceEntry {
    #[prost(string, repeated, tag = "1")]
    pub hosts: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub addresses: Vec<String>,
    #[prost(message, repeated, tag = "3")]
    pub ports: Vec<ServicePort>,
    #[prost(int32, tag = "4")]
    pub location: i32,
    #[prost(enumeration = "Resolution", tag = "5")]
    pub resolution: i32,
    #[prost(message, repeated, tag = "6")]
    pub endpoints: Vec<WorkloadEntry>,
    #[prost(string, repeated, tag = "7")]
    pub export_to: Vec<String>,
}

/// How a proxy finds the addresses of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
pub enum Resolution {
    None = 0,
    Static = 1,
    Dns = 2,
    DnsRoundRobin = 3,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct ServicePort {
    #[prost(uint32, tag = "1")]
    pub number: u32,
    #[prost(string, tag = "2")]
    pub protocol: String,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(uint32, tag = "4")]
    pub target_port: u32,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct WorkloadEntry {
    #[prost(string, tag = "1")]
    pub address: String,
    #[prost(btree_map = "string, uint32", tag = "2")]
    pub ports: BTreeMap<String, u32>,
    #[prost(btree_map = "string, string", tag = "3")]
    pub labels: BTreeMap<String, String>,
    #[prost(string, tag = "4")]
    pub network: String,
    /// `region/zone/subzone`.
    #[prost(string, tag = "5")]
    pub locality: String,
    #[prost(uint32, tag = "6")]
    pub weight: u32,
}
