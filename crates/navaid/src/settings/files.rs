//! Reads the files: `application.properties`, `application.yml` beside it, what they import, their profile files, and
//! `cluster.conf`.
//!
//! The main file ranks above its imports and they above the profile files, as a Nacos server has it (Spring alone would
//! turn that around); YAML ranks below them all.

mod imports;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::locations::{Location, Locations, YAML_ENDINGS};
use super::mistake::{Mistake, Notice, Weight, bounded};
use super::properties::{self, Oddity, Property};
use super::secret::{Secret, is_secret};
use super::source::{FileRole, Origin, Written};
use super::yaml;

/// Largest settings file in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Remarks about the lines of one file at most; of the rest only the number is told.
const MAX_REMARKS: usize = 20;

const CLUSTER_CONF: &str = "cluster.conf";
/// What a part of a YAML file that counts for some profiles only begins with, and how that was written before.
const ON_PROFILE: &str = "spring.config.activate.on-profile";
const OLD_ON_PROFILE: &str = "spring.profiles";

/// A `cluster.conf`: its path, and what is in it or why that cannot be read.
pub(crate) type ClusterConf = (Arc<Path>, Result<Vec<u8>, String>);

/// What was read, and what is to be said about it.
#[derive(Debug, Default)]
pub(crate) struct Files {
    parts: Vec<Part>,
    /// `cluster.conf`, if there is one, or why it cannot be read.
    pub(crate) cluster_conf: Option<ClusterConf>,
    /// Why a Java server would have read its built-in file above these; empty if it would not.
    pub(crate) unread_by_java: &'static str,
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) notices: Vec<Notice>,
}

/// One file that was read.
#[derive(Debug)]
struct Part {
    role: FileRole,
    /// Highest first.
    rank: (usize, usize),
    documents: Vec<Document>,
}

/// A part of a file that counts as a whole or not.
#[derive(Debug, Default)]
struct Document {
    /// The profiles of which one must be active; empty if it always counts.
    profiles: Vec<String>,
    written: Vec<Written>,
}

/// The values of one file.
#[derive(Debug)]
pub(crate) struct FileLayer {
    pub(crate) role: FileRole,
    pub(crate) written: Vec<Written>,
}

impl Files {
    /// Reads the main files and the YAML beside them, and `cluster.conf`.
    pub(crate) fn read(working_dir: &Path, locations: &mut Locations) -> Self {
        let mut files = Self::default();
        files.mistakes.append(&mut locations.mistakes);
        files.notices.append(&mut locations.notices);
        for (place, location) in locations.list.iter().rev().enumerate() {
            files.add_location(working_dir, place, location);
        }
        let is_last_read = files.parts.iter().any(|part| part.rank.0 == 0);
        if !is_last_read && !files.parts.is_empty() {
            files.unread_by_java = "there is no settings file in the directory that is looked into first";
        }
        let cluster_conf = locations.directory.join(CLUSTER_CONF);
        match read_limited(&working_dir.join(&cluster_conf)) {
            Err(_) if !is_there(&working_dir.join(&cluster_conf)) => {}
            read => {
                let read = read.map_err(|error| format!("cannot read the file: {error}"));
                files.cluster_conf = Some((shown(&cluster_conf), read));
            }
        }
        files
    }

    fn add_location(&mut self, working_dir: &Path, place: usize, location: &Location) {
        let main = &location.main;
        let has_main = is_there(&working_dir.join(main));
        let yaml: Vec<PathBuf> = YAML_ENDINGS
            .iter()
            .filter(|_| location.has_siblings)
            .map(|ending| main.with_file_name("application").with_extension(ending))
            .filter(|yaml| yaml != main && is_there(&working_dir.join(yaml)))
            .collect();
        let stands_for_it = !location.is_file && !yaml.is_empty();
        if has_main || !(location.is_optional || stands_for_it) {
            self.add(working_dir, if is_yaml(main) { FileRole::Yaml } else { FileRole::Main }, place, main);
        }
        for yaml in &yaml {
            self.add(working_dir, FileRole::Yaml, place, yaml);
        }
        let is_read = has_main || !yaml.is_empty();
        if place == 0 && is_read {
            let lone = "there is no application.properties beside it";
            let is_plain = has_main && !is_yaml(main);
            self.unread_by_java = if is_plain { location.unread_by_java } else { lone };
        }
    }

    /// Adds the profile files that exist beside the main files; of several profiles the last ranks highest.
    pub(crate) fn add_profiles(&mut self, working_dir: &Path, locations: &Locations, profiles: &[String]) {
        for (place, location) in locations.list.iter().rev().enumerate() {
            for profile in profiles.iter().rev() {
                for ending in std::iter::once("properties").chain(YAML_ENDINGS) {
                    let path = location.main.with_file_name(format!("application-{profile}.{ending}"));
                    if location.has_siblings && is_there(&working_dir.join(&path)) {
                        self.add(working_dir, FileRole::Profile, place, &path);
                    }
                }
            }
        }
    }

