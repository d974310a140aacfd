//! Paths into a JSON value: `$.a[0].b`, where `$` is the whole.

use crate::json::Json;

/// The value at a path, `None` where it is absent. A negative index counts from the end.
pub(crate) fn pick<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    parts(path).try_fold(value, step_into)
}

/// As [`pick`], to change what is found.
pub(crate) fn pick_mut<'a>(value: &'a mut Json, path: &str) -> Option<&'a mut Json> {
    parts(path).try_fold(value, |value, part| match value {
        Json::List(items) => {
            let index = index_of(part, items.len())?;
            items.get_mut(index)
        }
        Json::Object(fields) => fields.iter_mut().find(|(key, _)| key == part).map(|(_, value)| value),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => None,
    })
}

fn step_into<'a>(value: &'a Json, part: &str) -> Option<&'a Json> {
    match value {
        Json::List(items) => items.get(index_of(part, items.len())?),
        other => other.get(part),
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']', '$']).filter(|part| !part.is_empty())
}

fn index_of(part: &str, length: usize) -> Option<usize> {
    let index: i64 = part.parse().ok()?;
    if index < 0 {
        length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
    } else {
        usize::try_from(index).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Option<&str>) {
        let value = Json::parse(r#"{"a": {"b": [{"c": 1}, {"c": 2}]}, "0": "key"}"#).unwrap();
        assert_eq!(pick(&value, path).map(Json::to_ascii).as_deref(), expected, "{path}");
        assert_eq!(
            pick_mut(&mut value.clone(), path).map(|found| found.to_ascii()).as_deref(),
            expected,
            "{path}"
        );
    }

    #[test]
    fn path_leads_to_its_value() {
        check("$.a.b[0].c", Some("1"));
        check("$.a.b[-1].c", Some("2"));
        check("$.a.b[-1]", Some(r#"{"c": 2}"#));
        check("$.0", Some(r#""key""#));
    }

    #[test]
    fn path_to_nothing_finds_nothing() {
        for path in ["$.x", "$.a.b[2]", "$.a.b[-3]", "$.a.b.c", "$.a.b[0].c.d"] {
            check(path, None);
        }
    }

    #[test]
    fn dollar_is_the_whole() {
        let value = Json::from("x");
        assert_eq!(pick(&value, "$"), Some(&value));
    }
}
