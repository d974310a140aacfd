//! The recordings of the repository: `recordings/GENERATION/SCENARIO.json`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::scenario::Scenario;

/// One recording, not read yet.
#[derive(Clone, Debug)]
pub struct Recording {
    generation: String,
    stem: String,
    path: PathBuf,
}

impl Recording {
    pub(crate) fn new(generation: &str, stem: &str, path: impl Into<PathBuf>) -> Self {
        Self { generation: generation.to_owned(), stem: stem.to_owned(), path: path.into() }
    }

    /// The recording in a file, whose directory is its generation.
    ///
    /// # Errors
    /// The path has no file name or no directory.
    pub fn at(path: &Path) -> Result<Self> {
        let path = path.canonicalize().with_context(|| format!("find {}", path.display()))?;
        let stem = text(path.file_stem()).with_context(|| format!("{} has no name", path.display()))?;
        let generation = path.parent().and_then(|parent| text(parent.file_name()));
        let generation = generation.with_context(|| format!("{} is in no directory", path.display()))?;
        Ok(Self::new(&generation, &stem, &path))
    }

    /// The server that was recorded, such as `nacos-2.5.1`.
    pub fn generation(&self) -> &str {
        &self.generation
    }

    /// The scenario: the file's name without `.json`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// `GENERATION/SCENARIO`, as the lists name it.
    pub fn name(&self) -> String {
        format!("{}/{}", self.generation, self.stem)
    }

    /// The text of the file, which is JSON.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn text(&self) -> Result<String> {
        fs::read_to_string(&self.path).with_context(|| format!("read {}", self.path.display()))
    }

    /// Reads it.
    ///
    /// # Errors
    /// The file cannot be read or is no scenario.
    pub fn scenario(&self) -> Result<Scenario> {
        Scenario::parse(&self.text()?).with_context(|| self.path.display().to_string())
    }
}

/// Every recording of the repository, by generation and name.
///
/// # Errors
/// The directory cannot be read or holds none.
pub fn recordings() -> Result<Vec<Recording>> {
    let mut found = Vec::new();
    for generation in entries(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/recordings")))? {
        found.extend(recordings_in(&generation)?);
    }
    ensure!(!found.is_empty(), "there are no recordings");
    Ok(found)
}

/// Every recording of one directory, by name.
///
/// # Errors
/// The directory cannot be read.
pub fn recordings_in(directory: &Path) -> Result<Vec<Recording>> {
    let files = entries(directory)?;
    files
        .iter()
        .filter(|path| path.extension() == Some(OsStr::new("json")))
        .map(|path| Recording::at(path))
        .collect()
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let listing = fs::read_dir(directory).with_context(|| format!("list {}", directory.display()))?;
    let mut paths = listing.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn text(name: Option<&OsStr>) -> Option<String> {
    name.and_then(OsStr::to_str).map(str::to_owned)
}
