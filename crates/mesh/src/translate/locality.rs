//! Where an instance is: by its own word, or by the inventory's (`spec/mesh` §10.8).

use std::sync::Arc;

use navaid_core::Instance;

use super::{Labels, Locality};

/// Longest part of a locality; longer ones are cut, since every endpoint carries them.
const PART_MAX: usize = 63;

/// `istio.locality` (`region/zone/sub-zone`), else `region`, `zone` and `subzone`, else the labels `site` and `zone` of
/// the address.
pub(super) fn of(instance: &Instance, labels: Labels<'_>) -> Locality {
    let said = |key| instance.metadata.get(key).map(str::trim).filter(|text| !text.is_empty());
    if let Some(whole) = said("istio.locality") {
        let mut parts = whole.splitn(3, '/').map(part);
        let mut next = || parts.next().unwrap_or_default();
        return Locality { region: next(), zone: next(), sub_zone: next() };
    }
    let named = ["region", "zone", "subzone"].map(|key| said(key).map(part));
    if named.iter().any(Option::is_some) {
        let [region, zone, sub_zone] = named.map(Option::unwrap_or_default);
        return Locality { region, zone, sub_zone };
    }
    let known = |name| labels(&instance.endpoint.ip, name).map(|value| part(&value)).unwrap_or_default();
    Locality { region: known("site"), zone: known("zone"), sub_zone: Arc::default() }
}

/// What can stand between two slashes: printable ASCII without a slash or a dot, which Istio reads as one.
fn part(text: &str) -> Arc<str> {
    let keep = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    text.chars().take(PART_MAX).map(keep).collect::<String>().into()
}

impl Locality {
    /// `region/zone/sub-zone`, without what is empty at the end.
    pub(crate) fn path(&self) -> String {
        let path = format!("{}/{}/{}", self.region, self.zone, self.sub_zone);
        path.trim_end_matches('/').to_owned()
    }
}
