//! Why a conversation with a MySQL server did not come to its good end.

use std::io;

use crate::finding::Finding;

/// Characters kept of what a server says; it is kept for each of the last probes.
const TEXT_MAX: usize = 200;

#[derive(Debug)]
pub(super) enum Broken {
    /// Nothing came, or not all, in time.
    Silent,
    Io(io::Error),
    /// Not what a MySQL server says.
    Garbled(&'static str),
    /// It refused the login or the statement, in its own words.
    Refused(String),
    /// It wants a login that is not known here.
    UnknownLogin(String),
    /// It takes no writes.
    ReadOnly,
}

impl Broken {
    /// What it comes to. Any error of SQL counts at once, as does any other but silence: the reference cannot tell
    /// these apart. Texts are a server's: they are cut, and the password is taken out, which a hostile one may echo.
    pub(super) fn into_finding(self, password: &str) -> Finding {
        let reason = match self {
            Self::Silent => return Finding::TimedOut,
            Self::ReadOnly => return Finding::ReadOnly,
            Self::Io(error) => match Finding::of(&error) {
                other @ (Finding::TimedOut | Finding::NotProbed { .. }) => return other,
                _ => error.to_string(),
            },
            Self::Garbled(what) => what.to_owned(),
            Self::Refused(text) => shown(&text, password),
            Self::UnknownLogin(name) => format!("login '{}' is not available", shown(&name, password)),
        };
        Finding::SqlFailed { reason: reason.into() }
    }
}

fn shown(text: &str, password: &str) -> String {
    let hidden = if password.is_empty() { text.to_owned() } else { text.replace(password, "***") };
    hidden.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TEXT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(broken: Broken) -> String {
        match broken.into_finding("pass") {
            Finding::SqlFailed { reason } => reason.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn texts_of_a_server_are_cut_and_hide_the_password() {
        assert_eq!(reason(Broken::Refused("no pass\u{1b}[1m, passed".into())), "no *** [1m, ***ed");
        assert_eq!(reason(Broken::Refused("x".repeat(70_000))).len(), TEXT_MAX);
        assert_eq!(reason(Broken::UnknownLogin("pass".into())), "login '***' is not available");
    }

    #[test]
    fn what_this_server_lacks_is_no_error_of_the_other() {
        let error = rustix::io::Errno::NOMEM.into();
        assert!(matches!(Broken::Io(error).into_finding(""), Finding::NotProbed { .. }));
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(reason(Broken::Io(reset)), "connection reset");
    }
}
