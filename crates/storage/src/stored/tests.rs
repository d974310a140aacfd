use navaid_core::{CapacityRules, Command, Proposal, Timestamp, command::ConfigCommand};
use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::contract::samples;

fn every_command() -> Vec<Proposal> {
    samples::v3().into_iter().map(|command| Proposal { at: Timestamp(1_700_000_000_123), command }).collect()
}

fn encoded() -> Vec<u8> {
    let mut batch = Batch::default();
    every_command().iter().for_each(|proposal| batch.push(proposal));
    batch.encode_to_vec()
}

#[test]
fn every_command_comes_back_as_it_was() {
    assert_eq!(decode_batch(&encoded()), Ok(every_command()));
}

#[test]
fn a_gray_rule_by_labels_comes_back_as_it_was() {
    let rule = navaid_core::GrayRule::Labels {
        rule: navaid_core::LabelRule::parse("env=prod,!old").unwrap(),
        priority: 3,
    };
    let release = navaid_core::GrayRelease {
        name: navaid_core::GrayName::new("canary"),
        rule,
        content: "x".into(),
        md5: navaid_core::ContentMd5::of("x"),
        encrypted_data_key: "".into(),
        app_name: None,
        created_at: Timestamp(1),
        modified_at: Timestamp(2),
        operator: navaid_core::Operator::default(),
    };
    let stored = encode_value(&GrayValue::from(&release));
    assert_eq!(decode_value::<GrayValue>(&stored).unwrap().into_release("canary"), Ok(release));
}

#[test]
fn a_long_content_is_stored_as_a_text_and_packed_when_it_is_loaded() {
    let text = "port: 8848\n".repeat(500);
    let Command::Config(ConfigCommand::Publish(publish)) = crate::contract::publish("a", &text) else {
        panic!("it publishes")
    };
    let (plain, mut packed) = (publish.clone(), publish);
    packed.content = packed.content.packed();
    let stored = |publish| {
        let mut batch = Batch::default();
        batch.push(&Proposal { at: Timestamp(5), command: Command::Config(ConfigCommand::Publish(publish)) });
        batch.encode_to_vec()
    };
    let bytes = stored(packed);
    assert_eq!(bytes, stored(plain));
    let loaded = decode_batch(&bytes).unwrap().remove(0);
    let Command::Config(ConfigCommand::Publish(loaded)) = loaded.command else { panic!("it publishes") };
    assert_eq!((loaded.content.plain(), &*loaded.content.text()), (None, &*text));
}

/// The release before would let in what limits refuse: it must stop instead.
#[test]
fn a_publish_under_limits_is_of_a_higher_level_than_others() {
    let level = |capacity| {
        let mut command = crate::contract::publish("a", "x");
        if let Command::Config(ConfigCommand::Publish(publish)) = &mut command {
            publish.capacity = capacity;
        }
        let mut batch = Batch::default();
        batch.push(&Proposal { at: Timestamp(5), command });
        let bytes = batch.encode_to_vec();
        // The body of the first proposal starts with the field of its level.
        let at = bytes.iter().position(|byte| *byte == 0x08).unwrap();
        bytes[at + 1]
    };
    assert_eq!((level(None), level(Some(CapacityRules::default()))), (1, 2));
}

#[test]
fn a_command_of_a_newer_release_is_refused_as_such() {
    // Proposals of: a higher level; an unknown kind (field 200); no command at all.
    for bytes in [&[0x0A, 2, 0x08, 3][..], &[0x0A, 5, 0x08, 1, 0xC2, 0x0C, 0][..], &[0x0A, 2, 0x08, 1][..]] {
        let decoded = decode_batch(bytes);
        assert!(matches!(decoded, Err(StoredError::Newer { .. })), "{decoded:?}");
    }
}

#[test]
fn a_command_without_a_field_is_refused_by_its_name() {
    // A publish (field 10) with nothing in it.
    assert_eq!(decode_batch(&[0x0A, 4, 0x08, 1, 0x52, 0]), Err(StoredError::Missing("key")));
}

#[test]
fn a_value_of_another_version_is_refused_as_such() {
    let mut value = encode_value(&NamespaceValue::default());
    assert!(decode_value::<NamespaceValue>(&value).is_ok());
    value[0] = 2;
    assert!(matches!(decode_value::<NamespaceValue>(&value), Err(StoredError::Newer { .. })));
    assert_eq!(decode_value::<NamespaceValue>(&[]), Err(StoredError::Missing("version")));
}

#[test]
fn keys_come_back_from_their_texts() {
    let key = crate::contract::key("a.yml");
    assert_eq!(config_key_of_text(key.as_str()), Ok(key));
    assert_eq!(config_key_of_text("public"), Err(StoredError::Missing("key")));
    let service = service_key_of_text("public@@g@@s@x").unwrap();
    assert_eq!((service.namespace(), service.group(), service.name()), ("public", "g", "s@x"));
    assert!(matches!(service_key_of_text("public@@g@@"), Err(StoredError::Name(_))));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        // Reading must end without a panic; what it finds does not matter.
        drop(decode_batch(&bytes));
        drop(decode_value::<ServiceValue>(&bytes));
        drop(decode_value::<ItemValue>(&bytes));
    }

    #[test]
    fn changed_bytes_are_read_or_refused(at in 0..10_000_usize, bit in 0..8_u8) {
        let mut bytes = encoded();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        drop(decode_batch(&bytes));
    }
}
