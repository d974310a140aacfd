//! What of a service or of routing rules cannot be expressed in the mesh, for the operator who wonders where it is.

use std::{fmt, net::IpAddr, sync::Arc};

/// One thing that was changed or left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// A label of the host name holds what no DNS label can.
    NameRewritten { given: Arc<str>, host: Arc<str> },
    /// Another service has the host name already.
    HostTaken { host: Arc<str> },
    /// Instances speak a protocol that Istio does not know.
    UnknownProtocol { protocol: Arc<str> },
    /// Two protocols would have one port number.
    PortMoved { protocol: &'static str, from: u16, to: u16 },
    /// The service's metadata asks for a port that is none.
    InvalidPort { given: Arc<str> },
    /// The instance is left out: no port to connect to.
    NoPort { address: Arc<str> },
    /// The instance is left out: a weight that is no number.
    InvalidWeight { address: Arc<str> },
    /// The instance is left out: neither an IP address nor a host name.
    InvalidAddress { address: Arc<str> },
    /// The instance is another one's double.
    Double { address: Arc<str>, port: u16 },
    /// Envoy and gRPC are not told of the instance: its address is a name.
    HostName { address: Arc<str> },
    /// Sinks of Istio 1.4 are not told of the instance.
    NotIpv4 { address: IpAddr },
    /// A host name that an instance asks for is none.
    InvalidHost { given: Arc<str> },
    /// Labels of an instance that Istio would refuse, or too many, are left out.
    LabelsDropped { address: Arc<str>, count: usize },
    /// The service is left out: the mesh would refuse it.
    Refused { reason: String },
    /// A label or an annotation of a rule is left out.
    LabelDropped { rule: Arc<str>, label: Arc<str> },
    /// Another item has a rule of that name, so none of this one's is shown.
    RuleTaken { rule: Arc<str> },
    /// The item's content is not taken; what was served of it before may still be.
    ContentRefused { reason: String, is_served: bool },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameRewritten { given, host } => {
                write!(f, "`{given}` cannot be a host name, so the host is `{host}`")
            }
            Self::HostTaken { host } => {
                write!(f, "not called `{host}`: another service has that host name already")
            }
            Self::UnknownProtocol { protocol } => {
                write!(f, "protocol `{protocol}` is unknown to the mesh and shown as tcp")
            }
            Self::PortMoved { protocol, from, to } => {
                write!(f, "port {from} of {protocol} is another protocol's, so it is shown as {to}")
            }
            Self::InvalidPort { given } => {
                write!(f, "metadata `istio.port` is `{given}`, expected a number from 1 to 65535")
            }
            Self::NoPort { address } => write!(f, "instance {address} is left out: its port is 0"),
            Self::InvalidWeight { address } => {
                write!(f, "instance {address} is left out: its weight is not a finite number")
            }
            Self::InvalidAddress { address } => {
                write!(f, "instance `{address}` is left out: neither an IP address nor a host name")
            }
            Self::Double { address, port } => {
                write!(f, "instance {address}:{port} is registered twice and shown once")
            }
            Self::HostName { address } => {
                write!(f, "instance {address} has a host name: Envoy and gRPC are told of IP addresses only")
            }
            Self::NotIpv4 { address } => {
                write!(f, "instance {address} is left out for Istio up to 1.4, which takes IPv4 only")
            }
            Self::InvalidHost { given } => {
                write!(f, "metadata `istio.hostname` is `{given}`, which is no host name")
            }
            Self::LabelsDropped { address, count } => {
                write!(f, "{count} metadata of instance {address} are not labels: Istio would refuse them")
            }
            Self::Refused { reason } => write!(f, "left out: {reason}"),
            Self::LabelDropped { rule, label } => write!(
                f,
                "label or annotation `{label}` of {rule} is left out: Istio would refuse it, or hide the rule for it"
            ),
            Self::RuleTaken { rule } => {
                write!(f, "left out: another configuration item has {rule} already")
            }
            Self::ContentRefused { reason, is_served: true } => {
                write!(f, "the content is not taken, and what it was before stays: {reason}")
            }
            Self::ContentRefused { reason, is_served: false } => {
                write!(f, "the content is not taken: {reason}")
            }
        }
    }
}
