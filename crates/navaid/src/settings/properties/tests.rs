use proptest::prelude::*;

use super::*;

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    let read = read(text).expect("the file is well-formed");
    read.entries.into_iter().map(|p| (p.key, p.value)).collect()
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let found = pairs(text.as_bytes());
    let found: Vec<_> = found.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn s2_lines_give_the_keys_and_values_of_a_java_server() {
    check("a=1\na=2", &[("a", "1"), ("a", "2")]);
    check("b = 1 \t\n", &[("b", "1 \t")]);
    check(" \t c:1", &[("c", "1")]);
    check("d 1", &[("d", "1")]);
    check("o   =   v", &[("o", "v")]);
    check("p=:q\nq==r", &[("p", ":q"), ("q", "=r")]);
    check("e\\ f=1\ng\\:h=1\nr\\=s=t", &[("e f", "1"), ("g:h", "1"), ("r=s", "t")]);
    check("n=\nnokey", &[("n", ""), ("nokey", "")]);
    check("=novalue", &[]);
    check("m=x # y ! z\ndd=#x\ncc=\\#x", &[("m", "x # y ! z"), ("dd", "#x"), ("cc", "#x")]);
    check("i=one\\\n   two", &[("i", "onetwo")]);
    check("x=one\\\n# not a comment", &[("x", "one# not a comment")]);
    check("y=one\\\n\nz=1", &[("y", "one"), ("z", "1")]);
    check("j=one\\ \nk=1", &[("j", "one "), ("k", "1")]);
    check("# comment \\\nl=v", &[("l", "v")]);
    check("kk=last\\", &[("kk", "last")]);
    check("t=\\tq\\n\\f\\x\\\\", &[("t", "\tq\n\u{c}x\\")]);
    check("hh=a\\\\\\\\", &[("hh", "a\\\\")]);
    check("\\#ff=1", &[("#ff", "1")]);
    check("u=\\u4e2d", &[("u", "中")]);
    check("smile=\\ud83d\\ude00", &[("smile", "😀")]);
    check("q=\"v\"", &[("q", "\"v\"")]);
    check("---", &[("---", "")]);
    check("! a\n#b\n\n  \n", &[]);
}

#[test]
fn s2_list_key_is_split_into_numbered_keys() {
    check("bb[]=a,b, c ", &[("bb[0]", "a"), ("bb[1]", "b"), ("bb[2]", "c ")]);
    check("bb[]=a ,b", &[("bb[0]", "a "), ("bb[1]", "b")]);
    check("bb[]=", &[("bb[0]", "")]);
    check("bb[]=a,", &[("bb[0]", "a")]);
    check("bb[]=a,,b", &[("bb[0]", "a"), ("bb[1]", ""), ("bb[2]", "b")]);
    check("bb[]=a\\,b", &[("bb[0]", "a,b")]);
}

#[test]
fn s2_every_kind_of_line_end_ends_a_line() {
    check("a=1\r\nb=2\rc=3\nd=4\\\r\n 5", &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "45")]);
}

#[test]
fn s2_bytes_above_ascii_are_latin_1_and_noticed() {
    let read = read(b"# \xE4\nu=\xE4\xB8\xAD\ne=\xE9\n").expect("well-formed");
    assert_eq!(read.entries[0].value, "\u{e4}\u{b8}\u{ad}");
    assert_eq!(read.entries[1].value, "é");
    assert_eq!(read.oddities, [Oddity::NotAscii { line: 2 }, Oddity::NotAscii { line: 3 }]);
}

#[test]
fn s2_byte_order_mark_is_dropped_and_noticed() {
    let read = read(b"\xEF\xBB\xBFa=1\n").expect("well-formed");
    assert_eq!(
        read.entries,
        [Property { line: 1, key: "a".into(), value: "1".into(), backslash_dropped: false }]
    );
    assert_eq!(read.oddities, [Oddity::ByteOrderMark]);
}

#[test]
fn document_separator_is_a_comment_and_noticed() {
    let read = read(b"a=1\n#---\na=2\n!---\n# --- no\n").expect("well-formed");
    assert_eq!(read.entries.len(), 2);
    assert_eq!(read.oddities, [Oddity::Document { line: 2 }, Oddity::Document { line: 4 }]);
}

#[test]
fn lines_are_counted_across_continuations() {
    let read = read(b"# c\na=1\\\n  2\n\nb=3\r\nc=4").expect("well-formed");
    let lines: Vec<_> = read.entries.iter().map(|p| (p.key.as_str(), p.line)).collect();
    assert_eq!(lines, [("a", 2), ("b", 5), ("c", 6)]);
}

#[test]
fn broken_unicode_escape_names_its_line() {
    for text in ["a=1\nb=\\u12", "a=1\nb=\\u12g4", "\nb\\uzzzz=1", "\na=\\u+123"] {
        assert_eq!(read(text.as_bytes()), Err(MalformedEscape { line: 2 }), "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ignored_result_only_panics_matter = read(&bytes);
    }

    #[test]
    fn structured_noise_is_read_without_panic(text in "([a-b\\[\\]=: \t\n\r,#!\\\\u0-9]|\\\\u00e9|\\[\\]=){0,200}") {
        if let Ok(read) = read(text.as_bytes()) {
            prop_assert!(read.entries.iter().all(|p| !p.key.is_empty()));
        }
    }

    #[test]
    fn escaped_text_comes_back(key in "[ -~\u{c}]{1,20}", value in "[ -~\n\r\t]{0,40}") {
        let escape = |text: &str| -> String {
            text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
        };
        let file = format!("{}={}\n", escape(&key), escape(&value));
        let found = pairs(file.as_bytes());
        if key.ends_with("[]") {
            prop_assert!(!found.is_empty());
        } else {
            prop_assert_eq!(found, vec![(key, value)]);
        }
    }
}
