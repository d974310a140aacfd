//! Configuration. Contents have 1 KiB and differ from each other, so that no server may skip a write.

use crate::grpc::Message;

/// Bytes of a content.
pub(crate) const CONTENT_LENGTH: usize = 1024;
const GROUP: &str = "DEFAULT_GROUP";

/// Publishes the content of that number.
pub(crate) fn publish(data_id: &str, number: u64) -> Message {
    let body = format!(
        r#"{{"dataId":"{data_id}","group":"{GROUP}","tenant":"","content":"{}","additionMap":{{"type":"properties"}},"module":"config"}}"#,
        content(number)
    );
    Message::new("ConfigPublishRequest", body)
}

/// Reads an item.
pub(crate) fn query(data_id: &str) -> Message {
    let body = format!(r#"{{"dataId":"{data_id}","group":"{GROUP}","tenant":"","module":"config"}}"#);
    Message::new("ConfigQueryRequest", body)
}

/// Listens to an item.
pub(crate) fn listen(data_id: &str) -> Message {
    let body = format!(
        r#"{{"listen":true,"configListenContexts":[{{"group":"{GROUP}","md5":"","dataId":"{data_id}","tenant":""}}],"module":"config"}}"#
    );
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

/// Letters only, so that neither JSON nor a form makes it longer.
fn content(number: u64) -> String {
    let head = format!("number-{number}-");
    let body = "abcdefghijklmnopqrstuvwxyz".chars().cycle().take(CONTENT_LENGTH - head.len());
    head.chars().chain(body).collect()
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
}
