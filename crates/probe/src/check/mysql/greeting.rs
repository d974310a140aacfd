//! What a MySQL server says first, and the answer that logs in.

use super::{
    broken::Broken,
    fields::Fields,
    proof::{NONCE, Plugin},
};

/// Version of the handshake that all servers of the last twenty years speak.
const HANDSHAKE: u8 = 10;
const LONG_PASSWORD: u32 = 1;
const PROTOCOL_41: u32 = 1 << 9;
const TRANSACTIONS: u32 = 1 << 13;
const SECURE_CONNECTION: u32 = 1 << 15;
/// Statements such as `call` answer with more than one result.
const MULTI_RESULTS: u32 = 1 << 17;
const PLUGIN_AUTH: u32 = 1 << 19;
/// What is offered to a server, which must know the first of [`NEEDED`].
const OFFERED: u32 = LONG_PASSWORD | TRANSACTIONS | MULTI_RESULTS | NEEDED;
const NEEDED: u32 = PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH;
/// Longest packet that is told to be taken.
const PACKET_MAX: u32 = 0xff_ffff;
/// utf8mb4_general_ci, which MySQL and MariaDB know by this number since 5.5.
const UTF8: u8 = 45;

/// See the module.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Greeting {
    pub(super) nonce: [u8; NONCE],
    /// How the server would like clients to log in; the account decides.
    pub(super) plugin: Option<Plugin>,
}

impl Greeting {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Broken> {
        if body.first().is_some_and(|version| *version != HANDSHAKE) {
            return Err(Broken::Garbled("no MySQL server, or one of before 5.5"));
        }
        Self::fields(body).ok_or(Broken::Garbled("no MySQL server: no greeting"))?
    }

    fn fields(body: &[u8]) -> Option<Result<Self, Broken>> {
        let mut fields = Fields(body);
        fields.u8()?;
        fields.text(); // version of the server
        fields.bytes(4)?; // number of the connection
        let start = fields.bytes(8)?;
        fields.bytes(1)?;
        let low = fields.u16()?;
        fields.bytes(3)?; // character set and status
        let capabilities = u32::from(low) | u32::from(fields.u16()?) << 16;
        let nonce_length = usize::from(fields.u8()?);
        fields.bytes(10)?;
        if capabilities & NEEDED != NEEDED {
            return Some(Err(Broken::Garbled("a MySQL server of before 5.5")));
        }
        let rest = fields.bytes(nonce_length.saturating_sub(start.len()).max(NONCE - start.len() + 1))?;
        let mut nonce = [0; NONCE];
        nonce[..start.len()].copy_from_slice(start);
        nonce[start.len()..].copy_from_slice(rest.get(..NONCE - start.len())?);
        Some(Ok(Self { nonce, plugin: Plugin::of(fields.text()) }))
    }
}

/// The packet that answers a greeting.
pub(super) fn login(user: &str, plugin: Plugin, proof: &[u8]) -> Vec<u8> {
    let mut body = OFFERED.to_le_bytes().to_vec();
    body.extend_from_slice(&PACKET_MAX.to_le_bytes());
    body.push(UTF8);
    body.extend_from_slice(&[0; 23]);
    body.extend_from_slice(user.as_bytes());
    body.push(0);
    body.push(u8::try_from(proof.len()).expect("a proof is a digest"));
    body.extend_from_slice(proof);
    body.extend_from_slice(plugin.name().as_bytes());
    body.push(0);
    body
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The greeting of a server with the nonce `abcdefghijklmnopqrst`.
    pub(in crate::check::mysql) fn greeting(plugin: &str) -> Vec<u8> {
        let capabilities = NEEDED.to_le_bytes();
        let mut body = vec![HANDSHAKE];
        body.extend_from_slice(b"8.0.36\0\x07\0\0\0abcdefgh\0");
        body.extend_from_slice(&capabilities[..2]);
        body.extend_from_slice(&[UTF8, 2, 0]);
        body.extend_from_slice(&capabilities[2..]);
        body.push(21);
        body.extend_from_slice(&[0; 10]);
        body.extend_from_slice(b"ijklmnopqrst\0");
        body.extend_from_slice(plugin.as_bytes());
        body.push(0);
        body
    }

    #[test]
    fn greeting_gives_nonce_and_plugin() {
        let expected = Greeting { nonce: *b"abcdefghijklmnopqrst", plugin: Some(Plugin::CachingSha2) };
        assert_eq!(Greeting::parse(&greeting("caching_sha2_password")).unwrap(), expected);
        let other = Greeting::parse(&greeting("sha512_of_tomorrow")).unwrap();
        assert_eq!(other.plugin, None);
    }

    #[test]
    fn greeting_that_is_cut_or_of_another_age_is_told() {
        let whole = greeting("");
        for length in 0..whole.len() - 2 {
            assert!(Greeting::parse(&whole[..length]).is_err(), "{length}");
        }
        let text = |body: &[u8]| match Greeting::parse(body) {
            Err(Broken::Garbled(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text(b"\x09"), "no MySQL server, or one of before 5.5");
        assert_eq!(text(b""), "no MySQL server: no greeting");
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_greeting_without_harm(mut bytes: Vec<u8>) {
            bytes.insert(0, HANDSHAKE);
            let _ = Greeting::parse(&bytes);
        }
    }
}
