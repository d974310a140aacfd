//! Which clients understand datagrams, by what they say they are (`spec/naming-semantics` §9.3).

use navaid_core::DatagramVersions;

/// Whether a client that calls itself `agent`, such as `Nacos-Java-Client:v1.4.6`, is of a family that takes datagrams
/// and not older than that family's first version that does.
pub(super) fn takes_datagrams(agent: &str, first: &DatagramVersions) -> bool {
    let first = match agent.split(':').next() {
        Some("Nacos-Java-Client") => &first.java,
        // (!) The gate of the DNS agent bears Python's name.
        Some("Nacos-DNS") => &first.python,
        Some("Nacos-C-Client" | "vip-client4cpp") => &first.c,
        Some("Nacos-Go-Client") => &first.go,
        Some("Nacos-CSharp-Client") => &first.csharp,
        _ => return false,
    };
    let Some((_, version)) = agent.split_once(":v") else { return false };
    version_of(version) >= version_of(first)
}

/// The first three numbers; 0 for what is missing or none.
fn version_of(text: &str) -> [u32; 3] {
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
            assert!(takes_datagrams(agent, &first), "{agent}");
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
            assert!(!takes_datagrams(agent, &first), "{agent}");
        }
    }
}
