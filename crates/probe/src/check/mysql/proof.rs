//! How a password is proven: never in clear, whatever the server asks for.

use rsa::{PublicKey, pkcs8::DecodePublicKey};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::broken::Broken;

/// Bytes of the number that a server wants mixed into the proof.
pub(super) const NONCE: usize = 20;

/// Ways to log in; a server names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plugin {
    /// Accounts of MariaDB and of MySQL before 8.
    Native,
    /// Accounts of MySQL since 8.
    CachingSha2,
}

impl Plugin {
    const ALL: [Self; 2] = [Self::Native, Self::CachingSha2];

    /// None for one that is not known.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|plugin| plugin.name().as_bytes() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Native => "mysql_native_password",
            Self::CachingSha2 => "caching_sha2_password",
        }
    }

    /// Proves that the password is known; empty for an empty one.
    pub(super) fn proof(self, password: &str, nonce: &[u8; NONCE]) -> Vec<u8> {
        if password.is_empty() {
            return Vec::new();
        }
        match self {
            Self::Native => {
                let once = Sha1::digest(password);
                let mixed = Sha1::new().chain_update(nonce).chain_update(Sha1::digest(once)).finalize();
                xor(&once, &mixed)
            }
            Self::CachingSha2 => {
                let once = Sha256::digest(password);
                let mixed = Sha256::new().chain_update(Sha256::digest(once)).chain_update(nonce).finalize();
                xor(&once, &mixed)
            }
        }
    }
}

/// The password for the eyes of the holder of `key` (PEM) alone: what a server wants that has not seen the account log
/// in since it started. (!) Who the holder is, is not proven.
pub(super) fn sealed(password: &str, nonce: &[u8; NONCE], key: &[u8]) -> Result<Vec<u8>, Broken> {
    let key = std::str::from_utf8(key).ok().map(|key| key.trim_end_matches('\0'));
    let key = key.and_then(|key| PublicKey::from_public_key_pem(key).ok());
    let key = key.ok_or(Broken::Garbled("the server's public key cannot be read"))?;
    let password = password.bytes().chain([0]).zip(nonce.iter().cycle()).map(|(byte, nonce)| byte ^ nonce);
    key.oaep_encrypt::<Sha1>(&password.collect::<Vec<_>>())
        .map_err(|_| Broken::Garbled("the password does not fit the server's public key"))
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(one, other)| one ^ other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a server checks a proof: it knows the digest of the digest only.
    #[test]
    fn proof_gives_the_digest_that_a_server_knows() {
        let nonce = b"abcdefghijklmnopqrst";
        let stored = Sha1::digest(Sha1::digest("secret"));
        let mask = Sha1::new().chain_update(nonce).chain_update(stored).finalize();
        let once = xor(&Plugin::Native.proof("secret", nonce), &mask);
        assert_eq!(Sha1::digest(once), stored);
        let stored = Sha256::digest(Sha256::digest("secret"));
        let mask = Sha256::new().chain_update(stored).chain_update(nonce).finalize();
        let once = xor(&Plugin::CachingSha2.proof("secret", nonce), &mask);
        assert_eq!(Sha256::digest(once), stored);
        assert!(Plugin::Native.proof("", nonce).is_empty());
    }

    #[test]
    fn plugins_are_known_by_their_names() {
        assert_eq!(Plugin::of(b"mysql_native_password"), Some(Plugin::Native));
        assert_eq!(Plugin::of(b"mysql_clear_password"), None);
    }

    #[test]
    fn key_that_is_none_is_told() {
        for key in [&b""[..], b"\xff", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            assert!(matches!(sealed("p", &[1; NONCE], key), Err(Broken::Garbled(_))));
        }
    }
}
