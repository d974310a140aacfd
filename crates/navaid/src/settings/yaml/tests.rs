use proptest::prelude::*;

use super::*;

fn pairs(text: &str) -> Vec<(String, String)> {
    let documents = read(text.as_bytes()).expect("the file is well-formed");
    documents.into_iter().flatten().map(|property| (property.key, property.value)).collect()
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    assert_eq!(pairs(text), expected, "{text}");
}

fn refused(text: &str, line: u32, part: &str) {
    let error = read(text.as_bytes()).expect_err(text);
    assert!(error.line == line && error.problem.contains(part), "{text:?}: {error:?}");
}

/// The rows of section 7, and more of the same rules.
#[test]
fn s7_scalars_are_typed_and_turned_to_text_again() {
    for (written, text) in [
        ("8848", "8848"),
        ("\"0123\"", "0123"),
        ("'0123'", "0123"),
        ("!!str 0123", "0123"),
        ("2026-11-27", "2026-11-27"),
        ("0123", "83"),
        ("0x1F", "31"),
        ("0b101", "5"),
        ("1_000", "1000"),
        ("-017", "-15"),
        ("+5", "5"),
        ("08", "08"),
        ("0o17", "0o17"),
        ("1e3", "1000.0"),
        ("1.10", "1.1"),
        ("1.", "1.0"),
        (".5", "0.5"),
        ("-0.0", "-0.0"),
        ("1e10", "1.0E10"),
        ("1.25e-5", "1.25E-5"),
        (".inf", "Infinity"),
        ("-.inf", "-Infinity"),
        (".nan", "NaN"),
        ("12:30:45", "45045"),
        ("1:30.5", "90.5"),
        ("12:61", "12:61"),
        ("1.2.3", "1.2.3"),
        ("10.0.0.1", "10.0.0.1"),
        ("99999999999999999999", "99999999999999999999"),
        ("on", "true"),
        ("yes", "true"),
        ("True", "true"),
        ("Off", "false"),
        ("n", "n"),
        ("y", "y"),
        ("tRUE", "tRUE"),
        ("~", ""),
        ("", ""),
        ("null", ""),
        ("[]", ""),
        ("e", "e"),
        ("_1", "_1"),
        ("1_e3", "1000.0"),
        ("${X:0123}", "${X:0123}"),
    ] {
        check(&format!("k: {written}\n"), &[("k", text)]);
    }
}

#[test]
fn s7_lists_and_nested_keys_become_flat_keys() {
    check("k: [a, 010]\n", &[("k[0]", "a"), ("k[1]", "8")]);
    check("k:\n- a\n- b: 1\n  c: 2\n", &[("k[0]", "a"), ("k[1].b", "1"), ("k[1].c", "2")]);
    check("nested: {b.c: 2}\n", &[("nested.b.c", "2")]);
    check("db:\n  url:\n    0: x\n", &[("db.url[0]", "x")]);
    check("# nothing\n", &[]);
    check("", &[]);
    check("\u{feff}a: 1\r\nb: |\r\n  two\r\n  lines\r\n", &[("a", "1"), ("b", "two\nlines\n")]);
    check(
        "a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}\n",
        &[("a.p", "1"), ("a.q", "2"), ("b.p", "1"), ("b.q", "2"), ("c.q", "3"), ("c.p", "1")],
    );
}

#[test]
fn s7_keys_that_are_one_after_typing_stop_the_start() {
    refused("on: 1\nyes: 2\n", 2, "a second time");
    refused("a: 1\nb: 1\na: 2\n", 3, "the key a comes a second time");
    refused("8: 1\n0x8: 2\n", 2, "a second time");
    check("true: 1\n'true': 2\n", &[("[true]", "1"), ("true", "2")]);
}

#[test]
fn documents_stay_apart_and_lines_are_counted() {
    let documents = read(b"a: 1\n---\n\nb:\n  c: 2\n---\n").expect("well-formed");
    let lines: Vec<Vec<_>> = documents
        .iter()
        .map(|document| document.iter().map(|property| (property.key.as_str(), property.line)).collect())
        .collect();
    assert_eq!(lines, [vec![("a", 1)], vec![("b.c", 5)], vec![]]);
}

#[test]
fn what_is_no_settings_file_is_refused_with_its_line() {
    refused("a: 1\nb: [\n", 2, "well-formed");
    refused("- a\n", 1, "expected keys");
    refused("text\n", 1, "expected keys");
    refused("a: 1\nb: !!java.net.URL [x]\n", 2, "tags");
    refused("a: 1\nb: !mine x\n", 2, "tags");
    refused("a: &x [*x]\n", 1, "");
    refused("a: *nobody\n", 1, "");
    refused("[a]: 1\n", 1, "");
    refused("a: {<<: 1}\n", 1, "merged");
    let error = read(b"a: 1\nb: \xFF\n").expect_err("no UTF-8");
    assert_eq!((error.line, error.problem.as_str()), (2, "it is not UTF-8"));
}

#[test]
fn files_that_would_take_the_memory_are_refused() {
    let deep = "[".repeat(10_000);
    assert!(read(format!("a: {deep}").as_bytes()).is_err());
    let deep: String = (0..200).map(|level| format!("{}k:\n", " ".repeat(level))).collect();
    assert!(read(deep.as_bytes()).is_err());
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let item = format!("*a{}", level - 1);
        laughs.push_str(&format!("a{level}: &a{level} [{}]\n", vec![item; 10].join(",")));
    }
    let error = read(laughs.as_bytes()).expect_err("too many nodes");
    assert!(error.problem.contains("more than 500000 nodes"), "{error:?}");
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "([a-c0-9:\\[\\]{},&*<>|~!'\"# \n\t_.+-]|---\n|<<: ){0,120}") {
        let _only_panics_matter = read(text.as_bytes());
    }

    #[test]
    fn any_scalar_is_typed_without_panic(text in "[-+0-9a-fA-FxeE_:.]{0,24}") {
        let _only_panics_matter = scalar::plain(&text);
    }
}
