//! What a label of Istio may be (`spec/mesh` §7).

use crate::dns_name::{LABEL_MAX, is_host_name};

/// An optional DNS prefix and a slash, then a name (`spec/mesh` §7).
pub(crate) fn is_key(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(is_host_name) && !name.is_empty() && is_value(name)
}

/// Letters, digits, `-`, `_` and `.` between a letter or digit at each end; or nothing.
pub(crate) fn is_value(value: &str) -> bool {
    let bytes = value.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return true };
    bytes.len() <= LABEL_MAX
        && first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}
