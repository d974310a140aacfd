use proptest::prelude::*;

use super::*;

/// `target label=value …`, a line for each entry, or the mistake.
fn shown(document: &str) -> String {
    let show = |entry: LabelEntry| {
        let labels: String = entry.labels.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{}{labels}\n", entry.target)
    };
    match parse(document.as_bytes()) {
        Ok(entries) => entries.into_iter().map(show).collect(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn yaml_and_json_say_the_same() {
    let expected = "10.1.0.0/16 room=12 site=hangzhou\n10.1.2.3 site=\ndb-1.example\n";
    let yaml = concat!(
        "# rooms\n",
        "- address: 10.1.0.0/16\n",
        "  labels:\n",
        "    site: hangzhou\n",
        "    room: 12\n",
        "- {address: 10.1.2.3, labels: {site: ''}}\n",
        "- address: DB-1.example\n",
        "  labels: {}\n",
    );
    assert_eq!(shown(yaml), expected);
    let json = r#"[
        {"address": "10.1.0.0/16", "labels": {"site": "hangzhou", "room": "12"}},
        {"labels": {"site": ""}, "address": "10.1.2.3"},
        {"address": "db-1.example", "labels": {}}
    ]"#;
    assert_eq!(shown(json), expected);
    assert_eq!(shown("[]"), "");
    assert_eq!(shown("\u{FEFF}[]\r\n"), "");
}

#[test]
fn labels_may_be_shared_by_an_alias() {
    let document = "- address: 10.0.0.1\n  labels: &a {site: x}\n- address: 10.0.0.2\n  labels: *a\n";
    assert_eq!(shown(document), "10.0.0.1 site=x\n10.0.0.2 site=x\n");
}

#[test]
fn mistakes_are_told_with_their_line() {
    let good = "- address: 10.0.0.1\n  labels: {site: x}\n";
    for (bad, expected) in [
        ("- address: 10.0.0.300\n  labels: {}\n", "line 3: address \"10.0.0.300\" is no IP address"),
        ("- address: 10.0.0.1/32\n  labels: {}\n", "line 3: a second entry about 10.0.0.1"),
        ("- address: 10.0.0.2\n  labels: {'a b': x}\n", "line 3: 10.0.0.2: label \"a b\" is empty, or has"),
        ("- address: 10.0.0.2\n  labels: {'': x}\n", "line 3: 10.0.0.2: label \"\" is empty"),
        ("- address: 10.0.0.2\n", "line 3: "),
        ("- address: 10.0.0.2\n  lables: {}\n", "line 4: "),
        ("- address: 10.0.0.2\n  labels: {a: 1, a: 2}\n", "line 4: "),
        ("- address: 10.0.0.2\n  labels: [a]\n", "line 4: "),
        ("- address: 10.0.0.2\n  labels: {a: {}}\n", "line 4: "),
        ("- address: 10.0.0.2\n  labels: {a: x\n", "line "),
        ("no list\n", "line "),
    ] {
        let told = shown(&format!("{good}{bad}"));
        assert!(told.starts_with(expected), "{bad:?} is told as {told:?}");
        assert!(!told.contains('\n'), "{told:?}");
    }
    assert_eq!(parse(b"[]\n\xff").unwrap_err().to_string(), "line 2: it is not UTF-8");
    for empty in ["", " \n", "# only a comment\n", "---\n", "~"] {
        assert!(shown(empty).starts_with("line "), "{empty:?} is {:?}", shown(empty));
    }
}

#[test]
fn limits_are_named_when_they_are_broken() {
    let labels = |count: usize| (0..count).map(|n| format!("l{n}: v, ")).collect::<String>();
    let entry = |labels: &str| format!("- address: 10.0.0.1\n  labels: {{{labels}}}\n");
    assert!(shown(&entry(&labels(LABELS_MAX))).starts_with("10.0.0.1 "));
    assert!(shown(&entry(&labels(LABELS_MAX + 1))).contains("at most 64 are taken"));
    assert!(shown(&entry(&format!("{}: v", "n".repeat(NAME_MAX + 1)))).contains("longer than 128"));
    assert!(shown(&entry(&format!("n: {}", "v".repeat(VALUE_MAX + 1)))).contains("longer than 512"));
    let many = |count: usize| -> String {
        let address = |n: usize| format!("10.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255);
        (0..count).map(|n| format!("- {{address: {}, labels: {{site: x}}}}\n", address(n))).collect()
    };
    assert!(shown(&many(ENTRIES_MAX + 1)).contains("line 100001: at most 100000 entries"));
    assert_eq!(parse(many(ENTRIES_MAX).as_bytes()).unwrap().len(), ENTRIES_MAX);
}

#[test]
fn alias_bomb_is_refused() {
    let mut bomb = String::from("- &a0 {address: x, labels: {}}\n");
    for level in 1..40 {
        let alias = format!("*a{},", level - 1).repeat(9);
        bomb += &format!("- &a{level} [{alias}]\n");
    }
    assert!(parse(bomb.as_bytes()).is_err());
}

#[test]
fn deep_nesting_is_refused() {
    for open in ["[", "{a: ", "- "] {
        assert!(parse(open.repeat(100_000).as_bytes()).is_err());
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes); // whatever it is, it is told
    }

    #[test]
    fn almost_documents_never_panic(words in prop::collection::vec(
        prop::sample::select(vec![
            "- ", "address", ": ", "labels", "{", "}", "[", "]", ",", "10.0.0.0/8", "::1", "\"", "'", "\n", "  ", "&a ",
            "*a", "|", ">", "---", "...", "#", "?", "!t ", "~", "\t", "%", "<<: ", "é", "\u{0}", "\r",
        ]), 0..40,
    )) {
        let _ = parse(words.concat().as_bytes()); // as above
    }

    #[test]
    fn written_entries_are_read_back(
        entries in prop::collection::btree_map(any::<[u8; 4]>(), prop::collection::btree_map("[a-z._-]{1,8}", "[^\\p{C}]{0,12}", 0..4), 0..8),
    ) {
        let forms: Vec<_> = entries.iter().map(|(ip, labels)| {
            let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name:?}: {}", quoted(value))).collect();
            format!("{{\"address\": \"{}\", \"labels\": {{{}}}}}", std::net::IpAddr::from(*ip), labels.join(", "))
        }).collect();
        let read = parse(format!("[{}]", forms.join(",\n")).as_bytes()).unwrap();
        prop_assert_eq!(read.len(), entries.len());
        for (entry, (ip, labels)) in read.iter().zip(&entries) {
            prop_assert_eq!(&entry.target, &std::net::IpAddr::from(*ip).into());
            let labels: Metadata = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            prop_assert_eq!(&entry.labels, &labels);
        }
    }
}

/// A text in quotes of JSON.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
