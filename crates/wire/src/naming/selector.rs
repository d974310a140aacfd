//! Selectors of services (`spec/naming-semantics` §5.5; recorded: `ns1-service-selectors` on 2.5.1).

use std::sync::Arc;

use navaid_core::service::Selector;
use serde::Serialize;

use crate::json::{self, object::wire_object};

/// Words of `type`, as `…/selector/types` lists them.
pub const TYPES: [&str; 2] = ["label", "none"];

const CONSUMER: &str = "CONSUMER.label.";
const PROVIDER: &str = "PROVIDER.label.";

wire_object! {
    SelectorJson {
        kind: String = "type",
        expression: String = "expression",
    }
}

/// A selector parameter that is refused; displays as the reference's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Absent or unknown type: 400, in v2 and v3 code 21006.
    #[error("not match any type of selector!")]
    Type,
    /// Not JSON, or an expression outside the grammar: 500.
    #[error("Selector parses failed: {0}")]
    Parse(String),
}

/// Parses a `selector` parameter, which the reference decodes once more than the form does. Blank is none.
///
/// # Errors
/// No such type, or an expression that is none.
pub fn parse(parameter: &str) -> Result<Selector, SelectorError> {
    if parameter.trim().is_empty() {
        return Ok(Selector::None);
    }
    let blanks = parameter.replace('+', " ");
    let text = percent_encoding::percent_decode_str(&blanks).decode_utf8_lossy();
    let selector: SelectorJson =
        json::read(text.as_bytes()).map_err(|problem| SelectorError::Parse(problem.to_string()))?;
    match &*selector.kind {
        "none" => Ok(Selector::None),
        "label" => label(&selector.expression),
        _ => Err(SelectorError::Type),
    }
}

/// `CONSUMER.label.a = PROVIDER.label.a & …`, blanks anywhere; both names of a term are equal.
fn label(expression: &str) -> Result<Selector, SelectorError> {
    let refused = || SelectorError::Parse("parse expression failed!".into());
    let compact: String = expression.chars().filter(|c| !c.is_whitespace()).collect();
    let terms = compact.split('&').filter(|_| !compact.is_empty());
    let labels: Option<Vec<Arc<str>>> = terms.map(label_of_term).collect();
    let mut labels = labels.ok_or_else(refused)?;
    labels.sort();
    labels.dedup();
    Ok(Selector::Label { expression: expression.into(), labels: labels.into() })
}

fn label_of_term(term: &str) -> Option<Arc<str>> {
    let (consumer, provider) = term.split_once('=')?;
    let (consumer, provider) = (consumer.strip_prefix(CONSUMER)?, provider.strip_prefix(PROVIDER)?);
    (!consumer.is_empty() && consumer == provider).then(|| consumer.into())
}

/// A selector in answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum ShownSelector<'a> {
    #[serde(rename = "none")]
    None {
        #[serde(rename = "contextType")]
        context: &'static str,
    },
    #[serde(rename = "label")]
    Label {
        expression: &'a str,
        labels: &'a [Arc<str>],
        #[serde(rename = "contextType")]
        context: &'static str,
    },
}

impl<'a> ShownSelector<'a> {
    pub fn of(selector: &'a Selector) -> Self {
        match selector {
            Selector::None => Self::None { context: "NONE" },
            Selector::Label { expression, labels } => Self::Label { expression, labels, context: "CMDB" },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parameter: &str) -> String {
        serde_json::to_string(&ShownSelector::of(&parse(parameter).unwrap())).unwrap()
    }

    #[test]
    fn selectors_read_and_show_as_recorded() {
        assert_eq!(shown(""), r#"{"type":"none","contextType":"NONE"}"#);
        assert_eq!(shown(r#"{"type":"none"}"#), r#"{"type":"none","contextType":"NONE"}"#);
        let label = r#"{"type":"label","expression":"CONSUMER.label.site = PROVIDER.label.site"}"#;
        let expected = concat!(
            r#"{"type":"label","expression":"CONSUMER.label.site = PROVIDER.label.site","labels":["site"],"#,
            r#""contextType":"CMDB"}"#
        );
        assert_eq!(shown(label), expected);
        let encoded: String = form_urlencoded::byte_serialize(label.as_bytes()).collect();
        assert_eq!(shown(&encoded), expected);
    }

    #[test]
    fn refused_selectors_say_why() {
        let refused = |parameter: &str| parse(parameter).unwrap_err().to_string();
        for unknown in [r#"{"type":"nosuch"}"#, r#"{"expression":"x"}"#] {
            assert_eq!(refused(unknown), "not match any type of selector!");
        }
        for expression in
            ["CONSUMER.label.a = PROVIDER.label.b", "a=a", "CONSUMER.label.=PROVIDER.label.", "&"]
        {
            let parameter = format!(r#"{{"type":"label","expression":"{expression}"}}"#);
            let encoded: String = form_urlencoded::byte_serialize(parameter.as_bytes()).collect();
            assert_eq!(refused(&encoded), "Selector parses failed: parse expression failed!", "{expression}");
        }
        assert!(refused("x").starts_with("Selector parses failed: "));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_texts_never_panic(text in "\\PC*") {
            let _ = parse(&text); // Ok or Err, both are fine
            let _ = label(&text); // as above
        }
    }
}
