//! One registered endpoint of a service, as its client published it.

use std::{fmt, ops::Deref, sync::Arc};

use crate::{name::ClusterName, service::ServiceKey};

/// Where an instance listens: an ip or host name, and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    pub ip: Arc<str>,
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.ip, self.port)
    }
}

/// An instance as published: (service →) cluster → instance. Whether it is ephemeral is its client's and its
/// service's property, not its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    pub endpoint: Endpoint,
    pub cluster: ClusterName,
    /// Relative share of traffic; 0 keeps the instance listed but unchosen. HTTP holds it to 0..=10000, gRPC stores
    /// it as sent (`spec/naming-semantics` §1.2).
    pub weight: f64,
    /// A disabled instance is in no discovery answer.
    pub enabled: bool,
    pub healthy: bool,
    pub metadata: Metadata,
    pub id: InstanceId,
}

impl Instance {
    /// The id that answers show.
    pub fn id_text(&self, service: &ServiceKey) -> String {
        match &self.id {
            InstanceId::Simple => {
                format!("{}#{}#{}#{}", self.endpoint.ip, self.endpoint.port, self.cluster, service.grouped())
            }
            InstanceId::Given(text) => text.to_string(),
        }
    }
}

impl Instance {
    /// Shares the texts that `other` holds too: name of the cluster, metadata.
    pub fn share_texts_with(&mut self, other: &Self) {
        if self.cluster == other.cluster {
            self.cluster.clone_from(&other.cluster);
        }
        self.metadata.share_with(&other.metadata);
    }
}

/// How an instance is named in answers (`spec/naming-semantics` §1.4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum InstanceId {
    /// `ip#port#cluster#group@@service`, derived when it is shown.
    #[default]
    Simple,
    /// Sent by the client, or made by another generator at registration.
    Given(GivenId),
}

/// The text of an id that is not derived. A thin pointer, because most instances have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenId(Arc<Box<str>>);

impl Deref for GivenId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for GivenId {
    fn from(text: String) -> Self {
        Self(Arc::new(text.into()))
    }
}

impl From<&str> for GivenId {
    fn from(text: &str) -> Self {
        Self(Arc::new(text.into()))
    }
}

type Pair = (Arc<str>, Arc<str>);

/// String pairs in key order, each key once; cheap to clone.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Metadata(Option<Arc<[Pair]>>);

impl Metadata {
    /// Sum of all key and value lengths (UTF-16 units) that an instance's metadata may have, unless set otherwise.
    /// (!) Nacos has 1,024, and thereby stops Dubbo providers whose interfaces have many methods
    /// (`spec/clients-on-the-wire` C §2).
    pub const DEFAULT_MAX: usize = 65_536;

    pub fn get(&self, key: &str) -> Option<&str> {
        let pairs = self.pairs();
        pairs.binary_search_by(|(k, _)| (**k).cmp(key)).ok().map(|at| &*pairs[at].1)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs().iter().map(|(k, v)| (&**k, &**v))
    }

    pub fn is_empty(&self) -> bool {
        self.pairs().is_empty()
    }

    pub fn len(&self) -> usize {
        self.pairs().len()
    }

    /// Sum of all key and value lengths in UTF-16 units, which is what the limit counts.
    pub fn total_length(&self) -> usize {
        self.iter().map(|(k, v)| k.encode_utf16().count() + v.encode_utf16().count()).sum()
    }

    /// Union of two sets; `overlay` wins where both have a key.
    pub fn overlaid_with(&self, overlay: &Self) -> Self {
        if overlay.is_empty() {
            return self.clone();
        }
        let both = self.pairs().iter().chain(overlay.pairs());
        both.map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// Keeps the pairs and lets go of the memory of those texts that `other` holds too: the instances of a service say
    /// mostly the same of themselves. Does nothing but for equal sets while these pairs are shared already.
    pub fn share_with(&mut self, other: &Self) {
        if self == other {
            self.0.clone_from(&other.0);
            return;
        }
        let Some(pairs) = self.0.as_mut().and_then(Arc::get_mut) else { return };
        for (key, value) in pairs {
            let Ok(at) = other.pairs().binary_search_by(|(known, _)| known.cmp(key)) else { continue };
            let (known_key, known_value) = &other.pairs()[at];
            key.clone_from(known_key);
            if value == known_value {
                value.clone_from(known_value);
            }
        }
    }

    /// The pairs whose key `keep` accepts.
    pub fn retained(&self, keep: impl Fn(&str) -> bool) -> Self {
        self.pairs().iter().filter(|(k, _)| keep(k)).cloned().collect()
    }

    fn pairs(&self) -> &[Pair] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl FromIterator<Pair> for Metadata {
    /// The last value of a key counts.
    fn from_iter<I: IntoIterator<Item = Pair>>(pairs: I) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.reverse();
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.dedup_by(|later, kept| later.0 == kept.0);
        Self((!pairs.is_empty()).then(|| pairs.into()))
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        pairs.into_iter().map(|(k, v)| (Arc::from(k), Arc::from(v))).collect()
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_keeps_the_last_value_of_a_key_in_key_order() {
        let metadata: Metadata = [("b", "1"), ("a", "2"), ("b", "3")].into_iter().collect();
        assert_eq!(metadata.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert_eq!(metadata.get("b"), Some("3"));
        assert_eq!(metadata.total_length(), 4);
    }

    #[test]
    fn texts_that_another_set_holds_are_shared_and_the_others_kept() {
        let known: Metadata = [("a", "1"), ("b", "1"), ("d", "1")].into_iter().collect();
        let mut own: Metadata = [("a", "1"), ("b", "2"), ("c", "1")].into_iter().collect();
        let before = own.clone().iter().collect::<Metadata>();
        own.share_with(&known);
        assert_eq!(own, before);
        let is_shared = |own: &str, known: &str| std::ptr::eq(own, known);
        let (mut own_pairs, mut known_pairs) = (own.iter(), known.iter());
        let (own_a, known_a) = (own_pairs.next().unwrap(), known_pairs.next().unwrap());
        assert!(is_shared(own_a.0, known_a.0) && is_shared(own_a.1, known_a.1));
        let (own_b, known_b) = (own_pairs.next().unwrap(), known_pairs.next().unwrap());
        assert!(is_shared(own_b.0, known_b.0) && !is_shared(own_b.1, known_b.1));

        let mut same = known.iter().collect::<Metadata>();
        same.share_with(&known);
        assert!(std::ptr::eq(same.pairs(), known.pairs()));
    }

    #[test]
    fn instance_is_small_because_there_are_millions() {
        assert_eq!(size_of::<Instance>(), 80);
    }

    #[test]
    fn overlay_wins_and_adds() {
        let published: Metadata = [("a", "1"), ("b", "1")].into_iter().collect();
        let overlay: Metadata = [("b", "2"), ("c", "2")].into_iter().collect();
        let both = published.overlaid_with(&overlay);
        assert_eq!(both.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "2"), ("c", "2")]);
        assert_eq!(published.overlaid_with(&Metadata::default()), published);
    }
}
