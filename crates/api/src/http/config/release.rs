//! Reading: which release a client gets, and the headers that tell about it (`spec/config-semantics` §3).

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use navaid_config::{AppLabels, ClientLabels, RequestedTag, Served, ServedRelease};
use navaid_core::{ConfigKey, Content, GrayRule, Timestamp};

use crate::http::{call::Call, params::java_url_encode, reply::Reply};

/// What a read or a poll says when there is nothing for the client.
pub(crate) const ABSENT: &str = "config data not exist";

/// The header by which a client names its tag.
pub(crate) const TAG_HEADER: &str = "vipserver-tag";

/// The header by which a client names its application.
const APP_HEADER: &str = "client-appname";

/// The release of an item for the client of this call; `tag` is the tag that it requires, if any.
pub(crate) fn read(call: &Call, key: &ConfigKey, tag: Option<&str>) -> Option<Served> {
    let (ip, app) = (call.client_ip(), app_labels(call));
    let tag = RequestedTag::of(tag, call.header(TAG_HEADER));
    call.node.configs.read(key, &ClientLabels { ip: &ip, tag, app: app.as_ref() })
}

/// Over HTTP a client tells no more of its application than the name.
pub(crate) fn app_labels(call: &Call) -> Option<AppLabels> {
    call.header(APP_HEADER).map(|name| AppLabels::new([(AppLabels::APP_NAME, name)]))
}

/// A content as the body of an answer, which shares what is kept unpacked.
pub(crate) fn body(content: &Content) -> Bytes {
    match content.plain() {
        Some(text) => Bytes::from_owner(Arc::<[u8]>::from(Arc::clone(text))),
        None => content.text().into_owned().into(),
    }
}

/// The tag of a release that is for one, encoded for headers and answers.
pub(crate) fn tag_of(release: &ServedRelease) -> Option<String> {
    match release {
        ServedRelease::Gray { rule: GrayRule::Tag { tag }, .. } => Some(java_url_encode(tag)),
        ServedRelease::Gray { rule: GrayRule::Beta { .. } | GrayRule::Labels { .. }, .. }
        | ServedRelease::Formal => None,
    }
}

pub(crate) fn is_beta(release: &ServedRelease) -> bool {
    matches!(release, ServedRelease::Gray { rule: GrayRule::Beta { .. }, .. })
}

/// Data key of a release as answers show it: a gray one has none unless it is encrypted.
pub(crate) fn data_key(served: &Served) -> Option<&str> {
    let hidden = served.release != ServedRelease::Formal && served.encrypted_data_key.is_empty();
    (!hidden).then_some(&*served.encrypted_data_key)
}

/// Adds what an answer of v1 and v2 tells of the release beside its content.
pub(crate) fn with_headers(reply: Reply, served: &Served) -> Reply {
    let mut reply = reply
        .uncached()
        .with_header("config-type", served.kind.as_word())
        .with_header("content-md5", &served.md5.to_string())
        .with_header("last-modified", &http_date(served.modified_at));
    if is_beta(&served.release) {
        reply = reply.with_header("isbeta", "true");
    }
    if let Some(tag) = tag_of(&served.release) {
        reply = reply.with_header("tag", &tag);
    }
    match data_key(served) {
        Some(key) => reply.with_header("encrypted-data-key", key),
        None => reply,
    }
}

fn http_date(at: Timestamp) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(at.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_answered_as_it_was_published_packed_or_not() {
        for (text, is_packed) in [("port: 8848\n".to_owned(), false), ("port: 8848\n".repeat(500), true)] {
            let kept = Content::from(&*text).packed();
            assert_eq!((kept.plain().is_none(), body(&kept)), (is_packed, text.into()));
        }
    }
}
