//! Pairing the items of two lists whose order is free.

use super::{Unordered, compare};
use crate::json::Json;

/// The items of two equally long lists, each wanted one with the given one that differs least from it.
///
/// Both lists are walked in canonical order, so that the result does not depend on the order of either.
pub(super) fn pair_up<'a>(
    want: &'a [Json],
    got: &'a [Json],
    path: &str,
    unordered: &Unordered,
) -> Vec<(&'a Json, &'a Json)> {
    let place = format!("{path}[0]");
    let mut rest = in_canonical_order(got);
    let pair = |item: &'a Json| {
        let cost = |other: &Json| {
            compare(item, other, &place, unordered).iter().filter(|found| found.is_fail()).count()
        };
        let nearest = rest.iter().enumerate().min_by_key(|(_, other)| cost(other)).map(|(index, _)| index);
        nearest.map(|index| (item, rest.remove(index)))
    };
    in_canonical_order(want).into_iter().filter_map(pair).collect()
}

fn in_canonical_order(items: &[Json]) -> Vec<&Json> {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by_cached_key(|item| item.canonical());
    items
}
