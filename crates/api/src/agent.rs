//! What a client says it is: its family and version, such as `Nacos-Java-Client:v1.4.6`
//! (`spec/http-naming-core` §7.3). Old protocols depend on it; whether a call is allowed never does.

use navaid_core::DatagramVersions;

/// Numbers of a version, most significant first.
type Version = [u32; 3];

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
    pub(crate) fn parse(text: &'a str) -> Self {
        let family = text.split(':').next().unwrap_or_default();
        let version = text.split_once(":v").map(|(_, version)| version_of(version));
        Self { family, version }
    }

    /// Whether it is of a family that takes datagrams and not older than that family's first version that does
    /// (`spec/naming-semantics` §9.3).
    pub(crate) fn takes_datagrams(&self, first: &DatagramVersions) -> bool {
        let first = match self.family {
            "Nacos-Java-Client" => &first.java,
            // (!) The gate of the DNS agent bears Python's name.
            "Nacos-DNS" => &first.python,
            "Nacos-C-Client" | "vip-client4cpp" => &first.c,
            "Nacos-Go-Client" => &first.go,
            "Nacos-CSharp-Client" => &first.csharp,
            _ => return false,
        };
        self.version.is_some_and(|version| version >= version_of(first))
    }

    /// Who does not say that it is of Nacos 2 or later is taken for a client of the 1.x age, which does others no harm.
    pub(crate) fn list_reader(&self) -> ListReader {
        match self.version {
            Some(version) if version >= [2, 0, 0] && self.family.starts_with("Nacos-") => ListReader::Modern,
            Some(version) if version >= [1, 0, 0] && self.family == "Nacos-Java-Client" => {
                ListReader::LegacyJava
            }
            _ => ListReader::Legacy,
        }
    }

    /// A DNS agent that reads its list of names as one array (`spec/dns` §3).
    pub(crate) fn reads_names_of_one_namespace(&self) -> bool {
        self.family == "Nacos-DNS" && self.version.is_some_and(|version| version <= [1, 0, 1])
    }
}

/// The first three numbers; 0 for what is missing or none.
fn version_of(text: &str) -> Version {
    let mut numbers = text.split(['.', '-', ' ']).map(|part| part.parse().unwrap_or(0));
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
            ("Nacos-Go-Client:v2.3.5", ListReader::Modern),
            ("Nacos-CSharp-Client:v0.10.0-beta", ListReader::Legacy),
            ("Nacos-DNS:v1.0.1", ListReader::Legacy),
        ] {
            assert_eq!(Agent::parse(agent).list_reader(), reader, "{agent}");
        }
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
