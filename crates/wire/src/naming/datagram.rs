//! Datagrams between the server and clients of the 1.x age (`spec/grpc` §14; recorded: `ns1-udp-push`).
//!
//! What a push holds is written by [`super::service_info::EncodedServiceInfo::udp_packet`].

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde::Deserialize;

/// Packets of this many bytes and more are sent as gzip; clients look at the first two bytes.
pub const GZIP_FROM: usize = 1024;
/// Bytes of the longest acknowledgement that is read: the known ones have some 60.
pub const ACK_MAX: usize = 512;

/// What goes over the network: the packet itself, or its gzip if it is long.
pub fn packed(packet: Vec<u8>) -> Vec<u8> {
    if packet.len() < GZIP_FROM {
        return packet;
    }
    let mut gzip = GzEncoder::new(Vec::with_capacity(packet.len() / 4), Compression::fast());
    let written = gzip.write_all(&packet).and_then(|()| gzip.finish());
    written.expect("writing to memory does not fail")
}

/// The number that an acknowledgement repeats; none for a datagram that is no acknowledgement. (!) Go writes the
/// number as a string.
pub fn read_ack(datagram: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Ack<'a> {
        #[serde(rename = "type", borrow)]
        kind: &'a str,
        #[serde(rename = "lastRefTime")]
        number: Number<'a>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number<'a> {
        Plain(u64),
        Text(&'a str),
    }
    let ack: Ack<'_> = serde_json::from_slice(datagram.get(..ACK_MAX).unwrap_or(datagram)).ok()?;
    if ack.kind != "push-ack" {
        return None;
    }
    match ack.number {
        Number::Plain(number) => Some(number),
        Number::Text(text) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn acknowledgements_of_every_client_are_read() {
        let node = br#"{"type":"push-ack","lastRefTime":4711,"data":""}"#;
        let go = br#"{"type":"push-ack","lastRefTime":"4711","data":""}"#;
        assert_eq!((read_ack(node), read_ack(go)), (Some(4711), Some(4711)));
    }

    #[test]
    fn other_datagrams_acknowledge_nothing() {
        let others = [
            r#"{"type":"unknown-ack","lastRefTime":1,"data":""}"#,
            r#"{"type":"push-ack"}"#,
            r#"{"type":"push-ack","lastRefTime":-1}"#,
            r#"{"type":"push-ack","lastRefTime":"x"}"#,
            "[]",
            "",
        ];
        for other in others {
            assert_eq!(read_ack(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn only_long_packets_are_compressed() {
        assert_eq!(packed(vec![b'a'; GZIP_FROM - 1]), vec![b'a'; GZIP_FROM - 1]);
        let long = packed(vec![b'a'; GZIP_FROM]);
        assert_eq!(long[..2], [0x1f, 0x8b]);
        let mut text = Vec::new();
        GzDecoder::new(&long[..]).read_to_end(&mut text).unwrap();
        assert_eq!(text, vec![b'a'; GZIP_FROM]);
    }

    proptest! {
        #[test]
        fn no_datagram_panics(datagram in proptest::collection::vec(any::<u8>(), 0..ACK_MAX + 9)) {
            let _ = read_ack(&datagram);
        }
    }
}
