//! Both comparisons of two contents in one answer.

use navaid_core::ConfigType;
use serde::Serialize;

use crate::{
    format::Format,
    keyed::{self, KeyChanges},
    text::{self, Hunks},
    tree,
};

/// One of the contents, with what tells its format.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    pub data_id: &'a str,
    pub kind: Option<ConfigType>,
    pub content: &'a str,
    /// A ciphertext has no keys to be read.
    pub is_encrypted: bool,
}

/// How two contents differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    pub identical: bool,
    pub text: Hunks,
    /// The formats by which keys were read; null where there are no keys.
    pub left_format: Option<Format>,
    pub right_format: Option<Format>,
    /// Null where one of the contents has no keys, or cannot be read by its format.
    pub keys: Option<KeyChanges>,
    /// Why there are none although both formats have keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_problem: Option<String>,
}

/// Compares two contents. Takes up to some seconds for the largest.
pub fn compare(left: &Side<'_>, right: &Side<'_>) -> Comparison {
    let (left_format, right_format) = (left.format(), right.format());
    let (keys, keys_problem) = match (left_format, right_format) {
        (Some(left_format), Some(right_format)) => match keys((left_format, left), (right_format, right)) {
            Ok(changes) => (Some(changes), None),
            Err(problem) => (None, Some(problem)),
        },
        _ => (None, None),
    };
    Comparison {
        identical: left.content == right.content,
        text: text::diff(left.content, right.content),
        left_format,
        right_format,
        keys,
        keys_problem,
    }
}

impl Side<'_> {
    fn format(&self) -> Option<Format> {
        if self.is_encrypted { None } else { Format::of(self.kind, self.data_id) }
    }
}

fn keys(left: (Format, &Side<'_>), right: (Format, &Side<'_>)) -> Result<KeyChanges, String> {
    let read = |(format, side): (Format, &Side<'_>), name| {
        tree::read(format, side.content).map_err(|why| format!("the {name} content: {why}"))
    };
    Ok(keyed::diff(read(left, "left")?, read(right, "right")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side<'a>(data_id: &'a str, content: &'a str) -> Side<'a> {
        Side { data_id, kind: None, content, is_encrypted: false }
    }

    #[test]
    fn an_order_that_means_nothing_is_a_change_of_the_text_alone() {
        let found = compare(&side("a.yaml", "a: 1\nb: 2\n"), &side("b.json", r#"{"b":2,"a":1}"#));
        assert!(!found.identical && !found.text.hunks.is_empty());
        assert_eq!(found.keys, Some(KeyChanges::default()));
    }

    #[test]
    fn a_content_that_cannot_be_read_is_compared_as_text_and_the_answer_says_why() {
        let found = compare(&side("a.json", "{}"), &side("a.json", "{"));
        assert_eq!(found.keys, None);
        let problem = found.keys_problem.unwrap();
        assert!(problem.starts_with("the right content: it cannot be read as Json"), "{problem}");
    }

    #[test]
    fn texts_and_ciphertexts_have_no_keys() {
        let text = compare(&side("a.txt", "x"), &side("a.txt", "x"));
        assert!(text.identical && text.keys.is_none() && text.keys_problem.is_none());
        let secret = Side { is_encrypted: true, ..side("a.json", "{}") };
        assert_eq!(compare(&secret, &side("a.json", "{}")).left_format, None);
    }
}
