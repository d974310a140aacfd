use proptest::prelude::*;

use super::*;
use crate::recordings;

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

/// Compares two values and expects these differences, each as `fail PATH` or `note PATH`.
fn check(want: &str, got: &str, unordered: &[&str], expected: &[&str]) {
    let unordered = Unordered::new(unordered.iter().map(|path| (*path).to_owned()));
    let found = compare(&json(want), &json(got), "$", &unordered);
    assert_eq!(places(&found), expected, "{want} against {got}: {found:?}");
}

fn check_answer(want: &str, got: &str, expected: &[&str]) {
    let found = compare_answer(&json(want), &json(got), &Unordered::default());
    assert_eq!(places(&found), expected, "{want} against {got}: {found:?}");
}

fn places(found: &[Difference]) -> Vec<String> {
    found.iter().map(|d| format!("{} {}", if d.is_fail() { "fail" } else { "note" }, d.place)).collect()
}

#[test]
fn scalars_must_be_equal() {
    check("1", "1.0", &[], &[]);
    check("1", "2", &[], &["fail $"]);
    check("1", "\"1\"", &[], &["fail $"]);
    check("true", "1", &[], &["fail $"]);
    check("true", "true", &[], &[]);
    check("null", "\"\"", &[], &["fail $"]);
    check("[]", "{}", &[], &["fail $"]);
}

