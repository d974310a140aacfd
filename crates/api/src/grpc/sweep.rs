//! The sweeper: retries what was not acknowledged, asks silent clients whether they are there, cuts those that do
//! not answer or do not read, and moves clients when the server stops.

use std::{sync::Arc, time::Duration};

use navaid_core::Moment;

use super::{
    GrpcEdge,
    connection::Connection,
    outbox::{Control, Redirect},
};

/// How often every connection is looked at. Finer than the shortest deadline (1 s).
const SWEEP_EVERY: Duration = Duration::from_millis(250);
/// A client that was not heard of for this long is asked whether it is there (`spec/grpc` §7.1).
const STALE_AFTER: Duration = Duration::from_secs(20);
/// How long it may take to answer.
const DETECTION_WAIT: Duration = Duration::from_secs(5);
/// How long clients have to move after they were told to, before their transports are closed.
const MOVE_WAIT: Duration = Duration::from_millis(500);

impl GrpcEdge {
    /// Runs until the node stops; then tells every client to move and closes what has not gone by itself.
    pub(crate) async fn sweep(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.sweep_once(self.node.clock.now().mono),
                () = self.node.stopping.cancelled() => break,
            }
        }
        for connection in self.registry.all() {
            connection.mailbox.control(Control::Reset(Redirect::to_this(&self.node.facts)));
        }
        let moved = async {
            while self.registry.len() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        // Whoever is left after the wait is closed.
        let _ = tokio::time::timeout(MOVE_WAIT, moved).await;
        for connection in self.registry.all() {
            connection.close();
        }
    }

    fn sweep_once(&self, now: Moment) {
        for connection in self.registry.all() {
            self.sweep_connection(&connection, now);
        }
    }

    fn sweep_connection(&self, connection: &Arc<Connection>, now: Moment) {
        if now.since(connection.last_active()) >= STALE_AFTER {
            connection.mailbox.detect(now + DETECTION_WAIT);
        }
        let overdue = connection.mailbox.sweep(now);
        if overdue.unanswered > 0 {
            self.node.push_tally.failed(overdue.unanswered, self.node.clock.now());
        }
        for key in overdue.services {
            if !self.node.naming.resend(&connection.client(), &key, self.node.clock.now()) {
                connection.mailbox.forget_service(&key);
            }
        }
        for key in overdue.unproven {
            let is_in_step = self.node.configs.is_in_step(&connection.listener, &key);
            if connection.mailbox.settle(key, is_in_step) {
                self.node.configs.activity().repeated();
                tracing::debug!(client = %connection.id(), "client does not hold what it was told of");
            }
        }
        if let Some(reason) = overdue.cut {
            tracing::info!(client = %connection.id(), ?reason, "connection cut");
            connection.close();
        }
    }
}
