//! Rules over the labels that clients carry, in the notation of Kubernetes' label selectors: `env=prod,zone in (a, b)`.
//!
//! A rule chooses containers whose addresses change by what they say about themselves. All its requirements must
//! hold. A label that a client does not have equals nothing: `!=` and `notin` hold for it.

use std::{fmt, sync::Arc};

/// Longest expression, in bytes.
pub const EXPRESSION_MAX: usize = 4096;
/// Most requirements of an expression, and most values of one `in`.
pub const TERMS_MAX: usize = 64;

/// A rule that was read from a text; see the module. Equal when the texts are.
#[derive(Clone)]
pub struct LabelRule {
    text: Arc<str>,
    requirements: Arc<[Requirement]>,
}

/// A text that is no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLabelRule {
    #[error("it is longer than {EXPRESSION_MAX} bytes")]
    TooLong,
    #[error("it has more than {TERMS_MAX} requirements or values")]
    TooMany,
    #[error("a requirement is empty")]
    Empty,
    #[error("a name or value has characters other than letters, digits, '_', '-', '.', ':' and '/'")]
    Characters,
    #[error("'in' and 'notin' need their values in parentheses")]
    Parentheses,
}

#[derive(Debug)]
struct Requirement {
    name: Box<str>,
    condition: Condition,
}

#[derive(Debug)]
enum Condition {
    Exists,
    Absent,
    OneOf(Vec<Box<str>>),
    NoneOf(Vec<Box<str>>),
}

impl LabelRule {
    /// Reads a rule.
    ///
    /// # Errors
    /// See [`InvalidLabelRule`].
    pub fn parse(text: &str) -> Result<Self, InvalidLabelRule> {
        if text.len() > EXPRESSION_MAX {
            return Err(InvalidLabelRule::TooLong);
        }
        let terms = split_outside_parentheses(text)?;
        if terms.len() > TERMS_MAX {
            return Err(InvalidLabelRule::TooMany);
        }
        let requirements = terms.into_iter().map(Requirement::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: text.into(), requirements })
    }

    /// The rule as it was written.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Whether all requirements hold for a client; `value_of` tells its labels by name.
    pub fn holds<'l>(&self, value_of: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.requirements.iter().all(|requirement| requirement.holds(value_of(&requirement.name)))
    }
}

impl PartialEq for LabelRule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for LabelRule {}

impl fmt::Debug for LabelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LabelRule").field(&self.text).finish()
    }
}

impl Requirement {
    fn parse(term: &str) -> Result<Self, InvalidLabelRule> {
        if let Some(name) = term.strip_prefix('!') {
            return Ok(Self { name: word(name)?, condition: Condition::Absent });
        }
        if let Some((name, value)) = term.split_once("!=") {
            return Ok(Self { name: word(name)?, condition: Condition::NoneOf(vec![value_of(value)?]) });
        }
        if let Some((name, value)) = term.split_once('=') {
            let value = value_of(value.strip_prefix('=').unwrap_or(value))?;
            return Ok(Self { name: word(name)?, condition: Condition::OneOf(vec![value]) });
        }
        let Some((name, rest)) = term.split_once(char::is_whitespace) else {
            return Ok(Self { name: word(term)?, condition: Condition::Exists });
        };
        let rest = rest.trim_start();
        let condition = if let Some(list) = rest.strip_prefix("notin") {
            Condition::NoneOf(values(list)?)
        } else if let Some(list) = rest.strip_prefix("in") {
            Condition::OneOf(values(list)?)
        } else {
            return Err(InvalidLabelRule::Characters);
        };
        Ok(Self { name: word(name)?, condition })
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let among = |values: &[Box<str>]| value.is_some_and(|value| values.iter().any(|v| **v == *value));
        match &self.condition {
            Condition::Exists => value.is_some(),
            Condition::Absent => value.is_none(),
            Condition::OneOf(values) => among(values),
            Condition::NoneOf(values) => !among(values),
        }
    }
}

