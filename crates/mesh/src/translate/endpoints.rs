//! Which instances take traffic, and what is said of each (`spec/mesh` §10.6, §10.9).

use std::{collections::BTreeSet, net::IpAddr};

use navaid_core::{Instance, Metadata};

use super::{
    Address, LabelPairs, Labels, Locality, MeshEndpoint, Source, locality,
    ports::{self, Places, Protocol},
    weights,
};
use crate::{
    dns_name::is_host_name,
    finding::Finding,
    label::{is_key, is_value},
};

/// Bytes of the labels of one endpoint; every push of its service carries them.
const LABELS_MAX: usize = 4096;
/// Findings about single instances that are kept of a service.
const FINDINGS_MAX: usize = 32;

/// An instance that takes traffic, before the service's ports and weights are known.
#[derive(Debug)]
pub(super) struct Candidate {
    address: Address,
    port: u16,
    protocol: Protocol,
    weight: f64,
    locality: Locality,
    labels: LabelPairs,
}

/// Enabled, healthy (or shown so, when too few are), of positive weight, with an address and a port; of those with one
/// address and port the first.
pub(super) fn candidates(
    source: &Source<'_>,
    labels: Labels<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Candidate> {
    let service = source.metadata;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for host in source.seen.iter().filter(|host| host.enabled && host.healthy) {
        let mut note = |finding| {
            if findings.len() < FINDINGS_MAX {
                findings.push(finding);
            }
        };
        let Some(address) = usable(host, &mut note) else { continue };
        if !seen.insert((address.clone(), host.endpoint.port)) {
            note(Finding::Double { address: host.endpoint.ip.clone(), port: host.endpoint.port });
            continue;
        }
        let (labels_of_host, dropped) = labels_of(host, source.key.name());
        if dropped > 0 {
            note(Finding::LabelsDropped { address: host.endpoint.ip.clone(), count: dropped });
        }
        found.push(Candidate {
            address,
            port: host.endpoint.port,
            protocol: ports::protocol(host, service),
            weight: host.weight,
            locality: locality::of(host, labels),
            labels: labels_of_host,
        });
    }
    found
}

/// The address of an instance that can be connected to and may be chosen.
fn usable(host: &Instance, note: &mut dyn FnMut(Finding)) -> Option<Address> {
    let address = || host.endpoint.ip.clone();
    if !host.weight.is_finite() {
        note(Finding::InvalidWeight { address: address() });
        return None;
    }
    if host.weight <= 0.0 {
        return None;
    }
    if host.endpoint.port == 0 {
        note(Finding::NoPort { address: address() });
        return None;
    }
    let text = host.endpoint.ip.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = text.parse::<IpAddr>() {
        if ip.is_ipv6() {
            note(Finding::NotIpv4 { address: ip });
        }
        return Some(Address::Ip(ip));
    }
    let looks_like_ip = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !looks_like_ip && is_host_name(text) {
        note(Finding::HostName { address: address() });
        return Some(Address::Name(text.into()));
    }
    note(Finding::InvalidAddress { address: address() });
    None
}

/// Gives the candidates their ports and whole weights.
pub(super) fn finish(candidates: Vec<Candidate>, places: &Places) -> Vec<MeshEndpoint> {
    let weights = weights::whole(&candidates.iter().map(|candidate| candidate.weight).collect::<Vec<_>>());
    let finish = |(candidate, weight): (Candidate, u32)| MeshEndpoint {
        address: candidate.address,
        port: candidate.port,
        service_port: places.of(candidate.protocol),
        weight,
        locality: candidate.locality,
        labels: candidate.labels,
    };
    let mut endpoints: Vec<_> = candidates.into_iter().zip(weights).map(finish).collect();
    endpoints.sort_by(|a, b| (&a.address, a.port).cmp(&(&b.address, b.port)));
    endpoints
}

/// The cluster, the metadata that can be labels, and the service as `app`; and how many metadata cannot.
fn labels_of(host: &Instance, service: &str) -> (LabelPairs, usize) {
    let mut dropped = 0;
    let mut bytes = 0;
    let mut labels: LabelPairs = Vec::with_capacity(host.metadata.len() + 2);
    for (key, value) in host.metadata.iter() {
        bytes += key.len() + value.len();
        if is_key(key) && is_value(value) && bytes <= LABELS_MAX {
            labels.push((key.into(), value.into()));
        } else {
            dropped += 1;
        }
    }
    add(&mut labels, &host.metadata, "cluster", host.cluster.as_str());
    add(&mut labels, &host.metadata, "app", service);
    labels.sort();
    (labels, dropped)
}

/// Adds a label that the metadata do not set.
fn add(labels: &mut LabelPairs, metadata: &Metadata, key: &str, value: &str) {
    if metadata.get(key).is_none() && is_value(value) {
        labels.push((key.into(), value.into()));
    }
}
