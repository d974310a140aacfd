//! The composition root: settings become parts, the parts run, the parts drain.
//!
//! Read [`start`] to see the whole server: each part is built with what it needs as arguments and registers its
//! steps of the shutdown beside its start. Ports open last.

use anyhow::Context;

use crate::lifecycle::{End, Lifecycle, Outcome, Signals, Stop};
use crate::settings::{Listen, Settings};

/// Runs a server until it is told to stop.
///
/// # Errors
/// When a part cannot be started; nothing runs then.
pub fn run(settings: &Settings) -> anyhow::Result<End> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let end = runtime.block_on(async {
        let mut signals = Signals::listen().context("listen for signals")?;
        let mut lifecycle = Lifecycle::new(settings.shutdown_grace);
        start(settings, &mut lifecycle).await?;
        anyhow::Ok(lifecycle.run(async || signals.next().await).await)
    });
    runtime.shutdown_background(); // what is left after the grace period has had its time
    end
}

/// Starts the parts in their order.
async fn start(settings: &Settings, _lifecycle: &mut Lifecycle) -> anyhow::Result<()> {
    let Listen { main_port, grpc_port, console_port, .. } = settings.listen;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        port = main_port,
        grpc_port,
        console_port,
        data = %settings.data_dir.display(),
        "navaid is starting"
    );
    Ok(())
}

/// The exit code that tells how a server ended: 0 after a clean shutdown, 130 after a cut one, else 1.
pub fn exit_code(end: &End) -> u8 {
    match (&end.stop, end.outcome) {
        (_, Outcome::Cut) => 130,
        (Stop::Signal(_), Outcome::Clean) => 0,
        (Stop::Signal(_), Outcome::Incomplete) | (Stop::Task(_), _) => 1,
    }
}
