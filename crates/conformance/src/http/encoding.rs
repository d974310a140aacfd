//! Forms, queries and multipart bodies, byte for byte as the recorded clients wrote them.

use anyhow::Result;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::archive;
use crate::json::Json;

/// What a form leaves as it is, a blank excepted, which becomes `+`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b' ');

const BOUNDARY: &str = "conform-part-7c1f";
/// The content type of what [`multipart`] writes.
pub(super) const MULTIPART_TYPE: &str = "multipart/form-data; boundary=conform-part-7c1f";

/// `name=value&…` of an object; a list repeats its name.
pub(super) fn url_encoded(fields: &Json) -> String {
    let mut pairs = Vec::new();
    for (name, value) in fields.fields() {
        let values =
            if let Json::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
        pairs.extend(values.iter().map(|value| format!("{}={}", escaped(name), escaped(&value.bare()))));
    }
    pairs.join("&")
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string().replace(' ', "+")
}

/// A multipart body: each part is a text, or a file `{"filename", "text" or "zip": {entry: text}, "type"}`.
pub(super) fn multipart(parts: &Json) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for (name, part) in parts.fields() {
        out.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"").bytes());
        if let Json::Object(_) = part {
            let text = |key: &str, default: &str| part.get(key).map_or(default.to_owned(), Json::bare);
            let (file, kind) = (text("filename", "file"), text("type", "application/octet-stream"));
            out.extend(format!("; filename=\"{file}\"\r\nContent-Type: {kind}\r\n\r\n").bytes());
            match part.get("zip") {
                Some(entries) => out.extend(archive::pack(entries)?),
                None => out.extend(text("text", "").bytes()),
            }
        } else {
            out.extend(format!("\r\n\r\n{}", part.bare()).bytes());
        }
        out.extend(b"\r\n");
    }
    out.extend(format!("--{BOUNDARY}--\r\n").bytes());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_form(form: &str, expected: &str) {
        assert_eq!(url_encoded(&Json::parse(form).unwrap()), expected);
    }

    #[test]
    fn form_escapes_all_but_unreserved_characters() {
        check_form(r#"{"a b": "x y+*~_.-@/é\u0001"}"#, "a+b=x+y%2B%2A~_.-%40%2F%C3%A9%01");
    }

    #[test]
    fn form_repeats_the_name_for_each_item() {
        check_form(
            r#"{"a": ["1", 2], "n": null, "t": true, "e": "", "none": []}"#,
            "a=1&a=2&n=None&t=True&e=",
        );
    }

    #[test]
    fn multipart_writes_texts_and_files() {
        let parts =
            r#"{"policy": "SKIP", "file": {"filename": "a.txt", "text": "hi", "type": "text/plain"}}"#;
        let written = String::from_utf8(multipart(&Json::parse(parts).unwrap()).unwrap()).unwrap();
        let expected = [
            "--conform-part-7c1f",
            "Content-Disposition: form-data; name=\"policy\"",
            "",
            "SKIP",
            "--conform-part-7c1f",
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"",
            "Content-Type: text/plain",
            "",
            "hi",
            "--conform-part-7c1f--",
            "",
        ];
        assert_eq!(written, expected.join("\r\n"));
        assert!(MULTIPART_TYPE.ends_with(BOUNDARY));
    }
}
