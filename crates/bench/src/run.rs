//! The run: every row on every server, one after the other.

use std::io;

use anyhow::Result;

use crate::options::Options;
use crate::outcome::Outcome;
use crate::pace::Pace;
use crate::report::{Entry, Report};
use crate::row::{ROWS, Row};
use crate::stage::Stage;
use crate::subject::Subject;

/// Measures what the options select; servers take turns row by row, so that they meet the same machine. A row that
/// fails is reported and does not end the run.
///
/// # Errors
/// A server cannot be found, or the progress cannot be written.
pub async fn run(options: &Options, progress: &mut dyn FnMut(&str) -> io::Result<()>) -> Result<Report> {
    let subjects = options.subjects()?;
    let mut report = Report::here(&options.directory());
    for (index, row) in selected(options).enumerate() {
        for subject in &subjects {
            progress(&format!("{} on {} …", row.name(), subject.name()))?;
            let scope = format!("{}-{index}", std::process::id());
            let outcome = measure(row, subject, options.pace(), scope).await;
            report.add(Entry::new(row, subject, outcome));
        }
    }
    Ok(report)
}

/// The names of the rows that the options select.
pub fn row_names(options: &Options) -> impl Iterator<Item = String> {
    selected(options).map(|row| row.name().into_owned())
}

fn selected(options: &Options) -> impl Iterator<Item = Row> {
    ROWS.iter().copied().filter(|row| options.wants(&row.name()))
}

async fn measure(row: Row, subject: &Subject, pace: Pace, scope: String) -> Outcome {
    let outcome = async {
        let stage = Stage { subject, seat: subject.seat().await?, pace, scope };
        row.measure(&stage).await
    };
    outcome.await.unwrap_or_else(|error: anyhow::Error| Outcome::Failed(format!("{error:#}")))
}
