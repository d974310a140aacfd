//! Text that must not be seen: its `Debug` and `Display` print `***`.
//!
//! Every raw value of a file, a variable or a flag is kept in a [`Secret`] until a typed leaf takes it,
//! because before that nobody knows which of them is a password. Error messages and `--effective` show a
//! value only after asking [`is_secret`] for the name it was written under.

use std::fmt;

/// What is printed in place of a secret.
pub(crate) const MASK: &str = "***";

/// A text that no log line, error or listing shows by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Parts of names whose values are never shown. JDBC, web hook and label addresses count, because they may carry a
/// password or a token; what is masked without need costs a look into the file, the reverse costs more.
const SECRET_PARTS: [&str; 16] = [
    "passw",
    "passphrase",
    "passcode",
    "pasw",
    "pwd",
    "secret",
    "token",
    "cred",
    "encodingkey",
    "privatekey",
    "accesskey",
    "apikey",
    "identity.value",
    "db.url",
    "webhook.url",
    "naming.labels.url",
];

/// Ends of words that mean a password: `spring.redis.pass`, `DB_PW`, `userPass`.
const SECRET_ENDS: [&str; 2] = ["pass", "pw"];

/// Parts that make a name harmless although it holds one of [`SECRET_PARTS`]: life times and switches.
const HARMLESS_PARTS: [&str; 3] = ["expire.seconds", "expireseconds", "cache.enable"];

/// Whether the value of a key (or of an environment variable) with this name is a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| *c != '-')
        .map(|c| if c == '_' { '.' } else { c.to_ascii_lowercase() })
        .collect();
    let joined = plain.replace('.', "");
    let hits = |part: &str| plain.contains(part) || joined.contains(&part.replace('.', ""));
    let is_password = |word: &str| SECRET_ENDS.iter().any(|end| word.ends_with(end));
    let words = || plain.split(|c: char| !c.is_alphanumeric());
    (SECRET_PARTS.iter().any(|part| hits(part)) || words().any(is_password))
        && !HARMLESS_PARTS.iter().any(|part| hits(part))
}

/// Whether a value must not be shown: its name is that of a secret, or it holds one itself, such as an address with a
/// password or the default of a placeholder for one.
pub(crate) fn conceals(name: &str, text: &str) -> bool {
    let names_a_secret = || text.contains([':', '=']) && is_secret(text);
    let is_login = || text.contains("://") && text.contains('@');
    is_secret(name) || names_a_secret() || is_login()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_in_debug_and_display_is_masked() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "*** *** Some(***)");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn names_of_secrets_in_any_spelling_are_found() {
        for name in [
            "db.password.0",
            "db.password[1]",
            "DB_PASSWORD",
            "nacos.core.auth.plugin.nacos.token.secret.key",
            "nacos.core.auth.plugin.nacos.token.secretKey",
            "nacos.core.auth.default.token.secret.key",
            "nacos.core.auth.server.identity.value",
            "NACOS_AUTH_IDENTITY_VALUE",
            "NACOS_AUTH_TOKEN",
            "MYSQL_SERVICE_PASSWORD",
            "nacos.core.auth.ldap.password",
            "server.ssl.key-store-password",
            "nacos.core.config.plugin.webhook.url",
            "navaid.naming.labels.url",
            "NAVAID_NAMING_LABELS_TOKEN",
            "db.pwd",
            "db.passwrod",
            "spring.redis.pass",
            "DB_PW",
            "PASS",
            "MYSQL_PASS",
            "userPass",
            "nacosPersistEncodingKey",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "nacos.server.main.port",
            "nacos.core.auth.server.identity.key",
            "nacos.core.auth.plugin.nacos.token.expire.seconds",
            "NACOS_AUTH_TOKEN_EXPIRE_SECONDS",
            "nacos.core.auth.plugin.nacos.token.cache.enable",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
