//! What is known of addresses beyond the registry, for the `label` selector (`spec/naming-semantics` §5.5).
//!
//! An address has the labels of every entry that holds it. Where two entries have the same label, the more specific
//! one counts: the address itself, then the longest prefix. A blank value is none, and hides what a wider range says.
//!
//! ```text
//! 10.1.2.3  ─▶ /32 ─▶ /24 ─▶ /16 ─▶ …   one hash look-up for each length of prefix that occurs
//! ```
//!
//! Memory: an entry costs some 50 bytes and its labels.

use std::{net::IpAddr, sync::Arc};

use hashbrown::HashMap;
use ipnet::IpNet;
use navaid_core::{Instance, LabelEntry, LabelTarget, Metadata};

type Table<K> = HashMap<K, Metadata, foldhash::fast::RandomState>;

/// Labels of addresses, as a source read them: immutable, replaced as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelTable {
    ranges: Table<IpNet>,
    /// Lengths of prefixes that occur, longest first.
    v4_lengths: Vec<u8>,
    v6_lengths: Vec<u8>,
    hosts: Table<Arc<str>>,
}

/// The labels of one address: those of each entry that holds it, most specific first.
struct Labels<'a>(Vec<&'a Metadata>);

impl LabelTable {
    /// Of several entries about the same target the last counts.
    pub fn new(entries: impl IntoIterator<Item = LabelEntry>) -> Self {
        let mut table = Self::default();
        for LabelEntry { target, labels } in entries {
            match target {
                LabelTarget::Range(range) => table.ranges.insert(range, labels),
                LabelTarget::Host(name) => table.hosts.insert(name, labels),
            };
        }
        table.v4_lengths = table.lengths(|range| matches!(range, IpNet::V4(_)));
        table.v6_lengths = table.lengths(|range| matches!(range, IpNet::V6(_)));
        table
    }

    fn lengths(&self, is_wanted: impl Fn(&IpNet) -> bool) -> Vec<u8> {
        let wanted = self.ranges.keys().filter(|range| is_wanted(range));
        let mut lengths: Vec<_> = wanted.map(IpNet::prefix_len).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        lengths
    }

    /// The value of a label of an address or host name; blank counts as none.
    pub fn label(&self, address: &str, name: &str) -> Option<&str> {
        self.labels_of(address).get(name)
    }

    /// The values that an address has for all of `names`; none if it lacks one, or if there are no names.
    pub(crate) fn values(&self, address: &str, names: &[Arc<str>]) -> Option<Vec<Arc<str>>> {
        if names.is_empty() {
            return None;
        }
        let labels = self.labels_of(address);
        names.iter().map(|name| labels.get(name).map(Arc::from)).collect()
    }

    /// Whether a provider has exactly these labels.
    pub(crate) fn matches(&self, provider: &Instance, names: &[Arc<str>], values: &[Arc<str>]) -> bool {
        let labels = self.labels_of(&provider.endpoint.ip);
        names.iter().zip(values).all(|(name, value)| labels.get(name) == Some(&**value))
    }

    fn labels_of(&self, address: &str) -> Labels<'_> {
        let Ok(ip) = address.parse::<IpAddr>() else {
            let name = address.to_ascii_lowercase();
            return Labels(self.hosts.get(&*name).into_iter().collect());
        };
        let ip = ip.to_canonical();
        let lengths = if ip.is_ipv4() { &self.v4_lengths } else { &self.v6_lengths };
        let ranges = lengths.iter().filter_map(|length| IpNet::new(ip, *length).ok());
        Labels(ranges.filter_map(|range| self.ranges.get(&range.trunc())).collect())
    }
}