/// The terms between commas that stand in no parentheses, trimmed; none is empty.
fn split_outside_parentheses(text: &str) -> Result<Vec<&str>, InvalidLabelRule> {
    let (mut terms, mut start, mut is_inside) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '(' if is_inside => return Err(InvalidLabelRule::Parentheses),
            '(' => is_inside = true,
            ')' if !is_inside => return Err(InvalidLabelRule::Parentheses),
            ')' => is_inside = false,
            ',' if !is_inside => {
                terms.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(text[start..].trim());
    match (is_inside, terms.iter().any(|term| term.is_empty())) {
        (true, _) => Err(InvalidLabelRule::Parentheses),
        (_, true) => Err(InvalidLabelRule::Empty),
        (false, false) => Ok(terms),
    }
}

/// `(a, b)`.
fn values(list: &str) -> Result<Vec<Box<str>>, InvalidLabelRule> {
    let inner = list.trim().strip_prefix('(').and_then(|list| list.strip_suffix(')'));
    let values: Vec<_> = inner.ok_or(InvalidLabelRule::Parentheses)?.split(',').collect();
    if values.len() > TERMS_MAX {
        return Err(InvalidLabelRule::TooMany);
    }
    values.into_iter().map(word).collect()
}

/// A value after `=` may be empty.
fn value_of(text: &str) -> Result<Box<str>, InvalidLabelRule> {
    if text.trim().is_empty() { Ok(Box::default()) } else { word(text) }
}

fn word(text: &str) -> Result<Box<str>, InvalidLabelRule> {
    let text = text.trim();
    let is_legal = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    match text {
        "" => Err(InvalidLabelRule::Empty),
        text if text.chars().all(is_legal) => Ok(text.into()),
        _ => Err(InvalidLabelRule::Characters),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn holds(rule: &str, labels: &[(&str, &'static str)]) -> bool {
        let labels: BTreeMap<_, _> = labels.iter().copied().collect();
        LabelRule::parse(rule).unwrap().holds(|name| labels.get(name).copied())
    }

    #[test]
    fn every_requirement_must_hold() {
        let client = [("env", "prod"), ("zone", "b"), ("v", "")];
        for (rule, expected) in [
            ("env=prod", true),
            ("env == prod , zone in (a, b)", true),
            ("env=prod,zone in (a)", false),
            ("zone notin (a,c)", true),
            ("zone notin (a,b)", false),
            ("env", true),
            ("canary", false),
            ("!canary", true),
            ("!env", false),
            ("env!=test", true),
            ("canary!=yes", true),
            ("canary notin (yes)", true),
            ("canary in (yes)", false),
            ("v=", true),
            ("env=", false),
        ] {
            assert_eq!(holds(rule, &client), expected, "{rule}");
        }
    }

    #[test]
    fn texts_that_are_no_rule_say_why() {
        use InvalidLabelRule as Invalid;
        for (text, why) in [
            ("", Invalid::Empty),
            ("a=1,", Invalid::Empty),
            ("=1", Invalid::Empty),
            ("a in (x,)", Invalid::Empty),
            ("a in x", Invalid::Parentheses),
            ("a in (x", Invalid::Parentheses),
            ("a in ((x))", Invalid::Parentheses),
            ("a b c", Invalid::Characters),
            ("a=b c", Invalid::Characters),
            ("a>1", Invalid::Characters),
        ] {
            assert_eq!(LabelRule::parse(text), Err(why), "{text}");
        }
        assert_eq!(LabelRule::parse(&"a".repeat(EXPRESSION_MAX + 1)), Err(Invalid::TooLong));
        assert_eq!(LabelRule::parse(&vec!["a"; TERMS_MAX + 1].join(",")), Err(Invalid::TooMany));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}", value in "[a-z]{0,3}") {
            if let Ok(rule) = LabelRule::parse(&text) {
                let _whether = rule.holds(|_| Some(&value));
                prop_assert_eq!(&**rule.text(), text.as_str());
            }
        }
    }
}
