//! Settings files, the values in them, and the list of members beside them.

use navaid::settings::fuzzing::{self, Entry};

/// Entries are in their order, on lines that the file has, and none is without a key.
fn stand_in_order(entries: &[Entry], bytes: &[u8]) {
    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    for (line, key, _) in entries {
        assert!((1..=lines).contains(&(*line as usize)), "{key:?} is on line {line} of {lines}");
        assert!(!key.is_empty(), "line {line} has no key");
    }
    assert!(entries.is_sorted_by_key(|(line, ..)| *line));
}

/// A properties file is read line by line, or refused.
pub fn properties_are_read_or_refused(bytes: &[u8]) {
    if let Some(entries) = fuzzing::properties(bytes) {
        stand_in_order(&entries, bytes);
    }
}

/// A YAML file comes to a bounded number of keys, and a mistake names its line.
pub fn yaml_is_read_or_refused(bytes: &[u8]) {
    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    match fuzzing::yaml(bytes) {
        Ok(documents) => assert!(documents.iter().map(Vec::len).sum::<usize>() <= 500_000),
        Err(line) => assert!((0..=lines + 1).contains(&(line as usize)), "line {line} of {lines}"),
    }
}

/// Members that were read are read alike once they are printed.
pub fn members_are_read_or_refused(bytes: &[u8]) {
    let Some(members) = fuzzing::members(bytes) else { return };
    let printed = format!("#\n{}", members.join("\n")); // a byte order mark may stand in a host, but not at the start
    let again = fuzzing::members(printed.as_bytes());
    assert_eq!(again.as_ref(), Some(&members));
}

/// Values that name each other come to a bounded text, or are refused; one without placeholders stays as it is.
/// `input` is lines of `name=value`; the first is what is asked for.
pub fn placeholders_come_to_an_end(input: &str) {
    let lines: Vec<(&str, &str)> = input.lines().filter_map(|line| line.split_once('=')).collect();
    let Some((_, asked)) = lines.first() else { return };
    let lookup = |name: &str| {
        let line = lines.iter().find(|(known, _)| *known == name);
        line.map(|(_, value)| (*value).to_owned())
    };
    let resolved = fuzzing::resolve(asked, &lookup);
    if !asked.contains("${") {
        assert_eq!(resolved.as_deref(), Some(*asked));
    } else if let Some(text) = resolved {
        assert!(text.len() <= fuzzing::RESOLVED_MAX);
    }
}
