//! Configuration. Contents differ from each other, so that no server may skip a write. They have 1 KiB, but where
//! items are to be many and real.

use md5::{Digest, Md5};

use crate::grpc::Message;

/// Bytes of a content.
pub(crate) const CONTENT_LENGTH: usize = 1024;
/// Least bytes of a content of [`publish_settings`]. They vary, 5 KB on average, because an allocator has sizes that it
/// likes: a single length would measure luck.
pub(crate) const SETTINGS_LENGTH_MIN: usize = 4_000;
/// How many lengths there are.
const SETTINGS_LENGTHS: u64 = 2_001;
/// Spreads numbers that follow each other over the lengths; has no divisor in common with their count.
const LENGTH_STEP: u64 = 1_237;
/// The number of a content of [`publish_settings`] that has 5 000 bytes.
pub(crate) const OF_5_KB: u64 = 973;
const GROUP: &str = "DEFAULT_GROUP";

/// Publishes the content of that number.
pub(crate) fn publish(data_id: &str, number: u64) -> Message {
    let body = format!(
        r#"{{"dataId":"{data_id}","group":"{GROUP}","tenant":"","content":"{}","additionMap":{{"type":"properties"}},"module":"config"}}"#,
        content(number)
    );
    Message::new("ConfigPublishRequest", body)
}

/// Publishes what looks like the settings of a service, of that number.
pub(crate) fn publish_settings(data_id: &str, number: u64) -> Message {
    publish_yaml(data_id, &settings(number).replace('\n', "\\n"))
}

/// Publishes a content of such a length that no server can make shorter, as if it were encrypted.
pub(crate) fn publish_noise(data_id: &str, number: u64) -> Message {
    publish_yaml(data_id, &noise(number))
}

fn publish_yaml(data_id: &str, content: &str) -> Message {
    let body = format!(
        r#"{{"dataId":"{data_id}","group":"{GROUP}","tenant":"","content":"{content}","additionMap":{{"type":"yaml"}},"module":"config"}}"#
    );
    Message::new("ConfigPublishRequest", body)
}

/// Path and query of a page of ten of the items whose data ids match, by pages that count from 1.
pub(crate) fn search_path(data_id: &str, page: u64) -> String {
    format!("{POST_PATH}?search=blur&dataId={data_id}&group=&pageNo={page}&pageSize=10")
}

/// Reads an item.
pub(crate) fn query(data_id: &str) -> Message {
    let body = format!(r#"{{"dataId":"{data_id}","group":"{GROUP}","tenant":"","module":"config"}}"#);
    Message::new("ConfigQueryRequest", body)
}

/// Listens to an item that the client does not hold.
pub(crate) fn listen(data_id: &str) -> Message {
    listen_to_all([(data_id.to_owned(), None)])
}

/// Listens to items by data id, each held with the content of that number or not at all.
pub(crate) fn listen_to_all(items: impl IntoIterator<Item = (String, Option<u64>)>) -> Message {
    let contexts = items.into_iter().map(|(data_id, held)| {
        let md5 = held.map(digest).unwrap_or_default();
        format!(r#"{{"group":"{GROUP}","md5":"{md5}","dataId":"{data_id}","tenant":""}}"#)
    });
    let contexts = contexts.collect::<Vec<_>>().join(",");
    let body = format!(r#"{{"listen":true,"configListenContexts":[{contexts}],"module":"config"}}"#);
    Message::new("ConfigBatchListenRequest", body)
}

/// Path and query of an item over HTTP.
pub(crate) fn get_path(data_id: &str) -> String {
    format!("{POST_PATH}?dataId={data_id}&group={GROUP}")
}

/// Where forms of [`publish_form`] go.
pub(crate) const POST_PATH: &str = "/nacos/v1/cs/configs";

/// The form that publishes the content of that number.
pub(crate) fn publish_form(data_id: &str, number: u64) -> String {
    format!("dataId={data_id}&group={GROUP}&type=properties&content={}", content(number))
}

/// Where forms of [`listening_form`] go.
pub(crate) const POLL_PATH: &str = "/nacos/v1/cs/configs/listener";

/// The form that polls an item while the client holds the content of that number.
pub(crate) fn listening_form(data_id: &str, number: u64) -> String {
    let md5 = digest(number);
    format!("Listening-Configs={data_id}%02{GROUP}%02{md5}%01")
}

/// MD5 of the content of that number, in hex.
fn digest(number: u64) -> String {
    Md5::digest(content(number)).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Letters only, so that neither JSON nor a form makes it longer.
fn content(number: u64) -> String {
    let head = format!("number-{number}-");
    let body = "abcdefghijklmnopqrstuvwxyz".chars().cycle().take(CONTENT_LENGTH - head.len());
    head.chars().chain(body).collect()
}

/// Letters, digits, `#`, `-`, `:`, blanks and line feeds only.
fn settings(number: u64) -> String {
    const WORDS: [&str; 16] = [
        "server",
        "database",
        "pool",
        "timeout",
        "retry",
        "enabled",
        "host",
        "redis",
        "kafka",
        "topic",
        "group",
        "region",
        "replica",
        "interval",
        "threshold",
        "logging",
    ];
    let mut text = format!("# settings of service {number}\n");
    let length = settings_length(number);
    let mut dice = number;
    while text.len() < length {
        dice = thrown(dice);
        let word = |shift: u32| WORDS[(dice >> shift) as usize % WORDS.len()];
        text += &format!("{}-{}:\n  {}: {}\n", word(60), word(56), word(52), dice >> 44);
    }
    text.truncate(length);
    text
}

fn settings_length(number: u64) -> usize {
    SETTINGS_LENGTH_MIN + (number * LENGTH_STEP % SETTINGS_LENGTHS) as usize
}

/// Base64 without a pattern.
fn noise(number: u64) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let dice = std::iter::successors(Some(thrown(number)), |dice| Some(thrown(*dice)));
    dice.take(settings_length(number)).map(|dice| char::from(DIGITS[(dice >> 58) as usize])).collect()
}

/// Knuth's linear congruential generator: the same contents in every run.
fn thrown(dice: u64) -> u64 {
    dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_differ_and_are_one_kibibyte_long() {
        assert_ne!(content(1), content(2));
        for number in [0, 7, 123_456_789] {
            assert_eq!(content(number).len(), CONTENT_LENGTH);
        }
    }

    #[test]
    fn settings_differ_and_have_five_kilobytes_on_average() {
        assert_ne!(settings(1), settings(2));
        assert!(settings(7).starts_with("# settings of service 7\n"));
        let lengths = (0..SETTINGS_LENGTHS).map(|number| settings(number).len());
        assert_eq!(lengths.sum::<usize>(), 5_000 * SETTINGS_LENGTHS as usize);
        assert_eq!((settings(OF_5_KB).len(), noise(OF_5_KB).len()), (5_000, 5_000));
    }
}
