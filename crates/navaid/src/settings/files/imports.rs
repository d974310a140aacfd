//! The files that `spring.config.import` names.

use std::path::{Path, PathBuf};

use super::{Files, is_there, is_yaml};
use crate::settings::locations::{MAIN_FILE, YAML_ENDINGS};
use crate::settings::mistake::{Mistake, Notice, Weight};
use crate::settings::reader::Text;
use crate::settings::source::{FileRole, Origin, Written};

/// What is lost with a file that is not read.
const NOT_READ: &str = "settings in it, protections among them, are NOT read";

impl Files {
    /// Adds the files that `spring.config.import` names; the last ranks highest. Named in YAML they rank below the
    /// profile files, because then Spring alone ranks them.
    pub(crate) fn import(&mut self, working_dir: &Path, list: &[Text<'_>], named_in: Option<FileRole>) {
        let is_late = named_in == Some(FileRole::Yaml);
        let role = if is_late { FileRole::LateImport } else { FileRole::Import };
        for text in list.iter().rev() {
            let entries = text.value.split([',', ';']).map(str::trim).filter(|entry| !entry.is_empty());
            for entry in entries.rev() {
                self.import_one(working_dir, text.written, entry, role);
            }
        }
    }

    fn import_one(&mut self, working_dir: &Path, about: &Written, entry: &str, role: FileRole) {
        let (location, is_optional) = match entry.strip_prefix("optional:") {
            Some(location) => (location, true),
            None => (entry, false),
        };
        if location.is_empty() {
            return;
        }
        if let Some(what) = unsupported(location) {
            return self.not_imported(about, is_optional, format!("an import {what} is not supported"));
        }
        let paths = paths(working_dir, &about.origin, location);
        let there: Vec<&PathBuf> = paths.iter().filter(|path| is_there(&working_dir.join(path))).collect();
        if there.is_empty() && is_optional {
            let problem = format!("{} is not there", paths[0].display());
            return self.not_imported(about, true, problem);
        }
        if there.is_empty() {
            return self.add(working_dir, role, 0, &paths[0]); // it cannot be read, and that says why
        }
        for path in there {
            if path.extension().is_some_and(|ending| ending == "properties") || is_yaml(path) {
                self.add(working_dir, role, 0, path);
            } else {
                self.refuse(path, 0, "cannot import the file: only .properties and .yml files can be read");
            }
        }
    }

    /// An import that must be there is a mistake, and a warning if it need not.
    fn not_imported(&mut self, about: &Written, is_optional: bool, problem: String) {
        let (key, origin) = (about.name.clone(), about.origin.clone());
        if is_optional {
            let text = format!("{problem}: {NOT_READ}");
            self.notices.push(Notice { weight: Weight::Warning, key, origin, text });
        } else {
            self.mistakes.push(Mistake { key, value: None, origin, problem });
        }
    }
}

/// What of a location Navaid does not read, in words that do not show the location: an address may hold a password.
fn unsupported(location: &str) -> Option<String> {
    let scheme = location.split_once(':').map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme) if scheme != "file" && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Some(format!("of {scheme}:"))
        }
        _ if location.contains('*') => Some("with a pattern".to_owned()),
        _ if location.ends_with(']') => Some("with a hint in brackets".to_owned()),
        _ => None,
    }
}

/// The files that a location may mean, the highest first. With `file:` it starts from the working directory, else from
/// the folder of the file that names it.
fn paths(working_dir: &Path, named_at: &Origin, location: &str) -> Vec<PathBuf> {
    let path = match (location.strip_prefix("file:"), named_at) {
        (Some(path), _) => PathBuf::from(path),
        (None, Origin::File { path, .. }) => {
            let folder = path.parent().unwrap_or(Path::new(""));
            folder.join(location.strip_prefix("./").unwrap_or(location))
        }
        (None, _) => PathBuf::from(location),
    };
    let is_directory = location.ends_with('/') || working_dir.join(&path).is_dir();
    if !is_directory {
        return vec![path];
    }
    let yaml = YAML_ENDINGS.map(|ending| path.join(MAIN_FILE).with_extension(ending));
    std::iter::once(path.join(MAIN_FILE)).chain(yaml).collect()
}
