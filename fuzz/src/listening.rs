//! The value of `Listening-Configs`.

use navaid_wire::config::listening;

/// A value that is read names a bounded number of items, and the answer about all of them reads back as the same
/// items.
pub fn listening_is_read_or_refused(value: &str) {
    let Ok(keys) = listening::parse(value) else { return };
    assert!(keys.len() <= listening::KEYS_MAX);
    let valid: Vec<_> = keys.iter().filter(|key| key.config_key().is_ok()).collect();
    if valid.is_empty() {
        return;
    }
    // An answer has no digests; with an empty one in each line it is a request.
    let answer = listening::encode(valid.iter().copied());
    let again: Vec<_> = answer
        .trim_end()
        .split_terminator("%01")
        .map(|line| line.split("%02").collect::<Vec<_>>())
        .map(|words| match words[..] {
            [data_id, group] => format!("{data_id}\u{2}{group}\u{2}\u{1}"),
            [data_id, group, tenant] => format!("{data_id}\u{2}{group}\u{2}\u{2}{tenant}\u{1}"),
            _ => panic!("{} words in a line of {answer:?}", words.len()),
        })
        .collect();
    let again = listening::parse(&again.concat()).expect("an answer is well formed");
    let names = again.iter().map(|key| key.config_key().expect("names were valid"));
    assert!(names.eq(valid.iter().map(|key| key.config_key().expect("these are the valid ones"))));
}
