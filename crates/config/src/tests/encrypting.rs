use navaid_core::gray::GrayName;

use super::*;
use crate::{
    ConfigError, ConfigField, ConfigProblem, InvalidConfig, TransferItem, TransferPolicy,
    release_params::beta_or_tag,
};

const DOOR: &str = "cipher-aes-door";

fn encrypted(data_id: &str, content: &str, data_key: &str) -> PublishRequest {
    PublishRequest { encrypted_data_key: data_key.into(), ..request(data_id, content) }
}

async fn publish(configs: &Configs, request: PublishRequest) {
    configs.publish(request).await.unwrap();
}

fn data_key_of(configs: &Configs, data_id: &str) -> String {
    configs.item(&key(data_id)).unwrap().encrypted_data_key.to_string()
}

/// A console reads an item and publishes it again with another description: it sends no data key.
#[tokio::test]
async fn same_ciphertext_without_a_key_keeps_the_key() {
    let configs = configs();
    publish(&configs, encrypted(DOOR, "c1", "k1")).await;
    publish(&configs, request(DOOR, "c1")).await;
    assert_eq!(data_key_of(&configs, DOOR), "k1");
    publish(&configs, encrypted(DOOR, "c1", "k2")).await;
    assert_eq!(data_key_of(&configs, DOOR), "k2", "a key that is said wins");
}

/// Recorded: `cs1-client-side-encryption`.
#[tokio::test]
async fn other_content_without_a_key_is_not_encrypted() {
    let configs = configs();
    publish(&configs, encrypted(DOOR, "c1", "k1")).await;
    publish(&configs, request(DOOR, "plain")).await;
    assert_eq!(data_key_of(&configs, DOOR), "");
}

#[tokio::test]
async fn ciphertext_that_is_rolled_back_to_has_its_key_again() {
    let configs = configs();
    publish(&configs, encrypted(DOOR, "c1", "k1")).await;
    for round in 0..40 {
        publish(&configs, encrypted(DOOR, &format!("later-{round}"), "other")).await;
    }
    publish(&configs, request(DOOR, "c1")).await;
    assert_eq!(data_key_of(&configs, DOOR), "k1");
    configs.remove(removal(DOOR, RemoveTarget::Formal)).await.unwrap();
    publish(&configs, request(DOOR, "later-7")).await;
    assert_eq!(data_key_of(&configs, DOOR), "other", "also after the item was removed");
}

#[tokio::test]
async fn beta_that_becomes_the_formal_release_takes_its_key_along() {
    let configs = configs();
    publish(&configs, encrypted(DOOR, "c1", "k1")).await;
    let target = beta_or_tag(Some("10.0.0.1"), None);
    publish(&configs, PublishRequest { target, ..encrypted(DOOR, "trial", "k2") }).await;
    assert_eq!(&*configs.gray(&key(DOOR), &GrayName::beta()).unwrap().encrypted_data_key, "k2");
    publish(&configs, request(DOOR, "trial")).await;
    assert_eq!(data_key_of(&configs, DOOR), "k2");
}

#[tokio::test]
async fn only_data_ids_of_the_plugin_contract_are_looked_up() {
    let configs = configs();
    publish(&configs, encrypted("door", "c1", "k1")).await;
    publish(&configs, request("door", "c1")).await;
    assert_eq!(data_key_of(&configs, "door"), "");
}

#[tokio::test]
async fn copy_and_import_carry_the_key() {
    let configs = configs();
    publish(&configs, encrypted(DOOR, "c1", "k1")).await;
    let copy = TransferItem::copy(&configs.item(&key(DOOR)).unwrap(), key("cipher-aes-copy"));
    let bare = TransferItem {
        key: key(DOOR),
        content: "c1".into(),
        encrypted_data_key: "".into(),
        description: Description::default(),
    };
    let operator = Operator::default();
    configs.transfer(vec![copy, bare], TransferPolicy::Overwrite, &operator).await.unwrap();
    assert_eq!(data_key_of(&configs, "cipher-aes-copy"), "k1");
    assert_eq!(data_key_of(&configs, DOOR), "k1", "an archive without keys does not take them away");
}

#[tokio::test]
async fn key_that_no_header_can_hold_is_refused() {
    let configs = configs();
    for bad in ["two lines\n", "a b", "\u{4E2D}"] {
        let refused = configs.publish(encrypted(DOOR, "c1", bad)).await;
        let invalid =
            InvalidConfig { field: ConfigField::EncryptedDataKey, problem: ConfigProblem::IllegalCharacters };
        assert_eq!(refused, Err(ConfigError::Invalid(invalid)), "{bad:?}");
    }
}
