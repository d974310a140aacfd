//! Paging, as every list of the configuration API has it: pages count from 1.

use crate::limits::{ConfigField, ConfigProblem, InvalidConfig};

/// Most rows a page of a search may have; a larger wish is cut to it (`spec/storage-and-settings` §8).
pub const SEARCH_PAGE_MAX: usize = 50_000;
/// Most rows a page of history may have; a larger wish is cut to it.
pub const HISTORY_PAGE_MAX: usize = 500;

/// Which page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    number: usize,
    size: usize,
}

impl PageRequest {
    /// # Errors
    /// Number or size is below 1.
    pub fn new(number: i64, size: i64) -> Result<Self, InvalidConfig> {
        let positive = |n: i64| usize::try_from(n).ok().filter(|n| *n > 0);
        match (positive(number), positive(size)) {
            (Some(number), Some(size)) => Ok(Self { number, size }),
            _ => Err(InvalidConfig { field: ConfigField::Page, problem: ConfigProblem::NotPositive }),
        }
    }

    /// The same page number with at most `max` rows a page.
    #[must_use]
    pub fn capped(self, max: usize) -> Self {
        Self { size: self.size.min(max), ..self }
    }

    pub fn number(self) -> usize {
        self.number
    }

    pub fn size(self) -> usize {
        self.size
    }

    /// Rows before this page.
    pub fn skip(self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }
}

/// One page of rows, and how many rows there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub total: u64,
    pub items: Vec<T>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_below_one_is_refused() {
        for (number, size) in [(0, 10), (1, 0), (-1, 5), (i64::MIN, i64::MAX)] {
            assert!(PageRequest::new(number, size).is_err(), "{number} {size}");
        }
    }

    #[test]
    fn page_far_away_does_not_overflow() {
        let page = PageRequest::new(i64::MAX, i64::MAX).unwrap();
        assert_eq!(page.skip(), usize::MAX);
        assert_eq!(page.capped(500).size(), 500);
    }
}
