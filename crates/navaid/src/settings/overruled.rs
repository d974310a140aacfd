//! What files say without effect, or with another effect than on some Java server: notices that name file, line and key.

use super::mistake::{Notice, Weight, bounded};
use super::names::canonical;
use super::source::{Environment, FileRole, LayerKind, Sources, Written};

/// Keys that the built-in files of Nacos 2 and 3 set.
const BUILT_IN: [&str; 13] = [
    "nacos.core.auth.enabled",
    "nacos.core.auth.admin.enabled",
    "nacos.core.auth.console.enabled",
    "nacos.core.auth.system.type",
    "nacos.core.auth.caching.enabled",
    "nacos.core.auth.server.identity.key",
    "nacos.core.auth.server.identity.value",
    "server.port",
    "server.servlet.context-path",
    "nacos.server.main.port",
    "nacos.server.contextPath",
    "nacos.console.port",
    "nacos.config.push.maxRetryTime",
];

/// Notices of one kind at most; of the rest only the number is told.
const MAX_NOTICES: usize = 50;

/// Finds what is worth saying about the files as a whole. `unread_by_java` says why a Java server would have read its
/// built-in file above them; it is empty if it would not.
pub(crate) fn find(sources: &Sources, unread_by_java: &str) -> Vec<Notice> {
    let mut notices = built_in(sources, unread_by_java);
    notices.extend(bounded(below_main(sources), MAX_NOTICES));
    notices.extend(bounded(not_followed(sources), MAX_NOTICES));
    notices
}

/// Values of files that a Java server would not have used, because it read its built-in file above them.
fn built_in(sources: &Sources, unread_by_java: &str) -> Vec<Notice> {
    if unread_by_java.is_empty() {
        return Vec::new();
    }
    let in_a_file = |key: &str| {
        let found = sources.find(key)?;
        let is_image = sources.role(found.rank)? == FileRole::Image;
        (!is_image).then_some(found.written)
    };
    let text =
        format!("this value counts; a Java server read its built-in value here, because {unread_by_java}");
    BUILT_IN.iter().filter_map(|key| in_a_file(key)).map(|written| warning(written, &text)).collect()
}

/// Values of imported and profile files that the main file hides, and that Spring alone would have used.
fn below_main(sources: &Sources) -> Vec<Notice> {
    let is_hidden = |(kind, written): &(LayerKind, &Written)| {
        let LayerKind::File(role @ (FileRole::Import | FileRole::Profile)) = kind else { return None };
        let counting = sources.find(&written.name)?;
        let by = sources.role(counting.rank)?;
        let is_below = by == FileRole::Main || (by == FileRole::Import && *role == FileRole::Profile);
        let differs = counting.written.text != written.text && !is_unfollowed(Some(*kind), written);
        (is_below && differs).then(|| {
            let origin = &counting.written.origin;
            warning(
                written,
                &format!(
                    "it has no effect: {origin} counts, as on a Nacos server; Spring alone takes this one"
                ),
            )
        })
    };
    sources.keys().filter_map(|key| is_hidden(&key)).collect()
}

/// Files that Spring would read and that are not read here: whoever wrote a protection there must learn it.
fn not_followed(sources: &Sources) -> Vec<Notice> {
    let about = |(kind, written): (Option<LayerKind>, &Written)| {
        let name = canonical(&written.name.replace('_', "."));
        let text = if name.starts_with("spring.profiles.include") || name.starts_with("spring.profiles.group")
        {
            "it has no effect: name all profiles in spring.profiles.active; settings in the files of these profiles, \
             protections among them, are NOT read"
        } else if is_unfollowed(kind, written) {
            "it has no effect: only the main file can name other files; settings in these files, protections among \
             them, are NOT read"
        } else {
            return None;
        };
        Some(warning(written, text))
    };
    let mut variables: Vec<&Written> =
        sources.environment().into_iter().flat_map(Environment::variables).collect();
    variables.sort_unstable_by_key(|written| &written.name);
    let variables = variables.into_iter().map(|written| (None, written));
    let keys = sources.keys().map(|(kind, written)| (Some(kind), written));
    keys.chain(variables).filter_map(about).collect()
}

/// Whether a key names other files where nobody follows it: in an imported or a profile file.
fn is_unfollowed(kind: Option<LayerKind>, written: &Written) -> bool {
    let is_nested =
        matches!(kind, Some(LayerKind::File(FileRole::Import | FileRole::LateImport | FileRole::Profile)));
    let name = canonical(&written.name);
    is_nested && ["spring.config.import", "spring.profiles.active"].iter().any(|key| name.starts_with(key))
}

fn warning(written: &Written, text: &str) -> Notice {
    Notice {
        weight: Weight::Warning,
        key: written.name.clone(),
        origin: written.origin.clone(),
        text: text.to_owned(),
    }
}