impl<'a> Labels<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find_map(|labels| labels.get(name)).filter(|value| !value.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    /// `target label=value …`, a line for each entry.
    fn table(text: &str) -> LabelTable {
        LabelTable::new(text.lines().filter_map(entry))
    }

    fn entry(line: &str) -> Option<LabelEntry> {
        let mut words = line.split_whitespace();
        let target = words.next()?.parse().unwrap();
        Some(LabelEntry { target, labels: words.map(|word| word.split_once('=').unwrap()).collect() })
    }

    #[test]
    fn longest_prefix_wins_and_the_address_beats_it() {
        let table = table("10.0.0.0/8 site=c\n10.1.2.3 site=a\n10.1.0.0/16 site=b\nfd00::/8 site=six");
        let site = |ip| table.label(ip, "site");
        assert_eq!(site("10.1.2.3"), Some("a"));
        assert_eq!(site("10.1.2.4"), Some("b"));
        assert_eq!(site("10.2.2.3"), Some("c"));
        assert_eq!(site("11.0.0.1"), None);
        assert_eq!(site("::ffff:10.1.2.3"), Some("a"), "IPv4 in the clothes of IPv6");
        assert_eq!(site("fd00::1"), Some("six"));
        assert_eq!(site("no address"), None);
    }

    #[test]
    fn labels_of_all_ranges_are_united_key_by_key() {
        let table = table("10.0.0.0/8 site=c region=r\n10.1.0.0/16 site=b\n10.1.2.3 site= rack=7");
        assert_eq!(table.label("10.1.9.9", "region"), Some("r"));
        assert_eq!(table.label("10.1.9.9", "site"), Some("b"));
        assert_eq!(table.label("10.1.2.3", "site"), None, "a blank value hides those of wider ranges");
        assert_eq!(table.label("10.1.2.3", "region"), Some("r"));
        assert_eq!(table.label("10.1.2.3", "rack"), Some("7"));
        let names = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect::<Vec<Arc<str>>>();
        assert_eq!(table.values("10.1.9.9", &names(&["site", "region"])), Some(names(&["b", "r"])));
        assert_eq!(table.values("10.1.9.9", &names(&["site", "rack"])), None);
        assert_eq!(table.values("10.1.9.9", &[]), None);
    }

    #[test]
    fn host_names_are_found_in_any_case() {
        let table = table("db-1.example site=x");
        assert_eq!(table.label("DB-1.Example", "site"), Some("x"));
        assert_eq!(table.label("db-2.example", "site"), None);
    }

    #[test]
    fn tables_of_the_same_entries_are_equal() {
        assert_eq!(table("10.0.0.1 a=1\n10.0.0.0/8 a=2"), table("10.0.0.0/8 a=2\n10.0.0.1/32 a=1"));
        assert_ne!(table("10.0.0.1 a=1"), table("10.0.0.1 a=2"));
    }

    /// Addresses close together, so that ranges hold them.
    fn ip() -> impl Strategy<Value = IpAddr> {
        let v4 = (0..4_u8, 0..4_u8).prop_map(|(a, b)| IpAddr::from([10, a << 6, 0, b]));
        let v6 = (0..4_u16, 0..4_u16).prop_map(|(a, b)| IpAddr::from([0xfd00, a << 14, 0, 0, 0, 0, 0, b]));
        prop_oneof![v4, v6]
    }

    fn line() -> impl Strategy<Value = (IpNet, String)> {
        let range = (ip(), 0..=128_u8).prop_map(|(ip, length)| {
            let length = if ip.is_ipv4() { length % 33 } else { length };
            IpNet::new(ip, length).unwrap()
        });
        (range, prop::collection::vec((0..3_usize, 0..3_usize), 0..3)).prop_map(|(range, pairs)| {
            let mut words = String::new();
            for (name, value) in pairs {
                write!(words, " k{name}={}", ["", "x", "y"][value]).unwrap();
            }
            (range, words)
        })
    }

    /// What the documentation says, as slow as can be: all entries that hold the address, the longest prefix last. Of
    /// two entries about one range the later counts.
    fn naive(entries: &[(IpNet, String)], ip: IpAddr, name: &str) -> Option<String> {
        let is_replaced =
            |at: usize| entries[at + 1..].iter().any(|(range, _)| range.trunc() == entries[at].0.trunc());
        let holding =
            entries.iter().enumerate().filter(|(at, (range, _))| range.contains(&ip) && !is_replaced(*at));
        let mut holding: Vec<_> = holding.map(|(_, entry)| entry).collect();
        holding.sort_by_key(|(range, _)| range.prefix_len());
        let mut value = None;
        for (_, words) in holding {
            let own =
                words.split_whitespace().rev().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value = own.or(value);
        }
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    }

    proptest! {
        #[test]
        fn table_says_what_a_walk_over_all_entries_says(
            lines in prop::collection::vec(line(), 0..24), asked in prop::collection::vec(ip(), 1..16),
        ) {
            let text: String = lines.iter().map(|(range, words)| format!("{range}{words}\n")).collect();
            let table = table(&text);
            for ip in asked {
                for name in ["k0", "k1", "k2"] {
                    let expected = naive(&lines, ip, name);
                    prop_assert_eq!(table.label(&ip.to_string(), name), expected.as_deref(), "{}", ip);
                }
            }
        }
    }
}
