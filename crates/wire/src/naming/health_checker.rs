//! Health checkers of clusters (`spec/http-naming-core` §8.2; recorded: `ns1-cluster-update` on 2.5.1).

use navaid_core::service::HealthChecker;
use serde::Serialize;

use crate::json::{self, Malformed, object::wire_object};

/// Bytes of a user: 32 characters in MySQL, 128 in MariaDB, of four bytes each.
const USER_MAX: usize = 512;
/// Bytes of a password; MySQL takes no longer one.
const PASSWORD_MAX: usize = 256;
/// Bytes of a statement.
const COMMAND_MAX: usize = 4_096;

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
/// Not JSON, no known type, a status that is none, or a MySQL account or statement that no server can be asked with.
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
        "MYSQL" => mysql(&checker)?,
        _ => return Err(Malformed::of("type: expected TCP, HTTP, MYSQL or NONE")),
    })
}

/// A user that MySQL can be told, and a statement that it can be asked. (!) The reference takes any, and finds out with
/// every probe.
fn mysql(checker: &CheckerJson) -> Result<HealthChecker, Malformed> {
    let CheckerJson { user, password, command, .. } = checker;
    let lengths = [("user", user, USER_MAX), ("pwd", password, PASSWORD_MAX), ("cmd", command, COMMAND_MAX)];
    for (field, text, max) in lengths {
        if text.len() > max {
            return Err(Malformed::of(format_args!("{field}: longer than {max} bytes")));
        }
    }
    for (field, text) in [("user", user), ("cmd", command)] {
        if text.trim().is_empty() {
            return Err(Malformed::of(format_args!("{field}: missing, MYSQL needs one")));
        }
    }
    for (field, text) in [("user", user), ("pwd", password)] {
        if text.contains('\0') {
            return Err(Malformed::of(format_args!("{field}: holds a NUL")));
        }
    }
    Ok(HealthChecker::Mysql {
        user: user.as_str().into(),
        password: password.as_str().into(),
        command: command.as_str().into(),
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
    fn mysql_checkers_that_no_server_can_be_asked_with_are_refused() {
        let refused = |fields: &str| parse(&format!(r#"{{"type":"MYSQL",{fields}}}"#)).unwrap_err().0;
        assert_eq!(refused(r#""cmd":"select 1""#), "user: missing, MYSQL needs one");
        assert_eq!(refused(r#""user":"u","cmd":" ""#), "cmd: missing, MYSQL needs one");
        assert_eq!(refused(r#""user":"u\u0000","cmd":"c""#), "user: holds a NUL");
        assert!(parse(r#"{"type":"MYSQL","user":"u","cmd":"select 1"}"#).is_ok(), "a password may be empty");
    }

    #[test]
    fn unknown_checkers_are_refused() {
        let long = format!(r#"{{"type":"MYSQL","user":"u","cmd":"{}"}}"#, "x".repeat(4_097));
        assert_eq!(parse(&long).unwrap_err().0, "cmd: longer than 4096 bytes");
        for bad in ["TCP", "{}", r#"{"type":"tcp"}"#, r#"{"type":"HTTP","expectedResponseCode":-1}"#] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<serde_json::Value>(CHECKERS).is_ok());
    }
}
