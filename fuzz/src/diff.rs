//! Comparing two contents.

use navaid_diff::{
    Format, keyed,
    text::{self, LineChange},
    tree,
};

/// Divides an input into two contents.
const BORDER: char = '\u{0}';

fn sides(input: &str) -> (&str, &str) {
    input.split_once(BORDER).unwrap_or((input, ""))
}

/// Contents that can be read differ in the same keys from either side, and not at all from themselves.
pub fn keys_differ_both_ways_alike(format: Format, input: &str) {
    let (left, right) = sides(input);
    let (Ok(left), Ok(right)) = (tree::read(format, left), tree::read(format, right)) else { return };
    assert!(left.len() <= tree::KEYS_MAX && right.len() <= tree::KEYS_MAX);
    assert_eq!(keyed::diff(left.clone(), left.clone()), keyed::KeyChanges::default());
    let there = keyed::diff(left.clone(), right.clone());
    let back = keyed::diff(right, left);
    assert_eq!((&there.added, &there.removed), (&back.removed, &back.added));
    assert_eq!(there.changed.len(), back.changed.len());
}

/// The hunks of two texts, applied to the left one, give the right one.
pub fn lines_lead_from_left_to_right(input: &str) {
    let (left, right) = sides(input);
    let found = text::diff(left, right);
    assert_eq!(found.hunks.is_empty(), left == right, "equal texts alone have no hunks");
    if found.truncated {
        return;
    }
    let lines: Vec<&str> = left.split_inclusive('\n').collect();
    let (mut made, mut at) = (Vec::new(), 0);
    for hunk in &found.hunks {
        let start = if hunk.left_lines == 0 { hunk.left_start } else { hunk.left_start - 1 };
        made.extend(lines[at..start].iter().map(|line| bare(line)));
        made.extend(
            hunk.lines
                .iter()
                .filter(|line| line.change != LineChange::Left)
                .map(|line| (line.text.as_str(), line.is_unended)),
        );
        at = start + hunk.left_lines;
    }
    made.extend(lines[at..].iter().map(|line| bare(line)));
    let wanted: Vec<_> = right.split_inclusive('\n').map(bare).collect();
    assert_eq!(made, wanted);
}

/// A line as a hunk shows it: without its end, and whether it has none.
fn bare(line: &str) -> (&str, bool) {
    match line.strip_suffix('\n') {
        Some(text) => (text.strip_suffix('\r').unwrap_or(text), false),
        None => (line, true),
    }
}
