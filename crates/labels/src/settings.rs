//! Where labels come from, as an operator set it.

use std::{fmt, path::PathBuf, time::Duration};

use ::http::{HeaderValue, Uri, uri::Scheme};

/// Where labels come from, and how much may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelSettings {
    pub origin: LabelOrigin,
    /// Bytes that the labels may have as they are written.
    pub size_max: usize,
}

/// One of the kinds of sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelOrigin {
    /// Relative paths start from the working directory.
    File(PathBuf),
    Http(HttpSettings),
}

/// An endpoint, and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    pub url: LabelUrl,
    /// From the end of one exchange to the next.
    pub interval: Duration,
    /// For a whole exchange.
    pub timeout: Duration,
    pub token: Option<BearerToken>,
}

/// An `http://` address without user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct LabelUrl(Uri);

impl LabelUrl {
    /// None for anything else: there is no TLS yet, and what is in an address ends in logs.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.trim().parse().ok()?;
        let authority = uri.authority()?;
        let fits = uri.scheme() == Some(&Scheme::HTTP)
            && !uri.host()?.is_empty()
            && !authority.as_str().contains('@');
        fits.then_some(Self(uri))
    }

    /// As it was written.
    pub fn as_uri(&self) -> &Uri {
        &self.0
    }

    /// Without the query, which may hold a secret.
    pub(crate) fn place(&self) -> String {
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        format!("http://{authority}{}", self.0.path())
    }

    /// Where to connect to; brackets of an IPv6 address dropped.
    pub(crate) fn host_and_port(&self) -> (&str, u16) {
        let host = self.0.host().unwrap_or_default();
        (host.trim_start_matches('[').trim_end_matches(']'), self.0.port_u16().unwrap_or(80))
    }
}

impl fmt::Debug for LabelUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())
    }
}

/// What an endpoint wants to see in `Authorization`; `Debug` does not show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BearerToken(HeaderValue);

impl BearerToken {
    /// None if it cannot be sent in a header.
    pub fn parse(text: &str) -> Option<Self> {
        let is_sendable = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let mut value = HeaderValue::try_from(format!("Bearer {text}")).ok().filter(|_| is_sendable)?;
        value.set_sensitive(true);
        Some(Self(value))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_plain_http_without_credentials() {
        let url = LabelUrl::parse(" http://[::1]:81/l?key=s ").unwrap();
        assert_eq!((url.host_and_port(), url.place()), (("::1", 81), "http://[::1]:81/l".into()));
        assert_eq!(LabelUrl::parse("http://cmdb").unwrap().host_and_port(), ("cmdb", 80));
        for text in [
            "",
            "https://cmdb/",
            "cmdb:80",
            "/labels",
            "http://",
            "http://u:p@cmdb/",
            "ftp://cmdb/",
            "http://a b/",
        ] {
            assert_eq!(LabelUrl::parse(text), None, "{text}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let (url, token) = (LabelUrl::parse("http://h/?key=hunter2"), BearerToken::parse("hunter2"));
        let shown = format!("{url:?} {token:?}");
        assert!(url.is_some() && token.is_some() && !shown.contains("hunter2"), "{shown}");
        assert_eq!(BearerToken::parse("a\nb"), None);
        assert_eq!(BearerToken::parse(""), None);
    }
}
