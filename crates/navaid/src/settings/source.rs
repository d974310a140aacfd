//! Where settings come from, in which order, and which written value answers an asked name.
//!
//! Highest first: flags, `SPRING_APPLICATION_JSON`, the JVM options of `JAVA_OPT` and the container variables that the
//! start script of the official image turns into such, the environment, the files, the container variables that the
//! image's own file mentions. The first layer that has the name wins, even when its value is empty.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::names::{canonical, environment_candidates, folded_variable, is_relaxed};
use super::placeholder::{self, PlaceholderError, Resolved};
use super::secret::Secret;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A command line flag, such as `--set`.
    Flag(&'static str),
    /// An environment variable.
    Variable(String),
    /// A file, or a line of one.
    File {
        /// The file, as it was named or found.
        path: Arc<Path>,
        /// The line on which the key starts, counted from 1; 0 means the file as a whole.
        line: u32,
    },
    /// Nobody wrote it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One value as somebody wrote it: placeholders unresolved.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// The name as written, which need not be the name asked for.
    pub(crate) name: String,
    pub(crate) text: Secret,
    pub(crate) origin: Origin,
}

/// What kind of source a layer is; it decides about keys that a file cannot set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayerKind {
    /// Flags, or a variable that stands for them.
    Flags,
    File(FileRole),
}

/// What a file is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileRole {
    /// `application.properties`, or the file that was named.
    Main,
    /// A file that the main file imports.
    Import,
    /// `application-PROFILE`.
    Profile,
    /// A file that a YAML file imports.
    LateImport,
    /// `application.yml`.
    Yaml,
    /// The key that a byte order mark hides from a Java server.
    Lost,
    /// The file that the container image has if nobody brings one.
    Image,
}

impl FileRole {
    /// Its place among the files of one location, the highest first. In the last location (`place` 0) a Nacos server
    /// lays the main file above the rest; in those before it Spring's order counts.
    pub(crate) fn rank(self, place: usize) -> usize {
        match self {
            Self::Main if place == 0 => 0,
            Self::Import => 1,
            Self::Profile => 2,
            Self::Main | Self::LateImport => 3,
            Self::Yaml => 4,
            Self::Lost | Self::Image => 5,
        }
    }
}

/// Key-value pairs of one source, found by the relaxed rule of [`names`](super::names).
#[derive(Debug)]
pub(crate) struct NamedLayer {
    kind: LayerKind,
    written: Vec<Written>,
    by_name: HashMap<String, usize>,
    by_canonical: HashMap<String, usize>,
}

impl NamedLayer {
    /// A layer of `written` values; of two with one name the later counts.
    pub(crate) fn new(kind: LayerKind, written: Vec<Written>) -> Self {
        let mut by_name = HashMap::new();
        let mut by_canonical = HashMap::new();
        for (index, entry) in written.iter().enumerate() {
            by_name.insert(entry.name.clone(), index);
            by_canonical.insert(canonical(&entry.name), index);
        }
        Self { kind, written, by_name, by_canonical }
    }

    fn role(&self) -> Option<FileRole> {
        match self.kind {
            LayerKind::Flags => None,
            LayerKind::File(role) => Some(role),
        }
    }

    fn find(&self, asked: &str) -> Option<&Written> {
        let loosely = || is_relaxed(asked).then(|| self.by_canonical.get(&canonical(asked))).flatten();
        self.by_name.get(asked).or_else(loosely).map(|index| &self.written[*index])
    }
}

/// The variables of the process.
#[derive(Debug)]
pub(crate) struct Environment {
    variables: HashMap<String, Written>,
    /// Folded name → name; of several spellings the one in upper case.
    folded: HashMap<String, String>,
}

impl Environment {
    /// The environment made of these `(name, value)` pairs.
    pub(crate) fn new(variables: &[(String, String)]) -> Self {
        let written = |(name, value): &(String, String)| {
            let origin = Origin::Variable(name.clone());
            (name.clone(), Written { name: name.clone(), text: Secret::new(value.as_str()), origin })
        };
        let mut names: Vec<&String> = variables.iter().map(|(name, _)| name).collect();
        names.sort_unstable_by(|a, b| b.cmp(a)); // capitals sort before small letters, so they are inserted last
        let folded = names.into_iter().map(|name| (folded_variable(name), name.clone())).collect();
        Self { variables: variables.iter().map(written).collect(), folded }
    }

