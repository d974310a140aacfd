//! Switches: stored and the same on every member, but for those that an operator changes on one member to look what
//! comes of it, which are gone with its next start.

use std::sync::Arc;

use navaid_core::{
    Command, Now, Outcome, Record, SwitchChange, Switches,
    command::NamingCommand,
    seam::{Applied, CommitError},
};

use super::Naming;

impl Naming {
    /// The switches that count on this member.
    pub fn switches(&self) -> Arc<Switches> {
        self.switches.load_full()
    }

    /// Changes a switch on every member and for good. It counts when this answers.
    ///
    /// # Errors
    /// The command was not stored.
    pub async fn change_switch(&self, change: SwitchChange) -> Result<(), CommitError> {
        self.commit.commit(Command::Naming(NamingCommand::ChangeSwitch(change))).await?;
        Ok(())
    }

    /// Changes a switch on this member until it is started again.
    pub fn change_switch_here(&self, change: SwitchChange, now: Now) {
        let _turn = self.stored_switches.lock();
        self.switch(change, now);
    }

    pub(super) fn apply_switch(&self, change: &SwitchChange, now: Now) -> Applied {
        let mut stored = self.stored_switches.lock();
        stored.change(change.clone());
        self.switch(change.clone(), now);
        let records = vec![Record::PutSwitches(Box::new(stored.clone()))];
        Applied { outcome: Outcome::Done, records }
    }

    pub(super) fn load_switches(&self, switches: Switches, now: Now) {
        let mut stored = self.stored_switches.lock();
        *stored = switches.clone();
        self.switch_to(switches, now);
    }

    /// Called by who holds the turn.
    fn switch(&self, change: SwitchChange, now: Now) {
        let mut switches = Switches::clone(&self.switches.load());
        switches.change(change);
        self.switch_to(switches, now);
    }

    fn switch_to(&self, switches: Switches, now: Now) {
        let switches = Arc::new(switches);
        let old = self.switches.swap(switches.clone());
        let context = self.context(&switches, now);
        for shard in &self.services {
            let mut shard = shard.lock();
            shard.renew_all_patience(&context);
            if old.push_cache != switches.push_cache {
                shard.renew_all_views(now.mono);
            }
        }
        self.pushes.ring();
    }
}
