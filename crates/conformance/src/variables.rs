//! Variables of a run: `${name}` in what is sent, and their names back in what is answered.

use crate::json::Json;

/// A text shorter than this is replaced by its variable only where it is the whole value: a saved id such as `7` stands
/// in too many places by chance.
const SHORTEST_INNER_TEXT: usize = 4;

/// The variables of one replay, in the order in which they were first set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    entries: Vec<(String, Json)>,
}

impl Variables {
    /// Sets a variable, keeping its place when it is known already.
    pub(crate) fn set(&mut self, name: &str, value: Json) {
        match self.entries.iter_mut().find(|(known, _)| known == name) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((name.to_owned(), value)),
        }
    }

    /// Replaces `${name}` in every text and key of a value and writes out `{"$repeat": [TEXT, TIMES]}`.
    ///
    /// A text that is one variable as a whole becomes that variable's value, whatever its type; an unknown name stays.
    pub(crate) fn substitute(&self, value: &Json) -> Json {
        match value {
            Json::Text(text) => self.substitute_text(text),
            Json::List(items) => Json::List(items.iter().map(|item| self.substitute(item)).collect()),
            Json::Object(fields) => match repetition(fields) {
                Some((text, times)) => self.substitute_text(text).bare().repeat(times).into(),
                None => Json::Object(
                    fields
                        .iter()
                        .map(|(key, value)| (self.substitute_text(key).bare(), self.substitute(value)))
                        .collect(),
                ),
            },
            Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
        }
    }

    /// The inverse: puts `${name}` where a variable's value stands, so that two runs compare. Longer values go first.
    pub(crate) fn abstracted(&self, value: &Json) -> Json {
        let mut texts: Vec<(&str, &str)> =
            self.entries.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_text()?))).collect();
        texts.retain(|(_, text)| !text.is_empty());
        texts.sort_by_key(|(_, text)| std::cmp::Reverse(text.chars().count()));
        abstract_with(&texts, value)
    }

    fn get(&self, name: &str) -> Option<&Json> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn substitute_text(&self, text: &str) -> Json {
        if let Some((name, "")) = text.strip_prefix("${").and_then(|rest| split_name(rest))
            && let Some(value) = self.get(name)
        {
            return value.clone();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            match split_name(&rest[2..]).and_then(|(name, tail)| Some((self.get(name)?, tail))) {
                Some((value, tail)) => {
                    out.push_str(&value.bare());
                    rest = tail;
                }
                None => {
                    out.push_str("${");
                    rest = &rest[2..];
                }
            }
        }
        out.push_str(rest);
        out.into()
    }
}

/// The name before the closing brace and what follows the brace.
fn split_name(text: &str) -> Option<(&str, &str)> {
    let (name, tail) = text.split_once('}')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    is_name.then_some((name, tail))
}

fn repetition(fields: &[(String, Json)]) -> Option<(&str, usize)> {
    let [(key, Json::List(parts))] = fields else { return None };
    let (true, [Json::Text(text), Json::Number(times)]) = (key == "$repeat", parts.as_slice()) else {
        return None;
    };
    Some((text, usize::try_from(times.as_u64()?).ok()?))
}

fn abstract_with(texts: &[(&str, &str)], value: &Json) -> Json {
    match value {
        Json::Text(text) => abstract_text(texts, text).into(),
        Json::List(items) => Json::List(items.iter().map(|item| abstract_with(texts, item)).collect()),
        Json::Object(fields) => Json::Object(
            fields
                .iter()
                .map(|(key, value)| (abstract_text(texts, key), abstract_with(texts, value)))
                .collect(),
        ),
        Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
    }
}

fn abstract_text(texts: &[(&str, &str)], value: &str) -> String {
    let mut value = value.to_owned();
    for (name, text) in texts {
        if (text.chars().count() >= SHORTEST_INNER_TEXT || *text == value) && value.contains(text) {
            value = value.replace(text, &format!("${{{name}}}"));
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(entries: &[(&str, Json)]) -> Variables {
        let mut variables = Variables::default();
        for (name, value) in entries {
            variables.set(name, value.clone());
        }
        variables
    }

    fn check_substitute(text: &str, expected: &str) {
        let known = variables(&[("uid", "u1a2b3".into()), ("count", 7.into())]);
        assert_eq!(known.substitute(&Json::parse(text).unwrap()).to_unicode(), expected);
    }

    fn check_abstract(entries: &[(&str, Json)], text: &str, expected: &str) {
        assert_eq!(variables(entries).abstracted(&Json::parse(text).unwrap()).to_unicode(), expected);
    }

    #[test]
    fn substitute_fills_texts_and_keys() {
        check_substitute(r#"{"${uid}.k": ["a-${uid}-${count}"]}"#, r#"{"u1a2b3.k": ["a-u1a2b3-7"]}"#);
    }

    #[test]
    fn substitute_keeps_the_type_of_a_whole_variable() {
        check_substitute(r#"["${count}", "${count} "]"#, r#"[7, "7 "]"#);
    }

    #[test]
    fn substitute_leaves_unknown_names() {
        check_substitute(
            r#"["${user.name:x}", "${none}", "${", "${}", "$${uid}"]"#,
            r#"["${user.name:x}", "${none}", "${", "${}", "$u1a2b3"]"#,
        );
    }

    #[test]
    fn substitute_writes_out_repetitions() {
        check_substitute(r#"{"$repeat": ["ab", 3]}"#, r#""ababab""#);
        check_substitute(r#"{"$repeat": ["ab", 3], "x": 1}"#, r#"{"$repeat": ["ab", 3], "x": 1}"#);
    }

    #[test]
    fn abstract_restores_the_longest_value_first() {
        let entries = [("id", "abcd".into()), ("whole", "abcdef".into())];
        check_abstract(&entries, r#"{"x-abcd": "abcdef abcd"}"#, r#"{"x-${id}": "${whole} ${id}"}"#);
    }

    #[test]
    fn abstract_takes_a_short_value_only_as_a_whole() {
        check_abstract(&[("id", "12".into())], r#"["12", "112", 12]"#, r#"["${id}", "112", 12]"#);
    }

    #[test]
    fn abstract_ignores_values_that_are_no_text() {
        check_abstract(&[("n", 1234.into()), ("e", "".into())], r#"["1234", ""]"#, r#"["1234", ""]"#);
    }
}
