//! What the edges carry, in numbers, since the start.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use http::StatusCode;

/// Status codes that HTTP knows: 100 to 599.
const CODES: u16 = 500;
const CODE_MIN: u16 = 100;

/// Counts connections and answers.
#[derive(Debug)]
pub struct Traffic {
    open: AtomicUsize,
    /// HTTP answers by status code, from 100 on.
    answers: Box<[AtomicU64]>,
    /// Answers that were held because they repeat a refusal.
    held: AtomicU64,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            open: AtomicUsize::new(0),
            answers: (0..CODES).map(|_| AtomicU64::new(0)).collect(),
            held: AtomicU64::new(0),
        }
    }
}

/// A connection while it is open.
pub(crate) struct Opened<'a>(&'a Traffic);

impl Traffic {
    /// Counts a connection until what is returned is dropped.
    pub(crate) fn opened(&self) -> Opened<'_> {
        self.open.fetch_add(1, Ordering::Relaxed);
        Opened(self)
    }

    /// Connections that are open on all ports, HTTP and gRPC.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    pub(crate) fn answered(&self, status: StatusCode) {
        if let Some(answers) = self.answers.get(usize::from(status.as_u16() - CODE_MIN)) {
            answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn held(&self) {
        self.held.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers that were held because they repeat a refusal.
    pub(crate) fn held_count(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// Status codes that were answered, and how often.
    pub(crate) fn answers(&self) -> Vec<(u16, u64)> {
        let counts = self.answers.iter().map(|answers| answers.load(Ordering::Relaxed));
        (CODE_MIN..).zip(counts).filter(|(_, count)| *count > 0).collect()
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_status_and_connections_while_they_are_open() {
        let traffic = Traffic::default();
        for status in [StatusCode::OK, StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE] {
            traffic.answered(status);
        }
        traffic.answered(StatusCode::from_u16(999).unwrap());
        assert_eq!(traffic.answers(), [(200, 2), (503, 1)]);
        let opened = traffic.opened();
        assert_eq!(traffic.open(), 1);
        drop(opened);
        assert_eq!(traffic.open(), 0);
    }
}
