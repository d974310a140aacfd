//! Headers that an operator adds to HTTP probes, written `Name:value|Name:value` (`spec/naming-semantics` §7.3).

use hyper::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

/// Headers that frame the exchange and are the prober's own.
const RESERVED: [HeaderName; 6] = [CONNECTION, CONTENT_LENGTH, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// Reads the list. (!) As in the reference, an item without exactly one `:` is ignored, so that no value can hold one
/// (`Http#getCustomHeaders`, 2.5). Ignored as well: what HTTP does not allow, and headers that frame a request.
pub(super) fn parse(list: &str) -> HeaderMap {
    list.split('|').filter_map(header).filter(|(name, _)| !RESERVED.contains(name)).collect()
}

fn header(item: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = item.split_once(':').filter(|(_, value)| !value.contains(':'))?;
    let (name, value) = (name.trim(), value.trim());
    if value.is_empty() {
        return None;
    }
    Some((name.parse().ok()?, value.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(list: &str, expected: &[(&str, &str)]) {
        let headers = parse(list);
        let found: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(found, expected, "of {list}");
    }

    #[test]
    fn list_is_split_at_bars_and_colons() {
        check("A:b", &[("a", "b")]);
        check("A: b | Host:x.y", &[("a", "b"), ("host", "x.y")]);
        check("", &[]);
    }

    #[test]
    fn items_that_are_no_header_are_ignored() {
        check("A|B:c:d|:e|F:|G H:i|J:k\r\nL|M:n", &[("m", "n")]);
    }

    #[test]
    fn framing_headers_are_ignored() {
        check("Content-Length:5|transfer-encoding:chunked|Connection:upgrade|A:b", &[("a", "b")]);
    }

    proptest! {
        #[test]
        fn any_text_is_a_list(list in ".*") {
            parse(&list);
        }
    }
}
