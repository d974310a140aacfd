//! What is true, and what everybody has been shown of it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::publisher::Client;
use super::{INSTANCES, SERVICES, SUBSCRIBERS, services_of};

/// What is true and what was shown. A service's instances may only become fewer.
#[derive(Debug)]
pub(super) struct Board {
    /// Instances that a service has at least.
    required: RefCell<Vec<usize>>,
    dead: RefCell<BTreeSet<Client>>,
    /// What each subscriber was shown last of each service that it subscribes to.
    shown: RefCell<BTreeMap<(usize, usize), BTreeSet<String>>>,
    pub(super) answers: Cell<usize>,
    pub(super) pushes: Cell<usize>,
    pub(super) lists: Cell<usize>,
    pub(super) beats: Cell<usize>,
    pub(super) connections: Cell<usize>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            required: RefCell::new(vec![0; SERVICES]),
            dead: RefCell::default(),
            shown: RefCell::default(),
            answers: Cell::default(),
            pushes: Cell::default(),
            lists: Cell::default(),
            beats: Cell::default(),
            connections: Cell::default(),
        }
    }
}

impl Board {
    /// Takes what somebody was shown of a service; `subscriber` is who remembers it.
    pub(super) fn show(&self, service: usize, view: &Value, subscriber: Option<usize>) -> Result<()> {
        let hosts = view["hosts"].as_array().with_context(|| format!("no hosts in {view}"))?;
        let seen: BTreeSet<String> = hosts
            .iter()
            .map(|host| format!("{}:{}", host["ip"].as_str().unwrap_or_default(), host["port"]))
            .collect();
        ensure!(seen.len() == hosts.len(), "an instance of service {service} is shown twice: {view}");
        let required = self.required.borrow()[service];
        ensure!(
            seen.len() >= required,
            "{} of {required} instances of service {service} are shown: {seen:?}",
            seen.len()
        );
        if let Some(subscriber) = subscriber {
            self.shown.borrow_mut().insert((subscriber, service), seen);
        }
        Ok(())
    }

    /// Whether every subscriber was shown all instances of all its services last.
    pub(super) fn is_full(&self) -> bool {
        let shown = self.shown.borrow();
        shown.len() == SUBSCRIBERS * subscribed(0).count()
            && shown.values().all(|seen| seen.len() == INSTANCES)
    }

    /// How much everybody was shown, for who wonders what is missing.
    pub(super) fn summary(&self) -> String {
        let shown = self.shown.borrow();
        let hosts: usize = shown.values().map(BTreeSet::len).sum();
        format!(
            "{} subscriptions see {hosts} instances, for example {:?}",
            shown.len(),
            shown.first_key_value()
        )
    }

    pub(super) fn require_all(&self) {
        self.required.borrow_mut().fill(INSTANCES);
    }

    /// Clients that do not come back. To be called while the server is down.
    pub(super) fn let_die(&self, clients: &[Client]) {
        for client in clients {
            for service in services_of(client.number()) {
                self.required.borrow_mut()[service] -= 1;
            }
        }
        self.dead.borrow_mut().extend(clients);
        self.shown.borrow_mut().clear();
    }

    pub(super) fn is_dead(&self, client: Client) -> bool {
        self.dead.borrow().contains(&client)
    }

    /// Whether every subscriber was shown as many instances as there are, and none of a dead client.
    pub(super) fn shows_exactly_the_living(&self) -> bool {
        let (shown, required, dead) = (self.shown.borrow(), self.required.borrow(), self.dead.borrow());
        let is_dead = |address: &String| dead.iter().any(|client| client.address() == *address);
        shown.len() == SUBSCRIBERS * subscribed(0).count()
            && shown
                .iter()
                .all(|((_, service), seen)| seen.len() == required[*service] && !seen.iter().any(is_dead))
    }
}

/// The services that a subscriber subscribes to: twenty, so that each service has ten subscribers.
pub(super) fn subscribed(subscriber: usize) -> impl Iterator<Item = usize> {
    (subscriber % 10..SERVICES).step_by(10)
}

pub(super) fn count(counter: &Cell<usize>) {
    counter.set(counter.get() + 1);
}
