//! Lets time pass for the builder: notes which services change, and builds those whose turn it is.

use std::sync::Arc;

use navaid_core::{Moment, NamespaceId, Now, ServiceKey};
use navaid_naming::{Naming, Page};
use tokio_util::sync::CancellationToken;

use crate::{
    builder::Builder,
    catalog::Owner,
    debounce::Debounce,
    switchboard::{Pulse, Switchboard},
};

/// Services that are built before other tasks get a turn.
const BATCH: usize = 32;

/// See the module. Its owner awaits [`MeshRunner::run`] in a task that it joins.
pub struct MeshRunner {
    naming: Arc<Naming>,
    board: Arc<Switchboard>,
    builder: Builder,
    debounce: Debounce,
    stop: CancellationToken,
}

impl MeshRunner {
    pub(crate) fn new(naming: Arc<Naming>, board: Arc<Switchboard>, stop: CancellationToken) -> Self {
        let builder = Builder::new(naming.clone(), board.clone());
        let debounce = Debounce::new(board.settings.timing);
        Self { naming, board, builder, debounce, stop }
    }

    /// Builds every service that is there. Call it before peers are let in: an answer that lacks services takes them away
    /// from a whole mesh.
    pub async fn build_all(&mut self) {
        self.naming.changed_services().follow();
        let namespaces: Vec<_> = self.naming.namespaces().into_iter().map(|(name, _)| name).collect();
        for namespace in namespaces.iter().filter_map(|name| NamespaceId::parse(name).ok()) {
            let page = self.naming.services(&namespace, None, Page::ALL);
            for keys in page.keys.chunks(BATCH) {
                keys.iter().for_each(|key| _ = self.builder.build(key, self.now()));
                tokio::task::yield_now().await;
            }
        }
        self.announce(self.now().mono);
    }

    /// Returns once stopped.
    pub async fn run(mut self) {
        loop {
            let turn = self.debounce.next_turn();
            tokio::select! {
                () = self.stop.cancelled() => return,
                keys = self.naming.changed_services().take() => {
                    let now = self.board.clock.now().mono;
                    keys.into_iter().for_each(|key| self.debounce.changed(Owner::Service(key), now));
                }
                () = until(turn, self.board.clock.now()) => self.build_due().await,
            }
        }
    }

    async fn build_due(&mut self) {
        let mut since: Option<Moment> = None;
        let mut built = 0;
        while let Some((owner, waited)) = self.debounce.take_due(self.now().mono) {
            since = Some(since.map_or(waited, |since| since.min(waited)));
            for key in self.build(&owner) {
                self.debounce.changed(Owner::Service(key), self.now().mono);
            }
            built += 1;
            if built % BATCH == 0 {
                tokio::task::yield_now().await;
            }
        }
        if let Some(since) = since {
            self.announce(since);
        }
    }

    fn build(&mut self, owner: &Owner) -> Vec<ServiceKey> {
        match owner {
            Owner::Service(key) => self.builder.build(key, self.board.clock.now()),
        }
    }

    /// Wakes the streams if the catalog has changed.
    fn announce(&self, since: Moment) {
        let seq = self.board.catalog.lock().seq();
        self.board.pulse.send_if_modified(|pulse| {
            let is_new = pulse.seq != seq;
            if is_new {
                *pulse = Pulse { seq, since };
            }
            is_new
        });
    }

    fn now(&self) -> Now {
        self.board.clock.now()
    }
}

/// Waits until a moment; for ever if there is none.
async fn until(at: Option<Moment>, now: Now) {
    match at {
        Some(at) => tokio::time::sleep(at.since(now.mono)).await,
        None => std::future::pending().await,
    }
}