    /// The variable with exactly this name.
    pub(crate) fn exact(&self, name: &str) -> Option<&Written> {
        self.variables.get(name)
    }

    /// All variables, in no order.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &Written> {
        self.variables.values()
    }

    /// The variable that answers `asked`.
    pub(crate) fn find(&self, asked: &str) -> Option<&Written> {
        let names = environment_candidates(asked);
        let loosely = names.loose.iter().filter_map(|n| self.folded.get(&folded_variable(n)));
        loosely.chain(&names.exact).find_map(|name| self.variables.get(name))
    }
}

/// One source.
#[derive(Debug)]
pub(crate) enum Layer {
    Named(NamedLayer),
    Environment(Environment),
}

impl Layer {
    fn find(&self, asked: &str) -> Option<&Written> {
        match self {
            Self::Named(named) if named.role().is_some() && NOT_FROM_FILES.contains(&asked) => None,
            Self::Named(named) => named.find(asked),
            Self::Environment(environment) => environment.find(asked),
        }
    }

    fn role(&self) -> Option<FileRole> {
        match self {
            Self::Named(named) => named.role(),
            Self::Environment(_) => None,
        }
    }
}

/// Keys that a Java server takes from JVM options only. In a settings file they are ignored, with a warning.
pub(crate) const NOT_FROM_FILES: [&str; 4] =
    ["nacos.home", "nacos.standalone", "nacos.functionMode", "nacos.server.ip"];

/// A found value and the rank of its layer (0 is the highest).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) rank: usize,
    pub(crate) written: &'a Written,
}

/// All sources, highest first.
#[derive(Debug)]
pub(crate) struct Sources {
    layers: Vec<Layer>,
    /// JVM properties that files may name in placeholders (`user.home`, …); the lowest layer.
    system: HashMap<&'static str, String>,
}

impl Sources {
    /// Stacks `layers`, highest first, over the `system` properties.
    pub(crate) fn new(layers: Vec<Layer>, system: HashMap<&'static str, String>) -> Self {
        Self { layers, system }
    }

    /// The value that counts for `asked`.
    pub(crate) fn find(&self, asked: &str) -> Option<Found<'_>> {
        self.find_all(asked).next()
    }

    /// The value of `asked` in every layer that has it, highest first.
    pub(crate) fn find_all<'s>(&'s self, asked: &str) -> impl Iterator<Item = Found<'s>> {
        let layers = self.layers.iter().enumerate();
        layers.filter_map(move |(rank, layer)| layer.find(asked).map(|written| Found { rank, written }))
    }

    /// A list: whole from the highest layer that has its name or its first element, with the role of that layer if it is
    /// a file.
    pub(crate) fn find_list(&self, asked: &str) -> (Vec<&Written>, Option<FileRole>) {
        for layer in &self.layers {
            let elements = (0..).map_while(|index: usize| layer.find(&format!("{asked}[{index}]")));
            let list: Vec<_> = match layer.find(asked) {
                Some(written) => vec![written],
                None => elements.collect(),
            };
            if !list.is_empty() {
                return (list, layer.role());
            }
        }
        (Vec::new(), None)
    }

    /// The role of the file that is the layer of this rank, if it is one.
    pub(crate) fn role(&self, rank: usize) -> Option<FileRole> {
        self.layers.get(rank).and_then(Layer::role)
    }

    /// Resolves the placeholders of a written value over all sources.
    ///
    /// # Errors
    /// [`PlaceholderError`], see there.
    pub(crate) fn resolve(&self, written: &Written) -> Result<Resolved, PlaceholderError> {
        placeholder::resolve(written.text.expose(), &|name| {
            let found = self.find(name).map(|found| found.written.text.expose().to_owned());
            found.or_else(|| self.system.get(name).cloned())
        })
    }

    /// Everything that was written under a settings key's name: flags and files, not the environment.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (LayerKind, &Written)> {
        self.layers.iter().flat_map(|layer| {
            let named = match layer {
                Layer::Named(named) => Some(named),
                Layer::Environment(_) => None,
            };
            named.into_iter().flat_map(|named| named.written.iter().map(|written| (named.kind, written)))
        })
    }

    /// The variables, if the environment is among the sources.
    pub(crate) fn environment(&self) -> Option<&Environment> {
        self.layers.iter().find_map(|layer| match layer {
            Layer::Environment(environment) => Some(environment),
            Layer::Named(_) => None,
        })
    }
}

#[cfg(test)]
mod tests;
