//! Health checkers of clusters (`spec/http-naming-core` §8.2; recorded: `ns1-cluster-update` on 2.5.1).

use navaid_core::service::HealthChecker;
use serde::Serialize;

use crate::json::{self, Malformed, object::wire_object};

wire_object! {
    CheckerJson {
        kind: String = "type",
        path: String = "path",
        headers: String = "headers",
        expected_code: i32 = "expectedResponseCode" or 200,
        user: String = "user",
        password: String = "pwd",
        command: String = "cmd",
    }
}

/// Parses a `healthChecker` parameter.
///
/// # Errors
/// Not JSON, no known type, or a status that is none.
pub fn parse(parameter: &str) -> Result<HealthChecker, Malformed> {
    let checker: CheckerJson = json::read(parameter.as_bytes())?;
    Ok(match &*checker.kind {
        "TCP" => HealthChecker::Tcp,
        "NONE" => HealthChecker::None,
        "HTTP" => HealthChecker::Http {
            path: checker.path.into(),
            headers: checker.headers.into(),
            expected_code: u16::try_from(checker.expected_code)
                .map_err(|_| Malformed::of("expectedResponseCode: no HTTP status"))?,
        },
        "MYSQL" => HealthChecker::Mysql {
            user: checker.user.into(),
            password: checker.password.into(),
            command: checker.command.into(),
        },
        _ => return Err(Malformed::of("type: expected TCP, HTTP, MYSQL or NONE")),
    })
}

/// A checker in answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum ShownChecker<'a> {
    #[serde(rename = "TCP")]
    Tcp,
    #[serde(rename = "HTTP")]
    Http {
        path: &'a str,
        headers: &'a str,
        #[serde(rename = "expectedResponseCode")]
        expected_code: u16,
    },
    #[serde(rename = "MYSQL")]
    Mysql { user: &'a str, pwd: &'a str, cmd: &'a str },
    #[serde(rename = "NONE")]
    None,
}

impl<'a> ShownChecker<'a> {
    pub fn of(checker: &'a HealthChecker) -> Self {
        match checker {
            HealthChecker::Tcp => Self::Tcp,
            HealthChecker::Http { path, headers, expected_code } => {
                Self::Http { path, headers, expected_code: *expected_code }
            }
            HealthChecker::Mysql { user, password, command } => {
                Self::Mysql { user, pwd: password, cmd: command }
            }
            HealthChecker::None => Self::None,
        }
    }
}

/// What `…/health/checkers` answers: each kind with its fields at their defaults (recorded:
/// `ns3-admin-cluster-health` on 3.1).
pub const CHECKERS: &str = r#"{"TCP":{},"HTTP":{"path":"","headers":"","expectedResponseCode":200},"MYSQL":{"user":null,"pwd":null,"cmd":null},"NONE":{}}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkers_show_as_they_were_read() {
        for text in [
            r#"{"type":"TCP"}"#,
            r#"{"type":"NONE"}"#,
            r#"{"type":"HTTP","path":"/h","headers":"X-A:b|X-C:d","expectedResponseCode":200}"#,
            r#"{"type":"MYSQL","user":"u","pwd":"p","cmd":"show"}"#,
        ] {
            let checker = parse(text).unwrap();
            assert_eq!(serde_json::to_string(&ShownChecker::of(&checker)).unwrap(), text);
        }
    }

    #[test]
    fn unknown_checkers_are_refused() {
        for bad in ["TCP", "{}", r#"{"type":"tcp"}"#, r#"{"type":"HTTP","expectedResponseCode":-1}"#] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<serde_json::Value>(CHECKERS).is_ok());
    }
}
