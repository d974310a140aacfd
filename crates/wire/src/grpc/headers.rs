//! Request headers: names in any case, from the envelope and from the body (`spec/grpc` §2.4, §3.3).

use std::collections::BTreeMap;

/// Name and value pairs; a name is found in any case. Debug output shows names only: values may be tokens.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

/// Name of the application that calls.
pub const APP: &str = "app";
/// Token of a login.
pub const ACCESS_TOKEN: &str = "accessToken";
/// Application name of configuration requests.
pub const CLIENT_APP_NAME: &str = "Client-AppName";
/// Gray tag of configuration requests; also a connection label.
pub const VIPSERVER_TAG: &str = "Vipserver-Tag";
/// `true` when a query follows a change push.
pub const NOTIFY: &str = "notify";

impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the headers that a body carries; those of the envelope win.
    pub fn with_body_headers(mut self, body: BTreeMap<String, String>) -> Self {
        for (name, value) in body {
            if self.get(&name).is_none() {
                self.0.push((name, value));
            }
        }
        self
    }
}

impl FromIterator<(String, String)> for Headers {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelope_headers_win_over_body_headers_in_any_case() {
        let envelope: Headers = [("App".to_owned(), "a".to_owned())].into_iter().collect();
        let body = [("app", "b"), ("accessToken", "t")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let both = envelope.with_body_headers(body.into_iter().collect());
        assert_eq!((both.get("APP"), both.get(ACCESS_TOKEN)), (Some("a"), Some("t")));
        assert!(!format!("{both:?}").contains("\"t\""));
    }
}
