//! Where the pushes of one connection wait until a step asks for them.

use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::json::Json;

/// The pushes that arrived and that no step took yet. Bounded by the length of a scenario: it ends with its connection.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    pushes: Mutex<VecDeque<(String, Json)>>,
    arrived: Notify,
}

impl Inbox {
    /// Keeps a push of a type.
    pub(crate) fn put(&self, kind: String, body: Json) {
        self.pushes.lock().push_back((kind, body));
        self.arrived.notify_one();
    }

    /// The bodies of every push of a type that arrives within `wait`, oldest first; pushes of other types stay.
    pub(crate) async fn take(&self, kind: &str, wait: Duration) -> Vec<Json> {
        let deadline = Instant::now() + wait;
        let mut found = Vec::new();
        loop {
            found.extend(self.take_present(kind));
            if timeout_at(deadline, self.arrived.notified()).await.is_err() {
                found.extend(self.take_present(kind));
                return found;
            }
        }
    }

    /// The oldest push of a type, as soon as there is one; `None` when none comes `within` the time.
    pub(crate) async fn next(&self, kind: &str, within: Duration) -> Option<Json> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(push) = self.take_oldest(kind) {
                return Some(push);
            }
            if timeout_at(deadline, self.arrived.notified()).await.is_err() {
                return self.take_oldest(kind);
            }
        }
    }

    fn take_oldest(&self, kind: &str) -> Option<Json> {
        let mut pushes = self.pushes.lock();
        let place = pushes.iter().position(|(name, _)| name == kind)?;
        pushes.remove(place).map(|(_, body)| body)
    }

    fn take_present(&self, kind: &str) -> Vec<Json> {
        let mut pushes = self.pushes.lock();
        let (found, rest): (Vec<_>, _) =
            mem::take(&mut *pushes).into_iter().partition(|(name, _)| name == kind);
        *pushes = rest.into();
        found.into_iter().map(|(_, body)| body).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn take_gives_one_type_oldest_first_and_leaves_the_rest() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let inbox = Inbox::default();
            for (kind, number) in [("a", 1), ("b", 2), ("a", 3)] {
                inbox.put(kind.to_owned(), number.into());
            }
            assert_eq!(inbox.take("a", Duration::ZERO).await, [1.into(), 3.into()]);
            assert_eq!(inbox.take("a", Duration::ZERO).await, []);
            assert_eq!(inbox.take("b", Duration::ZERO).await, [2.into()]);
        });
    }

    #[test]
    fn next_gives_the_oldest_of_one_type_or_nothing_in_time() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let inbox = Inbox::default();
            for (kind, number) in [("b", 1), ("a", 2), ("a", 3)] {
                inbox.put(kind.to_owned(), number.into());
            }
            assert_eq!(inbox.next("a", Duration::ZERO).await, Some(2.into()));
            assert_eq!(inbox.next("a", Duration::ZERO).await, Some(3.into()));
            assert_eq!(inbox.next("a", Duration::ZERO).await, None);
            assert_eq!(inbox.next("b", Duration::ZERO).await, Some(1.into()));
        });
    }

    #[test]
    fn take_waits_for_pushes_that_come_later() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let inbox = Inbox::default();
            let put = async { inbox.put("a".to_owned(), 1.into()) };
            let (found, ()) = tokio::join!(inbox.take("a", Duration::from_millis(1)), put);
            assert_eq!(found, [1.into()]);
        });
    }
}
