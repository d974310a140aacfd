//! Finds and reads the files: `application.properties`, what it imports, its profile files, `cluster.conf`.
//!
//! The main file ranks above its imports and they above the profile files, as a Nacos server has it (Spring
//! alone would turn that around). YAML beside it would count for a Java server too; it cannot be read yet, so
//! it stops the start instead of being silently left out.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::mistake::{Mistake, Notice, Weight};
use super::properties;
use super::secret::Secret;
use super::source::{Origin, Written};

/// Largest settings file in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

const MAIN_FILE: &str = "application.properties";
const YAML_FILES: [&str; 2] = ["application.yml", "application.yaml"];
const CLUSTER_CONF: &str = "cluster.conf";

/// What was read, and what is to be said about it.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Values of one file each, highest first.
    pub(crate) layers: Vec<Vec<Written>>,
    /// `cluster.conf` of the same directory, if there is one.
    pub(crate) cluster_conf: Option<(Arc<Path>, Vec<u8>)>,
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) notices: Vec<Notice>,
}

/// Where files are looked for.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// Relative paths start here.
    pub(crate) working_dir: &'a Path,
    /// `-c`: a file or a directory that must be there.
    pub(crate) named: Option<&'a Path>,
    /// The directory that holds `conf`, as it was written.
    pub(crate) home: &'a Path,
}

impl Place<'_> {
    fn main_file(&self) -> PathBuf {
        match self.named {
            Some(path) if self.working_dir.join(path).is_dir() => path.join(MAIN_FILE),
            Some(path) => path.to_owned(),
            None => self.home.join("conf").join(MAIN_FILE),
        }
    }
}

impl Files {
    /// Reads the main file, if there is one, and `cluster.conf` beside it.
    pub(crate) fn read(place: &Place<'_>) -> Self {
        let mut files = Self::default();
        let main = place.main_file();
        let directory = main.parent().unwrap_or(Path::new("")).to_owned();
        if place.named.is_some() || place.working_dir.join(&main).exists() {
            files.add(place.working_dir, &main);
        }
        for name in YAML_FILES {
            let yaml = directory.join(name);
            if place.working_dir.join(&yaml).exists() {
                files.refuse(
                    &yaml,
                    0,
                    "YAML settings cannot be read yet; move them to application.properties",
                );
            }
        }
        let cluster_conf = directory.join(CLUSTER_CONF);
        match read_limited(&place.working_dir.join(&cluster_conf)) {
            Ok(bytes) => files.cluster_conf = Some((shown(&cluster_conf), bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => files.refuse(&cluster_conf, 0, format!("cannot read the file: {error}")),
        }
        files
    }

    /// Adds the files that `spring.config.import` names.
    pub(crate) fn import(&mut self, place: &Place<'_>, list: &str) {
        for entry in list.split([',', ';']).map(str::trim).filter(|entry| !entry.is_empty()) {
            let (path, optional) = match entry.strip_prefix("optional:") {
                Some(path) => (path, true),
                None => (entry, false),
            };
            let path = Path::new(path.strip_prefix("file:").unwrap_or(path));
            let path =
                if path.to_string_lossy().ends_with('/') { path.join(MAIN_FILE) } else { path.to_owned() };
            if optional && !place.working_dir.join(&path).exists() {
                continue;
            }
            if path.extension().is_some_and(|extension| extension == "properties") {
                self.add(place.working_dir, &path);
            } else {
                self.refuse(&path, 0, "cannot import the file: only .properties files can be read");
            }
        }
    }

    /// Adds the profile files that exist beside the main file; of several profiles the last ranks highest.
    pub(crate) fn add_profiles<'p>(
        &mut self,
        place: &Place<'_>,
        profiles: impl DoubleEndedIterator<Item = &'p str>,
    ) {
        let main = place.main_file();
        for profile in profiles.rev() {
            let path = main.with_file_name(format!("application-{profile}.properties"));
            if place.working_dir.join(&path).exists() {
                self.add(place.working_dir, &path);
            }
        }
    }

    fn add(&mut self, working_dir: &Path, path: &Path) {
        let bytes = match read_limited(&working_dir.join(path)) {
            Ok(bytes) => bytes,
            Err(error) => return self.refuse(path, 0, format!("cannot read the file: {error}")),
        };
        let read = match properties::read(&bytes) {
            Ok(read) => read,
            Err(error) => return self.refuse(path, error.line, error.to_string()),
        };
        let path = shown(path);
        for oddity in read.oddities {
            self.notices.push(Notice {
                weight: Weight::Warning,
                key: "settings file".to_owned(),
                origin: Origin::File { path: path.clone(), line: oddity.line() },
                text: oddity.to_string(),
            });
        }
        let written = read.entries.into_iter().map(|property| Written {
            name: property.key,
            text: Secret::new(property.value),
            origin: Origin::File { path: path.clone(), line: property.line },
        });
        self.layers.push(written.collect());
    }

    fn refuse(&mut self, path: &Path, line: u32, problem: impl Into<String>) {
        self.mistakes.push(Mistake {
            key: "settings file".to_owned(),
            value: None,
            origin: Origin::File { path: shown(path), line },
            problem: problem.into(),
        });
    }
}

/// A path as it is printed: without `./` in front.
fn shown(path: &Path) -> Arc<Path> {
    path.strip_prefix(".").unwrap_or(path).into()
}

/// Reads a file of at most [`MAX_FILE`] bytes.
fn read_limited(path: &Path) -> io::Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    if size > MAX_FILE {
        return Err(io::Error::other(format!("it has more than {MAX_FILE} bytes")));
    }
    std::fs::read(path)
}
