use proptest::prelude::*;

use super::*;

/// The environment of the specification's table.
fn table(name: &str) -> Option<String> {
    let value = match name {
        "Y2" => "",
        "Y3" => "<${Z}>",
        "Z" => "zz",
        "loop" => "${pool}",
        "pool" => "x${loop}",
        "double" => "${double2}${double2}",
        "double2" => "${double3}${double3}",
        "PW" => "a$b{c}${Z}",
        "DB_PASSWORD" => "hunter2",
        "a:b" => "whole",
        _ => return None,
    };
    Some(value.to_owned())
}

fn check(text: &str, expected: &str) {
    assert_eq!(resolve(text, &table).map(|r| r.text).as_deref(), Ok(expected), "{text:?}");
}

#[test]
fn s3_placeholders_resolve_as_in_nacos_3() {
    check("${NOPE:default}", "default");
    check("${Y2:default}", "");
    check("${Y3:d}", "<zz>");
    check("${NOPE:${NOPE2:3}}", "3");
    check("${NOPE:x${Y3}y}", "x<zz>y");
    check("${NOPE:a:b}", "a:b");
    check("${NOPE:-d}", "-d");
    check("${NOPE:}", "");
    check("${:z}", "z");
    check("${NOPE:a}b}", "ab}");
    check("${NOPE:{a}}", "{a}");
    check("${ Y3 : d }", " d ");
    check("${Y3 :d}", "d");
    check("$Y3", "$Y3");
    check("#{1+1}", "#{1+1}");
    check("${Y3", "${Y3");
    check("p${", "p${");
    check("\\${Y3}", "${Y3}");
    check("$${Y3}", "$<zz>");
    check("${PW}", "a$b{c}zz");
    check("abc$def}{g$$h$", "abc$def}{g$$h$");
    check("${a:b}", "whole");
    check("${${NOPE:Z}}", "zz");
    check("${N\\:OPE:d}", "d");
    check("\\${${Z}", "\\${zz");
}

#[test]
fn s3_unknown_name_without_default_is_an_error_naming_it() {
    for (text, name) in [("${NOPE}", "NOPE"), ("${}", ""), ("ab${cd:${}ef", ""), ("${Y3${NOPE}}", "NOPE")] {
        assert_eq!(resolve(text, &table), Err(PlaceholderError::Unknown(name.into())), "{text}");
    }
}

#[test]
fn name_leading_back_to_itself_is_an_error() {
    assert_eq!(resolve("${loop}", &table), Err(PlaceholderError::Cycle("loop".into())));
    assert_eq!(resolve("${NOPE:${pool}}", &table), Err(PlaceholderError::Cycle("pool".into())));
}

#[test]
fn expansion_is_bounded_in_depth_length_and_lookups() {
    let doubling = |name: &str| {
        let level: usize = name.strip_prefix('n')?.parse().ok()?;
        Some(format!("${{n{0}}}${{n{0}}}", level + 1))
    };
    assert_eq!(resolve("${n0}", &doubling), Err(PlaceholderError::TooLarge));
    let wide = |name: &str| (name == "w").then(|| "x".repeat(MAX_LENGTH));
    assert_eq!(resolve("${w}${w}", &wide), Err(PlaceholderError::TooLarge));
    let nested = format!("{}{}", "${a:".repeat(200), "}".repeat(200));
    assert_eq!(resolve(&nested, &table), Err(PlaceholderError::TooLarge));
    let empty = |name: &str| match name {
        "e" => Some("${f}${f}${f}${f}${f}${f}${f}${f}${f}${f}${f}".to_owned()),
        "f" => Some("${g}${g}${g}${g}${g}${g}${g}${g}${g}${g}${g}".to_owned()),
        "g" => Some("${h}${h}${h}${h}${h}${h}${h}${h}${h}${h}${h}".to_owned()),
        _ => Some(String::new()),
    };
    assert_eq!(resolve("${e}", &empty), Err(PlaceholderError::TooLarge));
}

#[test]
fn value_taken_from_a_secret_is_marked_secret() {
    assert!(resolve("x${DB_PASSWORD}", &table).expect("it resolves").secret);
    assert!(!resolve("x${Z}", &table).expect("it resolves").secret);
}

proptest! {
    #[test]
    fn any_text_is_resolved_without_panic(text in "(\\$\\{|[a-bYZ3:{}\\\\$é]){0,60}") {
        let _ignored_result_only_panics_matter = resolve(&text, &table);
    }

    #[test]
    fn text_without_prefix_is_unchanged(text in "[^$]{0,60}") {
        prop_assert_eq!(resolve(&text, &table).map(|r| r.text), Ok(text));
    }
}
