//! Long polling: the keys a client asks about, and the answer that names the changed ones
//! (`spec/config-semantics` §4; recorded: `cs1-poll-*`).
//!
//! ```text
//! request   dataId 02 group 02 md5 [02 tenant] 01  …      form decoded, then percent decoded once more
//! answer    dataId 02 group [02 tenant] 01  …             percent encoded, then one newline
//! ```

use std::borrow::Cow;

use navaid_core::{ConfigKey, DataId, GroupName, NamespaceId};

use crate::param::ParamError;

/// Most keys of one request.
pub const KEYS_MAX: usize = 10_000;

const WORD_END: char = '\u{2}';
const LINE_END: char = '\u{1}';

/// One key of a request, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListeningKey {
    pub data_id: String,
    pub group: String,
    /// None when absent or empty (Python): the answer then leaves it out.
    pub tenant: Option<String>,
    /// What the client has; empty for nothing. Compared as text, case included.
    pub md5: String,
}

/// A `Listening-Configs` that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListeningError {
    /// Absent or blank.
    #[error("invalid probeModify")]
    Blank,
    /// A line with too few or too many words.
    #[error("invalid probeModify")]
    Malformed,
    #[error("invalid probeModify: more than {max} keys")]
    TooMany {
        /// How many there may be.
        max: usize,
    },
}

impl ListeningKey {
    /// The item that the key names.
    ///
    /// # Errors
    /// Tenant, data id or group is refused.
    pub fn config_key(&self) -> Result<ConfigKey, ParamError> {
        let namespace = NamespaceId::parse_tenant(self.tenant.as_deref().unwrap_or_default())?;
        let data_id = DataId::parse(&self.data_id)?;
        Ok(ConfigKey::new(&namespace, &GroupName::parse(&self.group)?, &data_id))
    }
}

/// Parses the value of `Listening-Configs` as the form gave it. A last line without its end is checked but does not
/// count. Keys that occur twice are kept twice: the last one counts.
///
/// # Errors
/// Blank, malformed, or more than [`KEYS_MAX`] keys.
pub fn parse(value: &str) -> Result<Vec<ListeningKey>, ListeningError> {
    if value.trim().is_empty() {
        return Err(ListeningError::Blank);
    }
    let value = decode_again(value);
    let mut keys = Vec::new();
    let mut lines = value.split(LINE_END).peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_none() {
            check_unterminated(line)?;
            break;
        }
        if keys.len() == KEYS_MAX {
            return Err(ListeningError::TooMany { max: KEYS_MAX });
        }
        keys.push(key(line).ok_or(ListeningError::Malformed)?);
    }
    Ok(keys)
}

/// The reference decodes the value once more than the form does. An escape that is none stays as it is.
fn decode_again(value: &str) -> Cow<'_, str> {
    if !value.contains(['%', '+']) {
        return value.into();
    }
    let blanks = value.replace('+', " ");
    percent_encoding::percent_decode_str(&blanks).decode_utf8_lossy().into_owned().into()
}

fn key(line: &str) -> Option<ListeningKey> {
    let mut words = line.split(WORD_END);
    let (data_id, group, md5) = (words.next()?, words.next()?, words.next()?);
    let tenant = words.next().filter(|tenant| !tenant.is_empty());
    words.next().is_none().then(|| ListeningKey {
        data_id: data_id.into(),
        group: group.into(),
        tenant: tenant.map(Into::into),
        md5: md5.into(),
    })
}

/// What the parameter check of the reference demands of every line.
fn check_unterminated(line: &str) -> Result<(), ListeningError> {
    let words = line.trim_end_matches(WORD_END).split(WORD_END).count();
    if line.is_empty() || (2..=4).contains(&words) { Ok(()) } else { Err(ListeningError::Malformed) }
}

/// Encodes the answer: the changed keys and a newline. Nothing changed is an empty body, not this.
pub fn encode<'a>(changed: impl IntoIterator<Item = &'a ListeningKey>) -> String {
    let mut out = String::new();
    for key in changed {
        let words = [&*key.data_id, &*key.group].into_iter().chain(key.tenant.as_deref());
        for (at, word) in words.enumerate() {
            if at > 0 {
                out.push_str("%02");
            }
            out.extend(form_urlencoded::byte_serialize(word.as_bytes()));
        }
        out.push_str("%01");
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(value: &str) -> Vec<[String; 4]> {
        let keys = parse(value).unwrap().into_iter();
        keys.map(|key| [key.data_id, key.group, key.md5, key.tenant.unwrap_or("-".into())]).collect()
    }

    #[test]
    fn both_forms_of_a_key_parse() {
        assert_eq!(words("a\u{2}G\u{2}m\u{1}"), [["a", "G", "m", "-"]]);
        assert_eq!(
            words("a\u{2}G\u{2}m\u{2}t1\u{1}b\u{2}G\u{2}\u{2}\u{1}"),
            [["a", "G", "m", "t1"], ["b", "G", "", "-"]]
        );
    }

    #[test]
    fn the_value_is_decoded_once_more() {
        assert_eq!(words("a%2Eb%02G%02m%01"), [["a.b", "G", "m", "-"]]);
        assert_eq!(words("a%zz\u{2}G\u{2}m\u{1}"), [["a%zz", "G", "m", "-"]]);
    }

    /// Recorded: `cs1-poll-malformed` on 2.5.1.
    #[test]
    fn malformed_values_are_refused_as_recorded() {
        for blank in ["", "   "] {
            assert_eq!(parse(blank), Err(ListeningError::Blank));
        }
        for bad in [
            "a\u{2}G\u{2}m\u{2}t\u{2}more\u{1}",
            "a\u{1}",
            "a\u{2}G\u{1}",
            "plain text",
            "a\u{2}G\u{2}m\u{1}rest",
            "\u{1}",
        ] {
            assert_eq!(parse(bad), Err(ListeningError::Malformed), "{bad:?}");
        }
        assert_eq!(parse("a\u{2}G\u{2}m"), Ok(Vec::new()));
    }

    #[test]
    fn a_key_too_many_is_refused() {
        let line = "a\u{2}G\u{2}m\u{1}";
        assert_eq!(parse(&line.repeat(KEYS_MAX)).unwrap().len(), KEYS_MAX);
        let refused = parse(&line.repeat(KEYS_MAX + 1)).unwrap_err();
        assert_eq!(refused, ListeningError::TooMany { max: KEYS_MAX });
        assert_eq!(refused.to_string(), "invalid probeModify: more than 10000 keys");
    }

    /// Recorded: `cs1-poll-immediate` and `cs1-poll-tenants` on 2.5.1.
    #[test]
    fn an_answer_is_encoded_with_its_newline_outside() {
        let keys = parse("a.yml\u{2}G\u{2}m\u{2}t1\u{1}b c\u{2}G\u{2}\u{1}").unwrap();
        assert_eq!(encode(&keys), "a.yml%02G%02t1%01b+c%02G%01\n");
    }

    #[test]
    fn a_key_names_an_item_or_the_refused_part() {
        let key = &parse("a\u{2}G\u{2}m\u{2}PUBLIC\u{1}").unwrap()[0];
        assert_eq!(key.config_key().unwrap().to_string(), "public/G/a");
        let bad = &parse("a b\u{2}G\u{2}m\u{1}").unwrap()[0];
        assert_eq!(bad.config_key().unwrap_err().param(), "dataId");
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_texts_never_panic(value in "\\PC*|[a\\x01\\x02%+0-9]*") {
            let _ = parse(&value); // Ok or Err, both are fine
        }
    }
}
