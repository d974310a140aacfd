//! Where the settings files are: as the command line names them, as `spring.config.additional-location` does, or
//! `conf` in the home directory.

use std::path::{Path, PathBuf};

use super::mistake::{Mistake, Notice, Weight};
use super::source::{Sources, Written};

/// The file that a directory is looked into for.
pub(crate) const MAIN_FILE: &str = "application.properties";

/// The endings of YAML files.
pub(crate) const YAML_ENDINGS: [&str; 2] = ["yml", "yaml"];

/// One place that holds settings files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    /// The settings file, there or not.
    pub(crate) main: PathBuf,
    /// Whether it may be missing.
    pub(crate) is_optional: bool,
    /// Whether the file itself was named, not its directory: then YAML beside it does not stand for it.
    pub(crate) is_file: bool,
    /// Whether YAML files lie beside it: not when a single file was named in Spring's way.
    pub(crate) has_siblings: bool,
    /// Why a Java server would have read its built-in file above this one; empty if it would not.
    pub(crate) unread_by_java: &'static str,
}

impl Location {
    fn plain(main: PathBuf, is_optional: bool) -> Self {
        Self { main, is_optional, is_file: false, has_siblings: true, unread_by_java: "" }
    }
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

/// The locations, and what is to be said about them.
#[derive(Debug, Default)]
pub(crate) struct Locations {
    /// The last ranks highest; never empty.
    pub(crate) list: Vec<Location>,
    /// The directory that holds `cluster.conf`.
    pub(crate) directory: PathBuf,
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) notices: Vec<Notice>,
}

/// The keys that name locations, and why a Java server minds the first.
const KEYS: [(&str, &str); 2] = [
    (
        "spring.config.location",
        "spring.config.location was used instead of spring.config.additional-location",
    ),
    ("spring.config.additional-location", ""),
];

impl Locations {
    /// Finds the locations by what stands above the files.
    pub(crate) fn find(place: &Place<'_>, above_files: &Sources) -> Self {
        let mut found = Self { directory: place.home.join("conf"), ..Self::default() };
        if let Some(path) = place.named {
            let is_directory = place.working_dir.join(path).is_dir();
            let main = if is_directory { path.join(MAIN_FILE) } else { path.to_owned() };
            found.directory = main.parent().unwrap_or(Path::new("")).to_owned();
            found.list.push(Location { is_file: !is_directory, ..Location::plain(main, false) });
        }
        for (key, problem) in KEYS {
            let Some(named) = above_files.find(key) else { continue };
            if place.named.is_some() {
                found.notice(named.written, "it has no effect: -c names the settings file");
                continue;
            }
            let text = above_files.resolve(named.written).map(|resolved| resolved.text);
            let text = text.unwrap_or_else(|_| named.written.text.expose().to_owned());
            for entry in text.split([',', ';']).map(str::trim).filter(|entry| !entry.is_empty()) {
                found.add(place, named.written, entry, problem);
            }
        }
        if found.list.is_empty() {
            found.list.push(Location::plain(found.directory.join(MAIN_FILE), true));
        }
        found.other_name(above_files);
        let is_exclusive = place.named.is_some() || above_files.find(KEYS[0].0).is_some();
        if !is_exclusive {
            found.add_working_dir();
        }
        found
    }

    /// Files have one name here; a server that Spring gives another name must not lose its protections in silence.
    fn other_name(&mut self, above_files: &Sources) {
        let named = above_files.find("spring.config.name").map(|found| found.written);
        let is_other = |written: &&Written| !matches!(written.text.expose().trim(), "" | "application");
        if let Some(written) = named.filter(is_other) {
            let text = "it has no effect: only files that are called application are read; settings in others, \
                        protections among them, are NOT read";
            self.notice(written, text);
        }
    }

    /// Below all others Spring reads `config` in the working directory, and below that the directory itself.
    fn add_working_dir(&mut self) {
        for directory in ["config", ""] {
            let main = Path::new(directory).join(MAIN_FILE);
            if !self.list.iter().any(|location| location.main == main) {
                self.list.insert(0, Location::plain(main, true));
            }
        }
    }

    /// The main files and the YAML beside them.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        let with_yaml = |location: &Location| {
            let yaml =
                YAML_ENDINGS.map(|ending| location.main.with_file_name("application").with_extension(ending));
            std::iter::once(location.main.clone()).chain(yaml)
        };
        self.list.iter().flat_map(with_yaml).collect()
    }

    fn add(&mut self, place: &Place<'_>, about: &Written, entry: &str, problem: &'static str) {
        let (path, is_optional) = match entry.strip_prefix("optional:") {
            Some(path) => (path, true),
            None => (entry, false),
        };
        if path.starts_with("classpath:") {
            return self.notice(about, format!("{path} has no effect: there is no class path here"));
        }
        if path.contains('*') {
            return self.mistakes.push(Mistake {
                key: about.name.clone(),
                value: Some(entry.to_owned()),
                origin: about.origin.clone(),
                problem: "patterns are not read; name the directories".to_owned(),
            });
        }
        let bare = path.strip_prefix("file:").unwrap_or(path);
        let is_directory = bare.ends_with('/') || place.working_dir.join(bare).is_dir();
        let unread_by_java = match () {
            () if !problem.is_empty() => problem,
            () if is_optional => "the location is written with optional:",
            () if bare.len() == path.len() => "the location is written without file:",
            () if !is_directory => "the location names a file",
            () => "",
        };
        let main = if is_directory { Path::new(bare).join(MAIN_FILE) } else { PathBuf::from(bare) };
        self.list.push(Location {
            main,
            is_optional,
            is_file: !is_directory,
            has_siblings: is_directory,
            unread_by_java,
        });
    }

    fn notice(&mut self, about: &Written, text: impl Into<String>) {
        let (key, origin) = (about.name.clone(), about.origin.clone());
        self.notices.push(Notice { weight: Weight::Warning, key, origin, text: text.into() });
    }
}
