//! What a client says it is: its family and version, such as `Nacos-Java-Client:v1.4.6`
//! (`spec/http-naming-core` §7.3). Old protocols depend on it; whether a call is allowed never does.

use navaid_core::DatagramVersions;

/// Numbers of a version, most significant first.
pub(crate) type Version = [u32; 3];

const JAVA: &str = "Nacos-Java-Client";
const GO: &str = "Nacos-Go-Client";

/// Which keys the reader of a v1 list looks for (`spec/naming-semantics` §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListReader {
    /// Those of 2.x and later.
    Modern,
    /// Those of 1.x as well; `dom` has no group.
    Legacy,
    /// Those of 1.x as well; `dom` is grouped.
    LegacyJava,
}

/// A client that names itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agent<'a> {
    family: &'a str,
    version: Option<Version>,
}

impl<'a> Agent<'a> {
    /// Reads `FAMILY:vVERSION`, `FAMILY/VERSION`, or a bare version, which is what Java's configuration client says of
    /// itself. The `v` may be missing, and the version may have a suffix.
    pub(crate) fn parse(text: &'a str) -> Self {
        let text = text.trim();
        let (family, version) = match text.split_once(':').or_else(|| text.split_once('/')) {
            Some(parts) => parts,
            None if starts_with_a_number(text) => (JAVA, text),
            None => (text, ""),
        };
        Self { family, version: starts_with_a_number(version).then(|| version_of(version)) }
    }

    /// Of both headers that may tell, the text of the one that does: (!) Java's configuration client has the JVM's name
    /// in `User-Agent` (`spec/clients-on-the-wire` A §6).
    pub(crate) fn telling(user_agent: Option<&'a str>, client_version: Option<&'a str>) -> &'a str {
        let named = user_agent.filter(|text| Self::parse(text).is_of_nacos());
        named.or(client_version).or(user_agent).unwrap_or_default()
    }

    fn is_of_nacos(&self) -> bool {
        self.family.starts_with("Nacos-") || self.family == "vip-client4cpp"
    }

    /// Whether it says that it is of Nacos and not older than that. (!) What clients written in Go and for Node say of
    /// their version is often another one's: they never say so (`spec/clients-on-the-wire` C §1).
    pub(crate) fn is_at_least(&self, first: Version) -> bool {
        self.is_of_nacos() && self.family != GO && self.version.is_some_and(|version| version >= first)
    }

    /// Whether it is of a family that takes datagrams and not older than that family's first version that does
    /// (`spec/naming-semantics` §9.3).
    pub(crate) fn takes_datagrams(&self, first: &DatagramVersions) -> bool {
        let first = match self.family {
            JAVA => &first.java,
            // (!) The gate of the DNS agent bears Python's name.
            "Nacos-DNS" => &first.python,
            "Nacos-C-Client" | "vip-client4cpp" => &first.c,
            // Its text is not to be relied on: one that cannot be read is as good as any.
            GO => return self.version.is_none_or(|version| version >= version_of(&first.go)),
            "Nacos-CSharp-Client" => &first.csharp,
            _ => return false,
        };
        self.version.is_some_and(|version| version >= version_of(first))
    }

    /// Who does not say that it is of Nacos 2 or later is taken for a client of the 1.x age, which does others no harm.
    pub(crate) fn list_reader(&self) -> ListReader {
        match self.version {
            _ if self.is_at_least([2, 0, 0]) => ListReader::Modern,
            Some(version) if version >= [1, 0, 0] && self.family == JAVA => ListReader::LegacyJava,
            _ => ListReader::Legacy,
        }
    }

    /// A DNS agent that reads its list of names as one array (`spec/dns` §3).
    pub(crate) fn reads_names_of_one_namespace(&self) -> bool {
        self.family == "Nacos-DNS" && self.version.is_some_and(|version| version <= [1, 0, 1])
    }
}

fn starts_with_a_number(version: &str) -> bool {
    without_v(version).starts_with(|first: char| first.is_ascii_digit())
}

fn without_v(version: &str) -> &str {
    version.strip_prefix(['v', 'V']).unwrap_or(version)
}

