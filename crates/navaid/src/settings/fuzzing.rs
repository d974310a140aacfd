//! Doors for `fuzz`, which feeds the readers of settings what nobody would write. They are there only where everything is
//! built with `--cfg fuzzing`.

use super::{cluster_conf, placeholder, properties, yaml};

/// A key, its value, and the line on which it starts.
pub type Entry = (u32, String, String);

fn entry(property: properties::Property) -> Entry {
    (property.line, property.key, property.value)
}

/// The entries of a `.properties` file; `None` for one that is refused.
pub fn properties(bytes: &[u8]) -> Option<Vec<Entry>> {
    let read = properties::read(bytes).ok()?;
    Some(read.entries.into_iter().map(entry).collect())
}

/// The entries of each document of a YAML file, or the line of the mistake.
///
/// # Errors
/// The file is refused.
pub fn yaml(bytes: &[u8]) -> Result<Vec<Vec<Entry>>, u32> {
    let documents = yaml::read(bytes).map_err(|error| error.line)?;
    Ok(documents.into_iter().map(|document| document.into_iter().map(entry).collect()).collect())
}

/// The members of a `cluster.conf` as they are printed; `None` if there is an entry without a meaning.
pub fn members(bytes: &[u8]) -> Option<Vec<String>> {
    let list = cluster_conf::read_file(bytes, 8848);
    list.errors.is_empty().then(|| list.members.iter().map(ToString::to_string).collect())
}

/// Longest text that placeholders may come to, in bytes.
pub const RESOLVED_MAX: usize = placeholder::MAX_LENGTH;

/// A text with its placeholders filled; `None` if they cannot be.
pub fn resolve(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    placeholder::resolve(text, lookup).ok().map(|resolved| resolved.text)
}
