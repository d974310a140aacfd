//! Pages of lists: the shape, and the arithmetic that all generations share.

use serde::Serialize;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// Entries on all pages together.
    pub total_count: u64,
    /// The page asked for, which may lie behind the last one.
    pub page_number: u64,
    pub pages_available: u64,
    pub page_items: Vec<T>,
}

impl<T> Page<T> {
    /// A page out of `total` entries; `number` counts from 1.
    pub fn new(total: u64, number: u64, size: u64, items: Vec<T>) -> Self {
        Self {
            total_count: total,
            page_number: number,
            pages_available: total.div_ceil(size.max(1)),
            page_items: items,
        }
    }
}

/// How many entries lie before a page. Numbers below 1 mean the first page; nothing overflows, however large the
/// numbers are (Dubbo asks for page 0 of size 2147483647).
pub fn entries_before(number: i64, size: i64) -> usize {
    let pages_before = u64::try_from(number.saturating_sub(1)).unwrap_or(0);
    let size = u64::try_from(size).unwrap_or(0);
    usize::try_from(pages_before.saturating_mul(size)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded: `cs1-search-blur` on 2.5.1, `ns3-admin-service-list` on 3.1.
    #[test]
    fn pages_count_as_recorded() {
        let pages = |total, number, size| Page::new(total, number, size, Vec::<u8>::new()).pages_available;
        assert_eq!([pages(0, 1, 10), pages(3, 1, 2), pages(3, 9, 10), pages(2, 1, 1)], [0, 2, 1, 2]);
        assert_eq!(
            serde_json::to_string(&Page::new(3, 2, 2, vec![1])).unwrap(),
            r#"{"totalCount":3,"pageNumber":2,"pagesAvailable":2,"pageItems":[1]}"#
        );
    }

    #[test]
    fn no_page_overflows() {
        assert_eq!(entries_before(0, i64::from(i32::MAX)), 0);
        assert_eq!(entries_before(-7, 10), 0);
        assert_eq!(entries_before(3, 10), 20);
        assert_eq!(entries_before(3, -1), 0);
        assert_eq!(entries_before(i64::MAX, i64::MAX), usize::MAX);
    }
}
