//! A Markdown table, padded so that it reads well as it is.

use std::fmt;

/// A head and lines of the same width.
#[derive(Debug)]
pub(super) struct Table {
    head: Vec<String>,
    lines: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(head: impl IntoIterator<Item = &'static str>) -> Self {
        Self { head: head.into_iter().map(str::to_owned).collect(), lines: Vec::new() }
    }

    pub(super) fn line(&mut self, cells: impl IntoIterator<Item = String>) {
        self.lines.push(cells.into_iter().collect());
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let cells = self.lines.iter().chain([&self.head]).filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        (0..self.head.len()).map(width).collect()
    }
}

impl fmt::Display for Table {
    /// Nothing when there are no lines, else the table and an empty line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lines.is_empty() {
            return Ok(());
        }
        let widths = self.widths();
        write_line(f, &self.head, &widths)?;
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        write_line(f, &rule, &widths)?;
        self.lines.iter().try_for_each(|line| write_line(f, line, &widths))?;
        writeln!(f)
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, cells: &[String], widths: &[usize]) -> fmt::Result {
    let padded = cells.iter().zip(widths).try_for_each(|(cell, width)| write!(f, "| {cell:<width$} "));
    padded.and_then(|()| writeln!(f, "|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["a", "µs"]);
        table.line(["long".to_owned(), "1".to_owned()]);
        assert_eq!(table.to_string(), "| a    | µs |\n| ---- | -- |\n| long | 1  |\n\n");
    }

    #[test]
    fn table_without_lines_is_nothing() {
        assert_eq!(Table::new(["a"]).to_string(), "");
    }
}
