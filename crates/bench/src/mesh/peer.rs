//! What the four kinds of peers ask for, and how they acknowledge.

use bytes::Bytes;

use super::wire::{Fields, first_texts};

const WORLD: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
const DELTA: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const MCP: &str = "/istio.mcp.v1alpha1.ResourceSource/EstablishResourceStream";
const CLUSTERS: &str = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const ENDPOINTS: &str = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
const ENTRIES: &str = "networking.istio.io/v1/ServiceEntry";
const COLLECTION: &str = "istio/networking/v1alpha3/serviceentries";

/// Who listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    /// Envoy, by the state of the world: all clusters, and their endpoints by name.
    EnvoyWorld,
    /// The same by increments.
    EnvoyDelta,
    /// istiod: service entries over xDS.
    Istiod,
    /// Pilot up to 1.8: service entries over MCP.
    Pilot,
}

/// An answer, as far as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    type_name: String,
    nonce: String,
    pub(super) version: String,
}

/// The names of all clusters, encoded once. Both kinds of requests list names in field 3.
#[derive(Debug, Clone)]
pub(crate) struct Names(Bytes);

/// A message in two pieces, of which the second is shared.
pub(super) type Pieces = [Bytes; 2];

impl Names {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().fold(Fields::default(), |fields, name| fields.text(3, name)).encoded())
    }
}

impl Peer {
    pub(crate) const ALL: [Self; 4] = [Self::EnvoyWorld, Self::EnvoyDelta, Self::Istiod, Self::Pilot];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EnvoyWorld => "EDS",
            Self::EnvoyDelta => "EDS by increments",
            Self::Istiod => "MCP over xDS",
            Self::Pilot => "MCP",
        }
    }

    pub(super) fn method(self) -> &'static str {
        match self {
            Self::EnvoyWorld | Self::Istiod => WORLD,
            Self::EnvoyDelta => DELTA,
            Self::Pilot => MCP,
        }
    }

    /// The first request.
    pub(super) fn begin(self, id: &str) -> Bytes {
        let node = Fields::default().text(1, id);
        let request = match self {
            Self::EnvoyWorld => Fields::default().message(2, node).text(4, CLUSTERS),
            Self::Istiod => Fields::default().message(2, node).text(4, ENTRIES),
            Self::EnvoyDelta => Fields::default().message(1, node).text(2, CLUSTERS),
            Self::Pilot => Fields::default().message(1, Fields::default()).text(2, COLLECTION),
        };
        request.framed(0)
    }

    /// Reads the begin of an answer; none for one that says less than it must.
    pub(super) fn read(self, head: &[u8]) -> Option<Answer> {
        let texts = first_texts(head);
        let type_name = if self == Self::Pilot { texts[2] } else { texts[4] };
        Some(Answer {
            type_name: type_name?.to_owned(),
            nonce: texts[5]?.to_owned(),
            version: texts[1].unwrap_or_default().to_owned(),
        })
    }

    /// Whether an answer is what the row waits for.
    pub(super) fn is_awaited(self, answer: &Answer) -> bool {
        match self {
            Self::EnvoyWorld | Self::EnvoyDelta => answer.type_name == ENDPOINTS,
            Self::Istiod | Self::Pilot => true,
        }
    }

    /// What is said to an answer; Envoy asks for endpoints with the first.
    pub(super) fn reply(self, answer: &Answer, is_first: bool, names: &Names) -> Vec<Pieces> {
        let acknowledged = match self {
            Self::EnvoyWorld if answer.type_name == ENDPOINTS => self.listing(answer, names.0.clone()),
            Self::EnvoyWorld | Self::EnvoyDelta | Self::Istiod | Self::Pilot => {
                self.listing(answer, Bytes::new())
            }
        };
        let mut replies = vec![acknowledged];
        if is_first && !self.is_awaited(answer) {
            let asked =
                Answer { type_name: ENDPOINTS.to_owned(), nonce: String::new(), version: String::new() };
            replies.push(self.listing(&asked, names.0.clone()));
        }
        replies
    }

    fn listing(self, answer: &Answer, names: Bytes) -> Pieces {
        let Answer { type_name, nonce, version } = answer;
        let request = match self {
            Self::EnvoyWorld | Self::Istiod => {
                Fields::default().text_if_any(1, version).text(4, type_name).text_if_any(5, nonce)
            }
            Self::EnvoyDelta => Fields::default().text(2, type_name).text_if_any(6, nonce),
            Self::Pilot => Fields::default().text(2, type_name).text(4, nonce),
        };
        [request.framed(names.len()), names]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envoy_asks_for_endpoints_once_and_lists_them_in_every_acknowledgement() {
        let names = Names::new(&["a".to_owned(), "b".to_owned()]);
        let clusters = Answer { type_name: CLUSTERS.into(), nonce: "1".into(), version: "v".into() };
        let replies = Peer::EnvoyWorld.reply(&clusters, true, &names);
        assert_eq!(replies.len(), 2);
        assert_eq!((replies[0][1].len(), &replies[1][1][..]), (0, &[26, 1, b'a', 26, 1, b'b'][..]));
        assert_eq!(Peer::EnvoyWorld.reply(&clusters, false, &names).len(), 1);
        let endpoints = Answer { type_name: ENDPOINTS.into(), ..clusters };
        assert_eq!(Peer::EnvoyWorld.reply(&endpoints, false, &names)[0][1].len(), 6);
        assert_eq!(Peer::EnvoyDelta.reply(&endpoints, false, &names)[0][1].len(), 0);
    }

    #[test]
    fn collection_of_mcp_stands_where_resources_of_xds_do() {
        let head = Fields::default().text(1, "v").text(2, COLLECTION).text(5, "9").encoded();
        let wanted = Answer { type_name: COLLECTION.into(), nonce: "9".into(), version: "v".into() };
        assert_eq!(Peer::Pilot.read(&head), Some(wanted));
        assert_eq!(Peer::Istiod.read(&head), None);
    }
}
