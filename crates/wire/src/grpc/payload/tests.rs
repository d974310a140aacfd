use proptest::prelude::*;

use super::*;

/// `spec/grpc` §16.1 and §16.8: messages as a Java client and a server put them, without the frame header.
const SERVER_CHECK: &str = "121e1a12536572766572436865636b52657175657374420831302e302e302e371a2412227b2268656164657273\
                            223a7b7d2c226d6f64756c65223a22696e7465726e616c227d";
const CONFIG_QUERY: &str = "122b1a12436f6e666967517565727952657175657374\
    3a0b0a03617070120473686f70420831302e302e302e371a6712657b2268656164657273223a7b7d2c22646174614964223a22612e79616d6c\
    222c2267726f7570223a2244454641554c545f47524f5550222c2274656e616e74223a22222c226e6f74696679223a66616c73652c226d6f64\
    756c65223a22636f6e666967227d";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[test]
fn a_java_request_decodes_and_encodes_to_the_same_bytes() {
    let wire = Bytes::from(bytes(SERVER_CHECK));
    let payload = Payload::decode(wire.clone()).unwrap();
    assert_eq!(payload.payload_type(), Some(PayloadType::ServerCheckRequest));
    assert_eq!(payload.client_ip, "10.0.0.7");
    assert_eq!(&*payload.body, br#"{"headers":{},"module":"internal"}"#);
    assert_eq!(payload.encode(), wire);
}

#[test]
fn headers_of_a_request_are_found_in_any_case() {
    let wire = Bytes::from(bytes(CONFIG_QUERY));
    let payload = Payload::decode(wire.clone()).unwrap();
    assert_eq!(payload.headers.get("App"), Some("shop"));
    assert_eq!(Payload::decode(payload.encode()).unwrap(), payload);
}

#[test]
fn a_decoded_body_shares_the_received_bytes() {
    let wire = Bytes::from(bytes(SERVER_CHECK));
    let payload = Payload::decode(wire.clone()).unwrap();
    assert!(wire.as_ptr_range().contains(&payload.body.as_ptr()));
}

#[test]
fn an_empty_message_is_a_payload_without_a_type() {
    let payload = Payload::decode(Bytes::new()).unwrap();
    assert_eq!(payload, Payload::default());
    assert_eq!(payload.payload_type(), None);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(wire: Vec<u8>) {
        let _ = Payload::decode(Bytes::from(wire)); // Ok or Err, both are fine
    }

    #[test]
    fn both_encoders_agree(body: Vec<u8>, ip in "[0-9.:]{0,40}") {
        let payload = Payload {
            type_name: "InstanceRequest".into(),
            client_ip: ip.clone(),
            headers: Headers::default(),
            body: body.clone().into(),
        };
        let wire = encode(PayloadType::InstanceRequest, &ip, &body);
        prop_assert_eq!(Payload::decode(wire.clone()).unwrap(), payload.clone());
        prop_assert_eq!(Payload::decode(payload.encode()).unwrap(), payload);
    }
}
