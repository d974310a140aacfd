//! Two texts line by line, as hunks with some context.

use std::time::Duration;

use serde::Serialize;
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff};

/// Unchanged lines shown around a change.
pub const CONTEXT: usize = 3;
/// Most lines that an answer shows; hunks after that are left out, and the answer says so.
pub const LINES_MAX: usize = 20_000;
/// After this the comparison stops looking for the shortest answer, and gives a right but longer one.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// The hunks in which two texts differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hunks {
    pub hunks: Vec<Hunk>,
    /// Whether hunks were left out because of [`LINES_MAX`].
    pub truncated: bool,
}

/// A run of changed lines with their context. Lines are counted from 1; a side without lines starts at 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hunk {
    pub left_start: usize,
    pub left_lines: usize,
    pub right_start: usize,
    pub right_lines: usize,
    pub lines: Vec<Line>,
}

/// One line, without its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub change: LineChange,
    pub text: String,
    /// Present, and true, on a last line that no line feed ends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_unended: bool,
}

/// On which side a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LineChange {
    Both,
    Left,
    Right,
}

/// Compares two texts.
pub fn diff(left: &str, right: &str) -> Hunks {
    let (left, right) = (lines_of(left), lines_of(right));
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).timeout(PATIENCE).diff_slices(&left, &right);
    let (mut hunks, mut room) = (Vec::new(), LINES_MAX);
    let groups = diff.grouped_ops(CONTEXT);
    let count = groups.len();
    for group in groups {
        let lines: usize = group.iter().map(shown_lines).sum();
        if lines > room {
            break;
        }
        room -= lines;
        hunks.push(hunk(&diff, &group));
    }
    Hunks { truncated: hunks.len() < count, hunks }
}

/// Lines end at line feeds alone: a carriage return inside a line is a part of it.
fn lines_of(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn shown_lines(op: &DiffOp) -> usize {
    if op.tag() == similar::DiffTag::Equal {
        return op.old_range().len();
    }
    op.old_range().len() + op.new_range().len()
}

fn hunk(diff: &TextDiff<'_, '_, str>, group: &[DiffOp]) -> Hunk {
    let span = |range: fn(&DiffOp) -> std::ops::Range<usize>| {
        let start = group.first().map_or(0, |op| range(op).start);
        let end = group.last().map_or(0, |op| range(op).end);
        (start + usize::from(end > start), end - start)
    };
    let (left_start, left_lines) = span(DiffOp::old_range);
    let (right_start, right_lines) = span(DiffOp::new_range);
    let changes = group.iter().flat_map(|op| diff.iter_changes(op));
    let lines = changes.map(|change| line(change.tag(), change.value())).collect();
    Hunk { left_start, left_lines, right_start, right_lines, lines }
}

fn line(tag: ChangeTag, text: &str) -> Line {
    let ended = text.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text));
    let change = match tag {
        ChangeTag::Equal => LineChange::Both,
        ChangeTag::Delete => LineChange::Left,
        ChangeTag::Insert => LineChange::Right,
    };
    Line { change, text: ended.unwrap_or(text).to_owned(), is_unended: ended.is_none() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(hunk: &Hunk) -> Vec<String> {
        let mark = |change| match change {
            LineChange::Both => ' ',
            LineChange::Left => '-',
            LineChange::Right => '+',
        };
        hunk.lines.iter().map(|line| format!("{}{}", mark(line.change), line.text)).collect()
    }

    #[test]
    fn a_changed_line_stands_between_three_that_are_the_same() {
        let left: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let Hunks { hunks, truncated } = diff(&left, &left.replace("10\n", "ten\n"));
        assert!(!truncated);
        let [hunk] = &hunks[..] else { panic!("{hunks:?}") };
        assert_eq!((hunk.left_start, hunk.left_lines, hunk.right_start, hunk.right_lines), (7, 7, 7, 7));
        assert_eq!(shown(hunk), [" 7", " 8", " 9", "-10", "+ten", " 11", " 12", " 13"]);
    }

    /// Found by fuzzing: the library takes a carriage return for the end of a line.
    #[test]
    fn a_carriage_return_ends_no_line() {
        let hunk = &diff("a\nb\rc\n", "a\n").hunks[0];
        assert_eq!((hunk.left_lines, hunk.right_lines), (2, 1));
        assert_eq!(shown(hunk), [" a", "-b\rc"]);
        assert!(hunk.lines.iter().all(|line| !line.is_unended));
    }

    #[test]
    fn equal_texts_have_no_hunks_and_an_empty_side_starts_at_zero() {
        assert_eq!(diff("a\nb", "a\nb").hunks, []);
        let hunks = diff("", "a\nb").hunks;
        assert_eq!((hunks[0].left_start, hunks[0].left_lines, hunks[0].right_start), (0, 0, 1));
        assert_eq!(hunks[0].lines.iter().map(|line| line.is_unended).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_line_feed_that_is_added_at_the_end_is_a_change() {
        assert_eq!(shown(&diff("a", "a\n").hunks[0]), ["-a", "+a"]);
    }

    #[test]
    fn more_lines_than_an_answer_shows_are_left_out_and_it_says_so() {
        let far: String = (0..LINES_MAX * 2).map(|n| format!("{n}\n")).collect();
        let near = "first\n".to_owned() + &"same\n".repeat(20) + &far;
        let other = "FIRST\n".to_owned() + &"same\n".repeat(20);
        let Hunks { hunks, truncated } = diff(&near, &other);
        assert_eq!((hunks.len(), truncated), (1, true));
    }

    proptest! {
        /// With enough context the lines of either side, taken together, are that side again.
        #[test]
        fn hunks_hold_both_sides(left in "([ab]\n){0,6}", right in "([abc]\n){0,6}") {
            let lines: Vec<Line> = diff(&left, &right).hunks.into_iter().flat_map(|hunk| hunk.lines).collect();
            let side = |not: LineChange| -> String {
                lines.iter().filter(|line| line.change != not).map(|line| line.text.clone() + "\n").collect()
            };
            let is_whole = lines.iter().filter(|line| line.change == LineChange::Both).count() < CONTEXT;
            if is_whole && !lines.is_empty() {
                prop_assert!(left.contains(&side(LineChange::Right)));
                prop_assert!(right.contains(&side(LineChange::Left)));
            }
            prop_assert_eq!(lines.is_empty(), left == right);
        }

        #[test]
        fn any_texts_are_compared(left in ".{0,60}", right in ".{0,60}") {
            prop_assert_eq!(diff(&left, &right).hunks.is_empty(), left == right);
        }
    }
}
