//! What a name in the DNS may be (`spec/mesh` §7).

/// Longest DNS label.
pub(crate) const LABEL_MAX: usize = 63;
/// Longest host name that resolvers take.
pub(crate) const HOST_MAX: usize = 253;

/// Whether every label is a DNS label, and the whole not too long.
pub fn is_host_name(text: &str) -> bool {
    text.len() <= HOST_MAX && text.split('.').all(is_label)
}

/// `[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?`, at most [`LABEL_MAX`] characters.
pub(crate) fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    bytes.len() <= LABEL_MAX
        && first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_letters_digits_and_inner_hyphens() {
        let (longest, longer) = ("a".repeat(LABEL_MAX), "a".repeat(LABEL_MAX + 1));
        for label in ["a", "A1", "a-b", "0", longest.as_str()] {
            assert!(is_label(label), "{label}");
        }
        for label in ["", "-a", "a-", "a_b", "a:b", "\u{e4}", longer.as_str()] {
            assert!(!is_label(label), "{label}");
        }
        assert!(is_host_name("a.b-c.D") && !is_host_name("a..b") && !is_host_name("a.") && !is_host_name(""));
    }
}
