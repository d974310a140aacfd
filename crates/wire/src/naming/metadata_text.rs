//! Metadata as an HTTP parameter (`spec/http-naming-core` §2.4; recorded: `ns1-instance-metadata-syntax`).

use std::collections::BTreeMap;

use navaid_core::Metadata;

use super::instance;
use crate::json;

/// A metadata parameter that is neither JSON nor a list of pairs; displays as the reference's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("metadata format incorrect:{0}")]
pub struct MetadataFormat(pub String);

/// Parses metadata: a JSON object of texts, or `k=v,k2=v2`. Blank is empty; nothing is trimmed.
///
/// # Errors
/// Neither of the two, such as a pair without value.
pub fn parse(text: &str) -> Result<Metadata, MetadataFormat> {
    if text.trim().is_empty() {
        return Ok(Metadata::default());
    }
    if let Ok(pairs) = json::read::<BTreeMap<String, String>>(text.as_bytes()) {
        return Ok(instance::metadata_of(pairs));
    }
    pairs(text).map(|pairs| pairs.into_iter().collect()).ok_or_else(|| MetadataFormat(text.into()))
}

/// The pairs of a list. Empty parts at an end do not count, as Java splits: `a=b=` is a pair, `a=` is none.
fn pairs(text: &str) -> Option<Vec<(&str, &str)>> {
    let pair = |piece: &'_ str| -> Option<(usize, usize)> {
        let key_end = piece.find('=')?;
        let rest = &piece[key_end + 1..];
        let value = rest.trim_end_matches('=');
        (!value.is_empty() && !value.contains('=')).then_some((key_end, key_end + 1 + value.len()))
    };
    let pieces = text.trim_end_matches(',').split(',');
    pieces.map(|piece| pair(piece).map(|(key, end)| (&piece[..key], &piece[key + 1..end]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let metadata = parse(text).unwrap();
        assert_eq!(metadata.iter().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn both_syntaxes_parse_as_recorded() {
        check("", &[]);
        check("{}", &[]);
        check(r#"{"a":"1","b":"x y"}"#, &[("a", "1"), ("b", "x y")]);
        check("a=1,b=2", &[("a", "1"), ("b", "2")]);
        check(r#"{"n":1,"b":true}"#, &[("b", "true"), ("n", "1")]);
        check(" a = 1 , b = 2 ", &[(" a ", " 1 "), (" b ", " 2 ")]);
        check("=v,k=v=,", &[("", "v"), ("k", "v")]);
    }

    #[test]
    fn what_is_no_pair_is_refused_with_the_text() {
        for bad in ["a=", "plain", "a=b=c", ",a=1", "a=1,,b=2", r#"{"a":[]}"#, ","] {
            assert_eq!(parse(bad).unwrap_err().to_string(), format!("metadata format incorrect:{bad}"));
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_texts_never_panic(text in "\\PC*|[a=,{}\":]*") {
            let _ = parse(&text); // Ok or Err, both are fine
        }
    }
}
