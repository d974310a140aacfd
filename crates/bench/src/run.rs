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
    let rows: Vec<Row> = ROWS.iter().copied().filter(|row| options.wants(&row.name())).collect();
    if options.only_list() {
        rows.iter().try_for_each(|row| progress(&row.name()))?;
        return Ok(Report::default());
    }
    let subjects = options.subjects()?;
    let mut report = Report::here(&options.directory());
    for row in rows {
        for subject in &subjects {
            progress(&format!("{} on {} …", row.name(), subject.name()))?;
            let outcome = measure(row, subject, options.pace()).await;
            report.add(Entry::new(row, subject, outcome));
        }
    }
    Ok(report)
}

async fn measure(row: Row, subject: &Subject, pace: Pace) -> Outcome {
    let outcome = async {
        let stage = Stage { subject, seat: subject.seat().await?, pace };
        row.measure(&stage).await
    };
    outcome.await.unwrap_or_else(|error: anyhow::Error| Outcome::Failed(format!("{error:#}")))
}
