//! The parts of the edge, put together.

use std::{net::SocketAddr, sync::Arc};

use navaid_config::Configs;
use navaid_core::seam::Clock;
use navaid_naming::Naming;
use tokio_util::sync::CancellationToken;

use crate::{
    edge::{ListenError, MeshListener},
    report::MeshReport,
    runner::MeshRunner,
    settings::MeshSettings,
    switchboard::Switchboard,
};

/// The edge before it runs: its runner, its listener and its report share one catalog.
pub struct Mesh {
    naming: Arc<Naming>,
    configs: Arc<Configs>,
    board: Arc<Switchboard>,
}

impl Mesh {
    pub fn new(
        naming: Arc<Naming>,
        configs: Arc<Configs>,
        clock: Arc<dyn Clock>,
        settings: MeshSettings,
    ) -> Self {
        Self { naming, configs, board: Arc::new(Switchboard::new(settings, clock)) }
    }

    /// What keeps the catalog in step with the engines. Let it build everything before the listener runs.
    pub fn runner(&self, stop: CancellationToken) -> MeshRunner {
        MeshRunner::new((self.naming.clone(), self.configs.clone()), self.board.clone(), stop)
    }

    /// Opens the port.
    ///
    /// # Errors
    /// The address is taken or not this machine's, or the files of TLS cannot be used.
    pub async fn listen(
        &self,
        address: SocketAddr,
        stop: CancellationToken,
    ) -> Result<MeshListener, ListenError> {
        MeshListener::bind(address, self.board.clone(), stop).await
    }

    pub fn report(&self) -> MeshReport {
        MeshReport::new(self.naming.clone(), self.configs.clone(), self.board.clone())
    }
}
