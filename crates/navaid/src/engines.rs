//! The replicated state as one: every ordered command and every stored record finds its engine here.

use std::sync::Arc;

use navaid_config::{Catalog, namespace::NamespaceTable};
use navaid_core::{
    Command, Proposal, Record,
    command::LogIndex,
    seam::{Applied, Apply},
};
use navaid_naming::Naming;

/// The engines that commands are applied to.
pub struct Engines {
    pub naming: Arc<Naming>,
    pub catalog: Arc<Catalog>,
    pub namespaces: Arc<NamespaceTable>,
}

impl Engines {
    /// Takes a stored record back at start.
    ///
    /// # Errors
    /// No engine knows the record, which comes back.
    pub fn load(&self, record: Record) -> Result<(), Box<Record>> {
        let Some(record) = self.catalog.load(record) else { return Ok(()) };
        let Some(record) = self.namespaces.load(record) else { return Ok(()) };
        self.naming.load(record)
    }
}

impl Apply for Engines {
    fn apply(&self, _: LogIndex, proposal: &Proposal) -> Applied {
        match &proposal.command {
            Command::Config(command) => self.catalog.apply(proposal.at, command),
            Command::Naming(command) => self.naming.apply(proposal.at, command),
            Command::Namespace(command) => self.namespaces.apply(proposal.at, command),
        }
    }
}