    /// The values of each file that count under these profiles, highest first.
    pub(crate) fn layers(&self, profiles: &[String]) -> Vec<FileLayer> {
        let mut parts: Vec<&Part> = self.parts.iter().collect();
        parts.sort_by_key(|part| part.rank); // stable: of one rank, what was added first is the highest
        let layer = |part: &&Part| {
            let active = part.documents.iter().filter(|document| {
                let is_active = |profile: &String| profiles.contains(profile);
                document.profiles.is_empty() || document.profiles.iter().any(is_active)
            });
            let written = active.flat_map(|document| document.written.iter().cloned());
            FileLayer { role: part.role, written: written.collect() }
        };
        parts.iter().map(layer).collect()
    }

    fn add(&mut self, working_dir: &Path, role: FileRole, place: usize, path: &Path) {
        let bytes = match read_limited(&working_dir.join(path)) {
            Ok(bytes) => bytes,
            Err(error) => return self.refuse(path, 0, format!("cannot read the file: {error}")),
        };
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            let lines = bytes[..at].iter().filter(|byte| **byte == b'\n').count();
            let problem = "it holds a NUL byte: it is no text, or text in UTF-16, which is not read";
            return self.refuse(path, u32::try_from(lines + 1).unwrap_or(u32::MAX), problem);
        }
        let documents = if is_yaml(path) {
            self.yaml_documents(path, &bytes)
        } else {
            self.properties_document(path, &bytes).into_iter().collect()
        };
        self.parts.push(Part { role, rank: (place, role.rank(place)), documents });
    }

    fn properties_document(&mut self, path: &Path, bytes: &[u8]) -> Option<Document> {
        let read = match properties::read(bytes) {
            Ok(read) => read,
            Err(error) => {
                self.refuse(path, error.line, error.to_string());
                return None;
            }
        };
        let about = shown(path);
        let remark = |oddity: &Oddity| remark(&about, "settings file", oddity.line(), oddity.to_string());
        let mut remarks: Vec<Notice> = read.oddities.iter().map(remark).collect();
        let is_doubtful = |property: &&Property| property.backslash_dropped && is_secret(&property.key);
        remarks.extend(read.entries.iter().filter(is_doubtful).map(|property| {
            let text = "a backslash in it is dropped, as a Java server drops it; write \\\\ for one";
            remark_on(&about, property, text)
        }));
        self.notices.extend(bounded(remarks, MAX_REMARKS));
        let mut entries = read.entries;
        if read.oddities.contains(&Oddity::ByteOrderMark)
            && entries.first().is_some_and(|first| first.line == 1)
        {
            // A Java server loses this key: it counts only where nobody else writes it.
            let lost = written(&about, entries.remove(0));
            let documents = vec![Document { profiles: Vec::new(), written: vec![lost] }];
            self.parts.push(Part { role: FileRole::Lost, rank: (usize::MAX, 0), documents });
        }
        let written = entries.into_iter().map(|property| written(&about, property)).collect();
        Some(Document { profiles: Vec::new(), written })
    }

    fn yaml_documents(&mut self, path: &Path, bytes: &[u8]) -> Vec<Document> {
        let documents = match yaml::read(bytes) {
            Ok(documents) => documents,
            Err(error) => {
                self.refuse(path, error.line, error.problem);
                return Vec::new();
            }
        };
        let about = shown(path);
        let documents = documents.into_iter().map(|entries| {
            let mut document = Document::default();
            for property in entries {
                let key = property.key.split('[').next().unwrap_or_default();
                if key == ON_PROFILE {
                    document.profiles.extend(property.value.split(',').map(|name| name.trim().to_owned()));
                    if property.value.contains(['!', '&', '|', '(']) {
                        self.refuse(
                            path,
                            property.line,
                            "conditions on profiles are not read; name profiles",
                        );
                    }
                } else if key == OLD_ON_PROFILE {
                    self.refuse(
                        path,
                        property.line,
                        format!("a Java server does not start with {key}: write {ON_PROFILE}"),
                    );
                } else {
                    document.written.push(written(&about, property));
                }
            }
            document
        });
        documents.collect()
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

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| YAML_ENDINGS.iter().any(|yaml| ending == *yaml))
}

fn written(path: &Arc<Path>, property: Property) -> Written {
    let origin = Origin::File { path: path.clone(), line: property.line };
    Written { name: property.key, text: Secret::new(property.value), origin }
}

fn remark_on(path: &Arc<Path>, property: &Property, text: &str) -> Notice {
    remark(path, &property.key, property.line, text.to_owned())
}

fn remark(path: &Arc<Path>, key: &str, line: u32, text: String) -> Notice {
    let origin = Origin::File { path: path.clone(), line };
    Notice { weight: Weight::Warning, key: key.to_owned(), origin, text }
}

/// A path as it is printed: without `./` in front.
fn shown(path: &Path) -> Arc<Path> {
    path.strip_prefix(".").unwrap_or(path).into()
}

/// Whether there is something to read, even if it may not be read: that must be told, not passed over.
fn is_there(path: &Path) -> bool {
    match std::fs::symlink_metadata(path) {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
    }
}

/// Reads a file of at most [`MAX_FILE`] bytes. What is no file, such as a pipe, is refused, because reading it might
/// never end.
fn read_limited(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(io::Error::other(format!("it has more than {MAX_FILE} bytes")));
    }
    Ok(bytes)
}
