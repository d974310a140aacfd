//! Where the labels of addresses come from.

use navaid_labels::{HttpSettings, LabelOrigin, LabelSettings};

use super::catalog;
use super::reader::Reader;

/// Reads the settings of labels; none where there are no labels. A file and an endpoint together are a mistake: which of
/// them is right is not ours to guess.
pub(crate) fn read(reader: &mut Reader<'_>) -> Option<LabelSettings> {
    let file = reader.read(&catalog::LABELS_FILE);
    let url = reader.read(&catalog::LABELS_URL);
    let interval = reader.read(&catalog::LABELS_INTERVAL);
    let timeout = reader.read(&catalog::LABELS_TIMEOUT);
    let token = reader.read(&catalog::LABELS_TOKEN);
    let size_max = reader.read(&catalog::LABELS_SIZE);
    if file.is_some()
        && url.is_some()
        && let Some(text) = reader.raw(catalog::LABELS_URL.about.name)
    {
        let file = catalog::LABELS_FILE.about.name;
        reader.refuse(&text, format!("labels come from one place: set this or {file}, not both"));
    }
    let origin = match (file, url) {
        (Some(path), _) => LabelOrigin::File(path),
        (None, Some(url)) => LabelOrigin::Http(HttpSettings { url, interval, timeout, token }),
        (None, None) => return None,
    };
    Some(LabelSettings { origin, size_max })
}
