//! Lets time pass for the builders: notes which services and items change, and builds those whose turn it is.

use std::sync::Arc;

use navaid_config::Configs;
use navaid_core::{Moment, NamespaceId, Now, ServiceKey};
use navaid_naming::{Naming, Page};
use tokio_util::sync::CancellationToken;

use crate::{
    builder::Builder,
    catalog::Owner,
    debounce::Debounce,
    routing,
    rule_builder::RuleBuilder,
    switchboard::{Pulse, Switchboard},
};

/// Services and items that are built before other tasks get a turn.
const BATCH: usize = 32;

/// See the module. Its owner awaits [`MeshRunner::run`] in a task that it joins.
pub struct MeshRunner {
    naming: Arc<Naming>,
    configs: Arc<Configs>,
    board: Arc<Switchboard>,
    builder: Builder,
    rules: RuleBuilder,
    debounce: Debounce,
    stop: CancellationToken,
}

impl MeshRunner {
    pub(crate) fn new(
        (naming, configs): (Arc<Naming>, Arc<Configs>),
        board: Arc<Switchboard>,
        stop: CancellationToken,
    ) -> Self {
        let builder = Builder::new(naming.clone(), board.clone());
        let rules = RuleBuilder::new(configs.clone(), board.clone());
        let debounce = Debounce::new(board.settings.timing);
        Self { naming, configs, board, builder, rules, debounce, stop }
    }

    /// Builds every service and every item with rules that is there. Call it before peers are let in: an answer that lacks services takes them away
    /// from a whole mesh.
    pub async fn build_all(&mut self) {
        self.naming.changed_services().follow();
        self.configs.item_changes().follow();
        for keys in self.services_by_age().chunks(BATCH) {
            keys.iter().for_each(|key| _ = self.builder.build(key, self.now()));
            tokio::task::yield_now().await;
        }
        for keys in self.configs.keys_where(routing::is_tagged).chunks(BATCH) {
            keys.iter().for_each(|key| _ = self.rules.build(key));
            tokio::task::yield_now().await;
        }
        self.announce(self.now().mono);
    }

    /// All services, oldest first: of two that would have one host name the older one has it, as before a restart.
    fn services_by_age(&self) -> Vec<ServiceKey> {
        let now = self.now();
        let namespaces = self.naming.namespaces().into_iter();
        let namespaces = namespaces.filter_map(|(name, _)| NamespaceId::parse(&name).ok());
        let mut keys: Vec<_> =
            namespaces.flat_map(|namespace| self.naming.services(&namespace, None, Page::ALL).keys).collect();
        keys.sort_by_cached_key(|key| (self.naming.view(key, now).created, key.clone()));
        keys
    }

    /// Returns once stopped.
    pub async fn run(mut self) {
        let items = self.configs.item_changes();
        loop {
            let turn = self.debounce.next_turn();
            tokio::select! {
                () = self.stop.cancelled() => return,
                keys = self.naming.changed_services().take() => {
                    let now = self.board.clock.now().mono;
                    keys.into_iter().for_each(|key| self.debounce.changed(Owner::Service(key), now));
                }
                keys = items.take() => {
                    let now = self.board.clock.now().mono;
                    for key in keys.into_iter().filter(|key| self.rules.concerns(key)) {
                        self.debounce.changed(Owner::Document(key), now);
                    }
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
            for owner in self.build(&owner) {
                self.debounce.changed(owner, self.now().mono);
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

    /// Gives those that may be shown now.
    fn build(&mut self, owner: &Owner) -> Vec<Owner> {
        match owner {
            Owner::Service(key) => {
                let freed = self.builder.build(key, self.board.clock.now());
                freed.into_iter().map(Owner::Service).collect()
            }
            Owner::Document(key) => self.rules.build(key).into_iter().map(Owner::Document).collect(),
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
