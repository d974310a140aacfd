//! The log: `tracing` events as text or JSON on standard error.
//!
//! Nothing is filtered for secrets here; they are kept out where values become fields, by the type
//! [`Secret`](crate::settings::Secret).

use std::backtrace::Backtrace;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use anyhow::Context;
use navaid_api::{LogControl, LogUnchanged};
use parking_lot::Mutex;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::settings::{Loaded, LogFilter, LogFormat, LogSettings, Notice, Weight};

/// The running log; with it the filter can be changed.
#[derive(Debug)]
pub struct Telemetry {
    filter: reload::Handle<EnvFilter, Registry>,
    levels: Mutex<Levels>,
}

/// What the filter is made of.
#[derive(Debug)]
struct Levels {
    /// What the settings say.
    settings: LogFilter,
    /// What operators have set since: part → level.
    set: BTreeMap<&'static str, LevelFilter>,
}

impl Telemetry {
    /// Starts the log of this process.
    ///
    /// # Errors
    /// When the process has a log already.
    pub fn start(settings: &LogSettings) -> anyhow::Result<Self> {
        let colours = std::io::stderr().is_terminal();
        let (subscriber, telemetry) = Self::build(settings, std::io::stderr, colours);
        tracing::subscriber::set_global_default(subscriber).context("start the log")?;
        std::panic::set_hook(Box::new(log_panic));
        Ok(telemetry)
    }

    /// A log that writes to `writer`, not yet installed.
    fn build<W>(settings: &LogSettings, writer: W, colours: bool) -> (impl tracing::Subscriber, Self)
    where
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        let (filter, handle) = reload::Layer::new(settings.filter.to_filter());
        let lines = match settings.format {
            LogFormat::Text => fmt::layer().with_writer(writer).with_ansi(colours).boxed(),
            LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(writer).boxed(),
        };
        let levels = Levels { settings: settings.filter.clone(), set: BTreeMap::new() };
        let telemetry = Self { filter: handle, levels: Mutex::new(levels) };
        (Registry::default().with(filter).with(lines), telemetry)
    }
}

impl LogControl for Telemetry {
    fn set_level(&self, part: &'static str, level: LevelFilter) -> Result<(), LogUnchanged> {
        let mut levels = self.levels.lock();
        levels.set.insert(part, level);
        self.reload(&levels)
    }
}

impl Telemetry {
    /// Goes by another setting from now on; what operators have set stays above it.
    pub fn follow_setting(&self, filter: LogFilter) {
        let mut levels = self.levels.lock();
        levels.settings = filter;
        if let Err(LogUnchanged(problem)) = self.reload(&levels) {
            tracing::warn!(problem, "the log keeps its levels");
        }
    }

    fn reload(&self, levels: &Levels) -> Result<(), LogUnchanged> {
        let filter = levels.settings.to_filter_with(&levels.set);
        self.filter.reload(filter).map_err(|error| LogUnchanged(error.to_string()))
    }
}

/// A panic as a log line like any other, instead of bare text between lines of JSON.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    let message = panic.payload_as_str();
    tracing::error!(location, message, backtrace = %Backtrace::capture(), "a task panicked");
}

/// Logs what reading the settings found worth saying.
pub fn log_loaded(loaded: &Loaded) {
    for Notice { weight, key, origin, text } in &loaded.notices {
        match weight {
            Weight::Warning => tracing::warn!(%key, %origin, note = %text, "setting needs attention"),
            Weight::Note => tracing::info!(%key, %origin, note = %text, "setting noted"),
        }
    }
    let idle: Vec<String> = loaded.effective.idle_keys().collect();
    if !idle.is_empty() {
        tracing::info!(keys = idle.join(" "), "settings without effect in this release");
    }
}

#[cfg(test)]
mod tests;
