//! Requests that can be read, written field by field: only their frame is sure to be right.

use libfuzzer_sys::arbitrary::{self, Arbitrary};

use super::{Protocol, service::Simple};

/// Types and collections, for peers of MCP and of discovery.
const COLLECTIONS: [&str; 4] = [
    "istio/networking/v1alpha3/serviceentries",
    "istio/networking/v1alpha3/synthetic/serviceentries",
    "istio/networking/v1alpha3/virtualservices",
    "istio/networking/v1alpha3/gateways",
];
const TYPES: [&str; 8] = [
    "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
    "type.googleapis.com/envoy.config.listener.v3.Listener",
    "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
    "networking.istio.io/v1/ServiceEntry",
    "networking.istio.io/v1alpha3/ServiceEntry",
    "networking.istio.io/v1/Gateway",
    "core/v1alpha1/MeshConfig",
];
/// As Istio 1.11 calls itself, which is sent no versions.
const ISTIO_1_11: &str = "sidecar~10.0.0.9~test-1.default~default.svc.cluster.local";

/// A request of any of the three protocols; what one of them lacks is left out.
#[derive(Debug, Arbitrary)]
pub(super) struct Request<'a> {
    type_name: u8,
    names: Vec<Name<'a>>,
    unsubscribed: Vec<Name<'a>>,
    held: Vec<(Name<'a>, u8)>,
    nonce: Nonce<'a>,
    is_refusal: bool,
    is_incremental: bool,
    is_istio_1_11: bool,
}

#[derive(Debug, Arbitrary)]
enum Name<'a> {
    Cluster(u8),
    Host(u8),
    Port(u8),
    Wildcard,
    Any(&'a str),
}

#[derive(Debug, Arbitrary)]
enum Nonce<'a> {
    /// Of the last answer.
    Last,
    None,
    Any(&'a str),
}

impl Name<'_> {
    fn text(&self) -> String {
        match self {
            Self::Cluster(number) => format!("outbound|80||{}", Simple::host(*number)),
            Self::Host(number) => Simple::host(*number),
            Self::Port(number) => format!("{}:80", Simple::host(*number)),
            Self::Wildcard => "*".to_owned(),
            Self::Any(text) => (*text).to_owned(),
        }
    }
}

impl Request<'_> {
    pub(super) fn type_name(&self, protocol: Protocol) -> &'static str {
        let at = usize::from(self.type_name);
        match protocol {
            Protocol::Mcp => COLLECTIONS[at % COLLECTIONS.len()],
            Protocol::World | Protocol::Delta => TYPES[at % TYPES.len()],
        }
    }

    /// As a message; `last` is the nonce of the last answer of its type.
    pub(super) fn encode(&self, protocol: Protocol, last: &str) -> Vec<u8> {
        let nonce = match self.nonce {
            Nonce::Last => last,
            Nonce::None => "",
            Nonce::Any(text) => text,
        };
        let mut message = Fields::default();
        match protocol {
            Protocol::Mcp => {
                message.text(2, self.type_name(protocol)).pairs(3, &self.held).text(4, nonce);
                message.refusal(5, self.is_refusal).number(6, self.is_incremental.into());
            }
            Protocol::World => {
                message.node(2, self.is_istio_1_11).names(3, &self.names).text(4, self.type_name(protocol));
                message.text(5, nonce).refusal(6, self.is_refusal);
            }
            Protocol::Delta => {
                message.text(2, self.type_name(protocol)).names(3, &self.names).names(4, &self.unsubscribed);
                message.pairs(5, &self.held).text(6, nonce).refusal(7, self.is_refusal);
            }
        }
        message.0
    }
}

/// A message of protobuf.
#[derive(Debug, Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn number(&mut self, field: u8, number: u8) -> &mut Self {
        self.0.extend([field << 3, number & 0x7f]);
        self
    }

    fn bytes(&mut self, field: u8, bytes: &[u8]) -> &mut Self {
        self.0.push(field << 3 | 2);
        let mut length = bytes.len();
        while length > 0x7f {
            self.0.push(0x80 | (length & 0x7f) as u8);
            length >>= 7;
        }
        self.0.push(length as u8);
        self.0.extend(bytes);
        self
    }

    fn text(&mut self, field: u8, text: &str) -> &mut Self {
        self.bytes(field, text.as_bytes())
    }

    fn names(&mut self, field: u8, names: &[Name<'_>]) -> &mut Self {
        names.iter().for_each(|name| _ = self.text(field, &name.text()));
        self
    }

    /// Names and versions.
    fn pairs(&mut self, field: u8, pairs: &[(Name<'_>, u8)]) -> &mut Self {
        for (name, version) in pairs {
            let mut pair = Self::default();
            pair.text(1, &name.text()).text(2, &format!("{version:016x}"));
            self.bytes(field, &pair.0);
        }
        self
    }

    fn refusal(&mut self, field: u8, is_there: bool) -> &mut Self {
        if is_there {
            let mut status = Self::default();
            status.number(1, 13).text(2, "no");
            self.bytes(field, &status.0);
        }
        self
    }

    fn node(&mut self, field: u8, is_istio_1_11: bool) -> &mut Self {
        if is_istio_1_11 {
            let mut node = Self::default();
            node.text(1, ISTIO_1_11);
            self.bytes(field, &node.0);
        }
        self
    }
}
