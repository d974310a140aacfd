//! The parameters of a call: query string, form body and multipart fields, merged as a servlet merges them
//! (`spec/http-config-auth` §2, `spec/http-naming-core` §2.1).

use std::fmt::Write as _;

use bytes::Bytes;

use super::failure::{Failure, Missing};

/// Parameters that one call may have, over all its sources.
const PARAMS_MAX: usize = 10_000;

/// A file of a multipart body.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) content: Bytes,
}

/// Named texts in order of arrival; the query comes first, so its value wins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    uploads: Vec<Upload>,
}

impl Params {
    /// Reads `application/x-www-form-urlencoded` text (a query or a form). Bytes that are no UTF-8 become U+FFFD, as
    /// in the reference; pairs beyond [`PARAMS_MAX`] refuse the call.
    pub(crate) fn read_encoded(&mut self, encoded: &[u8]) -> Result<(), Failure> {
        for (name, value) in form_urlencoded::parse(encoded) {
            self.push(name.into_owned(), value.into_owned())?;
        }
        Ok(())
    }

    pub(crate) fn push(&mut self, name: String, value: String) -> Result<(), Failure> {
        if self.pairs.len() >= PARAMS_MAX {
            return Err(Failure::illegal(format!("a call may have at most {PARAMS_MAX} parameters")));
        }
        self.pairs.push((name, value));
        Ok(())
    }

    /// Puts a value before all others, so that it is the one that counts: what the path says.
    pub(crate) fn prefer(&mut self, name: &str, value: String) {
        self.pairs.insert(0, (name.to_owned(), value));
    }

    pub(crate) fn push_upload(&mut self, upload: Upload) {
        self.uploads.push(upload);
    }

    /// The uploaded file of that field.
    pub(crate) fn upload(&self, name: &str) -> Option<&Upload> {
        self.uploads.iter().find(|upload| upload.name == name)
    }

    /// The first value, as sent; present but empty is `Some("")`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first value, trimmed, unless it is blank.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// The first of several names that has a value that is not blank.
    pub(crate) fn text_of(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A value that must be there and not be empty.
    pub(crate) fn required(&self, name: &'static str, missing: Missing) -> Result<&str, Failure> {
        self.text(name).ok_or(Failure::Missing { name, missing })
    }

    /// A value that must be there, but may be empty (`group=` counts as present in configuration calls).
    pub(crate) fn present(&self, name: &'static str, missing: Missing) -> Result<&str, Failure> {
        self.get(name).ok_or(Failure::Missing { name, missing })
    }

    /// A whole number, or `default` where the parameter is absent or blank.
    ///
    /// # Errors
    /// The text is no whole number of the type's range; see [`named_number`].
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, Failure> {
        self.text(name).map_or(Ok(default), |text| named_number(name, text))
    }

    /// `true` in any case is true, everything else false; `default` where absent or blank.
    pub(crate) fn strict_flag(&self, name: &str, default: bool) -> bool {
        self.text(name).map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }
}

/// Parses a whole number with the error text that every generation shows for one that is none.
pub(crate) fn parse_number<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::illegal(format!("For input string: \"{text}\"")))
}

/// Parses a whole number with an error text that names its parameter, where no recorded one must be repeated.
pub(crate) fn named_number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::illegal(format!("parameter '{name}': For input string: \"{text}\"")))
}

/// Refuses a page number or size below 1, as lists of v3 do (recorded: `cs3-admin-refused`).
pub(crate) fn check_positive(name: &str, number: i64) -> Result<(), Failure> {
    if number >= 1 {
        return Ok(());
    }
    Err(Failure::illegal(format!(
        "Required parameter '{name}' should be positive integer, current is {number}"
    )))
}

/// Percent-encodes as Java's `URLEncoder` does: letters, digits and `.-*_` stay, a blank becomes `+`.
pub(crate) fn java_url_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + text.len() / 4);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => {
                encoded.push(char::from(byte))
            }
            b' ' => encoded.push('+'),
            _ => write!(encoded, "%{byte:02X}").expect("writing to a string cannot fail"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str, form: &str) -> Params {
        let mut params = Params::default();
        params.read_encoded(query.as_bytes()).unwrap();
        params.read_encoded(form.as_bytes()).unwrap();
        params
    }

    #[test]
    fn the_query_wins_over_the_form() {
        let params = params("a=1&b=", "a=2&b=3&c=%E4%B8%AD+x");
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(params.get("b"), Some(""));
        assert_eq!(params.text("b"), None);
        assert_eq!(params.get("c"), Some("\u{4E2D} x"));
    }

    #[test]
    fn a_preferred_value_wins_over_query_and_form() {
        let mut params = params("a=1", "a=2");
        params.prefer("a", "0".into());
        assert_eq!(params.get("a"), Some("0"));
    }

    #[test]
    fn numbers_default_when_blank_and_name_their_text_when_wrong() {
        let params = params("n=5&bad=abc&blank=+", "");
        assert_eq!(params.number("n", 1).unwrap(), 5);
        assert_eq!(params.number("blank", 7).unwrap(), 7);
        let failure = params.number::<u16>("bad", 1).unwrap_err();
        assert!(format!("{failure:?}").contains("abc"), "{failure:?}");
    }

    #[test]
    fn too_many_parameters_are_refused() {
        let query = "a=1&".repeat(PARAMS_MAX + 1);
        assert!(Params::default().read_encoded(query.as_bytes()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let mut params = Params::default();
            params.read_encoded(&bytes).unwrap();
        }
    }
}
