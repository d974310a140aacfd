//! Labels from a file, read again every [`LOOK`].
//!
//! The whole file is read each time and its digest compared. It is a few megabytes at most and in the page cache, so
//! that costs less than a millisecond; and neither its time nor its size tells for sure that it is the same (two writes
//! in one tick of the clock, a volume of Kubernetes whose link is exchanged, a network file system). For the same reasons
//! no notices of the kernel are awaited: they do not come from all of these.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use navaid_core::{
    LabelEntry,
    seam::{Borrowing, LabelSource, LabelsUnread},
};
use tokio::task::spawn_blocking;

use crate::document::Latest;

/// From one look to the next: a change counts within this, also after many failed looks.
pub const LOOK: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Debug)]
pub struct FileLabels {
    path: Arc<Path>,
    /// The path for the log.
    place: String,
    size_max: usize,
    /// None while a read is under way, or when one was dropped: the next one then starts afresh.
    latest: Option<Latest>,
}

impl FileLabels {
    /// Nothing is read yet. `size_max`: bytes that the file may have.
    pub fn new(path: PathBuf, size_max: usize) -> Self {
        Self { place: path.display().to_string(), path: path.into(), size_max, latest: None }
    }
}

impl LabelSource for FileLabels {
    fn place(&self) -> &str {
        &self.place
    }

    fn read(&mut self) -> Borrowing<'_, Result<Option<Vec<LabelEntry>>, LabelsUnread>> {
        Box::pin(async {
            let (path, size_max) = (self.path.clone(), self.size_max);
            let mut latest = self.latest.take().unwrap_or_default();
            let work = move || {
                let read = contents(&path, size_max).and_then(|bytes| latest.take(&bytes));
                (latest, read)
            };
            let (latest, read) = spawn_blocking(work).await.map_err(|error| unread(&error))?;
            self.latest = Some(latest);
            read
        })
    }

    fn pause(&self, _failures: u32) -> Duration {
        LOOK
    }
}

/// A file that is none, such as a pipe, is not opened: that could wait for ever.
fn contents(path: &Path, size_max: usize) -> Result<Vec<u8>, LabelsUnread> {
    let metadata = std::fs::metadata(path).map_err(|error| unread(&error))?;
    if !metadata.is_file() {
        return Err(unread(&"it is no regular file"));
    }
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(size_max as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| unread(&error))?;
    if bytes.len() > size_max {
        return Err(unread(&format_args!("it is larger than {size_max} bytes")));
    }
    Ok(bytes)
}

fn unread(problem: &dyn std::fmt::Display) -> LabelsUnread {
    LabelsUnread(problem.to_string().into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::contract::{self, Scene};

    struct Place {
        _dir: tempfile::TempDir,
        path: PathBuf,
    }

    impl Scene for Place {
        fn put(&self, document: &str) {
            fs::write(&self.path, document).unwrap();
        }

        fn remove(&self) {
            fs::remove_file(&self.path).unwrap();
        }
    }

    fn place() -> (Place, FileLabels) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("labels.yaml");
        let labels = FileLabels::new(path.clone(), 1000);
        (Place { _dir: dir, path }, labels)
    }

    #[tokio::test]
    async fn file_keeps_the_contract_of_sources() {
        let (place, labels) = place();
        contract::check(&place, labels).await;
    }

    #[tokio::test]
    async fn what_is_no_file_or_too_large_is_refused() {
        let (place, mut labels) = place();
        place.put(&" ".repeat(1001));
        assert!(labels.read().await.unwrap_err().to_string().contains("larger than 1000 bytes"));
        place.remove();
        fs::create_dir(&place.path).unwrap();
        assert!(labels.read().await.unwrap_err().to_string().contains("no regular file"));
    }

    #[tokio::test]
    async fn file_is_looked_at_as_often_after_failures() {
        let (_place, labels) = place();
        assert_eq!([labels.pause(0), labels.pause(1000)], [LOOK, LOOK]);
    }
}
