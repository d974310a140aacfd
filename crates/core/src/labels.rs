//! What is known of addresses beyond the registry: labels such as `site=hangzhou`, by which the `label` selector
//! chooses (`spec/naming-semantics` §5.5). Who looks them up is the discovery engine; who reads them, a
//! [`LabelSource`](crate::seam::LabelSource).

use std::{fmt, net::IpAddr, str::FromStr, sync::Arc};

use ipnet::IpNet;

use crate::instance::Metadata;

/// Some labels, and whom they are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelEntry {
    pub target: LabelTarget,
    pub labels: Metadata,
}

/// Whom labels are about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LabelTarget {
    /// Addresses; a single one is the range of full length. IPv4 that is written as IPv6 (`::ffff:10.0.0.1`) is IPv4,
    /// and bits behind the prefix are zero.
    Range(IpNet),
    /// A host name in lower case, as instances may be registered with.
    Host(Arc<str>),
}

/// Neither an address, nor a range, nor a host name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no IP address, no range such as 10.1.0.0/16, and no host name")]
pub struct InvalidLabelTarget(pub String);

impl LabelTarget {
    /// Characters that a host name may have, as in DNS.
    pub const HOST_MAX: usize = 253;
}

impl From<IpAddr> for LabelTarget {
    fn from(ip: IpAddr) -> Self {
        Self::Range(IpNet::from(ip.to_canonical()))
    }
}

impl From<IpNet> for LabelTarget {
    fn from(range: IpNet) -> Self {
        /// Length of the prefix under which IPv6 writes IPv4.
        const MAPPED: u8 = 96;
        let mapped = range.prefix_len().checked_sub(MAPPED).filter(|_| range.addr().is_ipv6());
        let v4 = mapped.zip(Some(range.addr().to_canonical()).filter(IpAddr::is_ipv4));
        let range = v4.and_then(|(length, ip)| IpNet::new(ip, length).ok()).unwrap_or(range);
        Self::Range(range.trunc())
    }
}

impl FromStr for LabelTarget {
    type Err = InvalidLabelTarget;

    /// Blanks around are dropped.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(ip.into());
        }
        if let Ok(range) = text.parse::<IpNet>() {
            return Ok(range.into());
        }
        let is_host = text.len() <= Self::HOST_MAX
            && text.chars().any(|c| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        match is_host {
            true => Ok(Self::Host(text.to_ascii_lowercase().into())),
            false => Err(InvalidLabelTarget(text.chars().take(Self::HOST_MAX).collect())),
        }
    }
}

impl fmt::Display for LabelTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) if range.prefix_len() == range.max_prefix_len() => range.addr().fmt(f),
            Self::Range(range) => range.fmt(f),
            Self::Host(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let target = text.parse::<LabelTarget>();
        assert_eq!(target.map_or_else(|_| "refused".to_owned(), |t| t.to_string()), expected, "{text}");
    }

    #[test]
    fn targets_are_read_into_one_form() {
        check(" 10.0.0.1 ", "10.0.0.1");
        check("10.0.0.1/32", "10.0.0.1");
        check("10.1.2.3/16", "10.1.0.0/16");
        check("0.0.0.0/0", "0.0.0.0/0");
        check("fd00:0::1", "fd00::1");
        check("fd00:1::5/32", "fd00:1::/32");
        check("::ffff:10.0.0.1", "10.0.0.1");
        check("::ffff:10.9.0.1/104", "10.0.0.0/8");
        check("::ffff:10.9.0.1/95", "::fffe:0:0/95");
        check("Db-1.Example", "db-1.example");
    }

    #[test]
    fn texts_that_are_no_target_are_refused() {
        for text in
            ["", "10.0.0.300", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "/8", "a b", "fe80::1%e", "1"]
        {
            check(text, "refused");
        }
        check(&"a".repeat(254), "refused");
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_texts_never_panic_and_what_is_read_is_stable(text in "[0-9a-f:./%-]{0,24}|\\PC*") {
            if let Ok(target) = text.parse::<LabelTarget>() {
                proptest::prop_assert_eq!(target.to_string().parse(), Ok(target));
            }
        }
    }
}