#[test]
fn any_counts_by_type() {
    check(r#"{"$any": "number"}"#, "1.5", &[], &[]);
    check(r#"{"$any": "number"}"#, "true", &[], &["fail $"]);
    check(r#"{"$any": "string"}"#, "1", &[], &["fail $"]);
    check(r#"{"$any": "list"}"#, "[1]", &[], &[]);
    check(r#"{"$any": "list"}"#, "{}", &[], &["fail $"]);
    check(r#"{"$any": "value"}"#, "null", &[], &[]);
    check(r#"{"$any": "optional"}"#, "{}", &[], &[]);
}

#[test]
fn missing_key_fails_unless_null_or_optional() {
    check(r#"{"a": 1, "b": null, "c": {"$any": "optional"}}"#, "{}", &[], &["fail $.a", "note $.b"]);
}

#[test]
fn extra_key_is_a_note() {
    check(r#"{"a": {"b": 1}}"#, r#"{"a": {"b": 1, "c": 2}}"#, &[], &["note $.a.c"]);
}

#[test]
fn list_of_another_length_fails_as_a_whole() {
    check("[1, 2]", "[1]", &[], &["fail $"]);
}

#[test]
fn list_keeps_its_order_unless_it_is_free() {
    check(r#"{"a": [1, 2]}"#, r#"{"a": [2, 1]}"#, &[], &["fail $.a[0]", "fail $.a[1]"]);
    check(r#"{"a": [1, 2]}"#, r#"{"a": [2, 1]}"#, &["$.a"], &[]);
}

#[test]
fn star_stands_for_every_index() {
    let (want, got) = (r#"[{"a": [1, 2]}, {"a": [3, 4]}]"#, r#"[{"a": [2, 1]}, {"a": [4, 3]}]"#);
    check(want, got, &["$[*].a"], &[]);
    check(want, got, &["$[1].a"], &["fail $[0].a[0]", "fail $[0].a[1]"]);
}

#[test]
fn free_order_pairs_each_item_with_the_nearest() {
    let want = r#"[{"ip": {"$any": "string"}, "port": 1, "up": true}, {"ip": "b", "port": 2, "up": true}]"#;
    let got = r#"[{"ip": "b", "port": 2, "up": false}, {"ip": "a", "port": 1, "up": true}]"#;
    let found = compare(&json(want), &json(got), "$", &Unordered::new(["$".to_owned()]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].place.ends_with(".up"), "{found:?}");
}

#[test]
fn empty_want_accepts_everything() {
    check_answer("{}", r#"{"status": 500, "text": "x"}"#, &[]);
}

#[test]
fn status_and_text_must_be_equal() {
    check_answer(r#"{"status": 200, "text": "ok"}"#, r#"{"status": 200, "text": "ok"}"#, &[]);
    check_answer(
        r#"{"status": 200, "text": "ok"}"#,
        r#"{"status": 400, "text": "no"}"#,
        &["fail status", "fail text"],
    );
}

#[test]
fn body_of_another_form_fails_under_its_key() {
    check_answer(r#"{"status": 200, "json": {}}"#, r#"{"status": 200, "text": ""}"#, &["fail json"]);
}

#[test]
fn body_paths_start_at_the_root() {
    check_answer(r#"{"json": {"a": 1}}"#, r#"{"json": {"a": 2}}"#, &["fail $.a"]);
    check_answer(r#"{"body": {"a": 1}}"#, r#"{"body": {"a": 2}}"#, &["fail $.a"]);
}

#[test]
fn content_type_counts_as_a_note_without_its_parameters() {
    let want = r#"{"headers": {"content-type": "application/json;charset=UTF-8"}}"#;
    check_answer(want, r#"{"headers": {"content-type": "application/json"}}"#, &[]);
    check_answer(want, r#"{"headers": {"content-type": "text/plain"}}"#, &["note header content-type"]);
    check_answer(want, r#"{"headers": {}}"#, &["note header content-type"]);
}

#[test]
fn other_headers_must_be_equal() {
    let want = r#"{"headers": {"md5": "x", "time": {"$any": "string"}, "free": {"$any": "optional"}}}"#;
    check_answer(want, r#"{"headers": {"md5": "x", "time": "1"}}"#, &[]);
    check_answer(want, "{}", &["fail header md5", "fail header time"]);
}

#[test]
fn elapsed_is_a_lower_bound() {
    check_answer(r#"{"elapsed_at_least_s": 9}"#, r#"{"elapsed_at_least_s": 10}"#, &[]);
    check_answer(r#"{"elapsed_at_least_s": 9}"#, r#"{"elapsed_at_least_s": 8}"#, &["fail elapsed"]);
    check_answer(r#"{"elapsed_at_least_s": {"$any": "number"}}"#, "{}", &[]);
}

#[test]
fn every_recorded_answer_equals_itself() {
    for recording in recordings().unwrap() {
        let scenario = recording.scenario().unwrap();
        for step in scenario.steps() {
            let found = compare_answer(step.want(), &filled(step.want()), step.unordered());
            assert_eq!(found, [], "{}", recording.name());
        }
    }
}

/// A value that the given one accepts: a sample in place of each `$any`.
fn filled(want: &Json) -> Json {
    match (want, any_kind(want)) {
        (_, Some("number")) => 1.into(),
        (_, Some("list")) => Json::List(Vec::new()),
        (_, Some(_)) => "x".into(),
        (Json::List(items), None) => Json::List(items.iter().map(filled).collect()),
        (Json::Object(fields), None) => {
            Json::Object(fields.iter().map(|(key, value)| (key.clone(), filled(value))).collect())
        }
        (_, None) => want.clone(),
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<u64>().prop_map(Json::from),
        "[a-z$\\[\\].]{0,6}".prop_map(Json::Text),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let fields = prop::collection::btree_map("[a-z]{1,3}", inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Json::List),
            fields.prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn value_equals_itself(value in any_json()) {
        prop_assert_eq!(compare(&value, &value, "$", &Unordered::default()), []);
    }

    #[test]
    fn list_of_free_order_equals_its_reverse(items in prop::collection::vec(any_json(), 0..5)) {
        let reversed = items.iter().rev().cloned().collect();
        let unordered = Unordered::new(["$".to_owned()]);
        prop_assert_eq!(compare(&Json::List(items), &Json::List(reversed), "$", &unordered), []);
    }

    #[test]
    fn another_leaf_is_a_failure(value in any_json(), wrong in "[A-Z]{1,3}") {
        let mutated = with_first_leaf(&value, &wrong);
        prop_assume!(mutated != value);
        let found = compare(&value, &mutated, "$", &Unordered::default());
        prop_assert!(found.iter().any(Difference::is_fail), "{:?}", found);
    }
}

/// The value with its first leaf replaced by a text.
fn with_first_leaf(value: &Json, text: &str) -> Json {
    match value {
        Json::List(items) => match items.split_first() {
            Some((first, rest)) => {
                Json::List([with_first_leaf(first, text)].into_iter().chain(rest.iter().cloned()).collect())
            }
            None => value.clone(),
        },
        Json::Object(fields) => match fields.split_first() {
            Some(((key, first), rest)) => {
                let first = (key.clone(), with_first_leaf(first, text));
                Json::Object([first].into_iter().chain(rest.iter().cloned()).collect())
            }
            None => value.clone(),
        },
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => text.into(),
    }
}