/// The first three numbers; 0 for what is missing or none.
fn version_of(text: &str) -> Version {
    let mut numbers = without_v(text).split(['.', '-', ' ', '+']).map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_gated_by_their_first_version() {
        let first = DatagramVersions::default();
        for agent in [
            "Nacos-Java-Client:v1.4.6",
            "Nacos-Java-Client:v0.1.0",
            "Nacos-Go-Client:v1.0.1",
            "Nacos-DNS:v0.4.3",
            "vip-client4cpp:v1.0.12",
            "Nacos-CSharp-Client:v0.10.0-beta",
        ] {
            assert!(Agent::parse(agent).takes_datagrams(&first), "{agent}");
        }
        for agent in [
            "",
            "curl/8",
            "Nacos-Java-Client",
            "Nacos-Java-Client:v",
            "Nacos-DNS:v0.4.2",
            "Nacos-C-Client:v1.0.9",
            "Nacos-Python-Client:v9.0.0",
        ] {
            assert!(!Agent::parse(agent).takes_datagrams(&first), "{agent}");
        }
    }

    #[test]
    fn only_who_says_that_it_is_newer_is_no_reader_of_the_1x_age() {
        for (agent, reader) in [
            ("", ListReader::Legacy),
            ("curl/8", ListReader::Legacy),
            ("Nacos-Java-Client:v0.9.1", ListReader::Legacy),
            ("Nacos-Java-Client:v1.0.0", ListReader::LegacyJava),
            ("Nacos-Java-Client:v1.4.8", ListReader::LegacyJava),
            ("Nacos-Java-Client:v2.0.4", ListReader::Modern),
            ("Nacos-Java-Client:v3.1.1", ListReader::Modern),
            ("Nacos-Go-Client:v1.0.9", ListReader::Legacy),
            ("Nacos-Go-Client:v2.3.5", ListReader::Legacy),
            ("Nacos-Java-Client:v3.2.1-2026.03.30", ListReader::Modern),
            ("1.4.8", ListReader::LegacyJava),
            ("v2.5.1", ListReader::Modern),
            ("Java/17.0.15", ListReader::Legacy),
            ("Nacos-CSharp-Client:v0.10.0-beta", ListReader::Legacy),
            ("Nacos-DNS:v1.0.1", ListReader::Legacy),
        ] {
            assert_eq!(Agent::parse(agent).list_reader(), reader, "{agent}");
        }
    }

    #[test]
    fn version_is_read_with_or_without_prefix_and_suffix() {
        for (text, version) in [
            ("Nacos-Java-Client:v3.2.1-2026.03.30", Some([3, 2, 1])),
            ("Nacos-Java-Client:v1.4.8", Some([1, 4, 8])),
            ("Nacos-Rust-Client:0.8.0", Some([0, 8, 0])),
            ("nodejs-diamond-client/2.6.3", Some([2, 6, 3])),
            ("1.4.8", Some([1, 4, 8])),
            (" v2.5 ", Some([2, 5, 0])),
            ("Nacos-Java-Client:v", None),
            ("Nacos-Java-Client", None),
            ("", None),
            ("curl/8", Some([8, 0, 0])),
        ] {
            assert_eq!(Agent::parse(text).version, version, "{text}");
        }
    }

    #[test]
    fn version_is_read_from_the_header_that_tells() {
        let java = "Nacos-Java-Client:v1.4.8";
        assert_eq!(Agent::telling(Some(java), Some("1.4.8")), java);
        assert_eq!(Agent::telling(Some("Java/17.0.15"), Some("1.4.8")), "1.4.8");
        assert_eq!(Agent::telling(None, Some("Nacos-Go-Client:v2.3.5")), "Nacos-Go-Client:v2.3.5");
        assert_eq!(Agent::telling(Some("curl/8"), None), "curl/8");
        assert_eq!(Agent::telling(None, None), "");
    }

    #[test]
    fn no_feature_is_derived_from_a_go_or_node_version_text() {
        let first = DatagramVersions::default();
        let features = |text| {
            let agent = Agent::parse(text);
            (agent.takes_datagrams(&first), agent.list_reader(), agent.is_at_least([2, 0, 0]))
        };
        let go = features("Nacos-Go-Client:v2.3.5");
        for text in
            ["Nacos-Go-Client:v1.0.9", "Nacos-Go-Client:v2.2.4", "Nacos-Go-Client", "Nacos-Go-Client:next"]
        {
            assert_eq!(features(text), go, "{text}");
        }
        assert_eq!(go, (true, ListReader::Legacy, false));
        assert_eq!(features("nodejs-diamond-client/1.0.0"), features("nodejs-diamond-client/2.6.3"));
        assert!(
            Agent::parse("2.0.0").is_at_least([2, 0, 0]) && !Agent::parse("1.4.8").is_at_least([2, 0, 0])
        );
        assert!(!Agent::parse("curl/8").is_at_least([2, 0, 0]));
    }

    #[test]
    fn only_the_first_dns_agents_read_one_array() {
        for (agent, is_old) in [
            ("Nacos-DNS:v1.0.1", true),
            ("Nacos-DNS:v1.0.2", false),
            ("Nacos-DNS", false),
            ("Nacos-Java-Client:v1.0.0", false),
        ] {
            assert_eq!(Agent::parse(agent).reads_names_of_one_namespace(), is_old, "{agent}");
        }
    }
}
