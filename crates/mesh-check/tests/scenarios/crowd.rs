//! A server, and a sink of every kind connected to it.

use anyhow::{Context, Result, ensure};
use mesh_check::{Age, Bed, Instance, IstiodSink, Pairs, Pilot14Sink, Sink, SyntheticSink, View};

/// Any will do; it decides in which order Pilot asks.
const SEED: u64 = 20_261_127;

/// The name of the synthetic sink.
const SYNTHETIC: &str = "SSEMCP";

pub(crate) struct Crowd {
    pub(crate) bed: Bed,
    pub(crate) sinks: Vec<(String, Sink)>,
}

impl Crowd {
    /// Registers, and then connects the sinks.
    pub(crate) async fn start(settings: &Pairs<'_>, before: &[Instance]) -> Result<Self> {
        let bed = Bed::start(settings).await?;
        for instance in before {
            bed.register(instance).await?;
        }
        let mut crowd = Self { bed, sinks: Vec::new() };
        crowd.connect();
        Ok(crowd)
    }

    /// Connects one more sink of every kind.
    pub(crate) fn connect(&mut self) {
        let port = self.bed.mesh_port();
        let seed = SEED + self.sinks.len() as u64;
        self.sinks.push(("Pilot 1.4".to_owned(), Sink::start(port, Pilot14Sink::new(seed))));
        for age in Age::ALL {
            self.sinks.push((format!("{age:?}"), Sink::start(port, IstiodSink::new(age))));
        }
        self.sinks.push((SYNTHETIC.to_owned(), Sink::start(port, SyntheticSink::new())));
    }

    /// Waits until every sink routes to the instance's service as the server lists it.
    pub(crate) async fn agree(&self, of: &Instance) -> Result<()> {
        for (name, sink) in &self.sinks {
            self.bed.agree(sink, of).await.with_context(|| name.clone())?;
        }
        Ok(())
    }

    /// Waits until every sink is as claimed.
    pub(crate) async fn until(&mut self, what: &str, claim: impl Fn(&View) -> bool) -> Result<()> {
        for (name, sink) in &mut self.sinks {
            sink.until(what, &claim).await.with_context(|| name.clone())?;
        }
        Ok(())
    }

    /// The same for all but the synthetic sink, whose protocol cannot tell it of nothing.
    pub(crate) async fn until_without_synthetic(
        &mut self,
        what: &str,
        claim: impl Fn(&View) -> bool,
    ) -> Result<()> {
        for (name, sink) in self.sinks.iter_mut().filter(|(name, _)| name != SYNTHETIC) {
            sink.until(what, &claim).await.with_context(|| name.clone())?;
        }
        Ok(())
    }

    /// Waits until every sink would serve proxies.
    pub(crate) async fn synced(&mut self) -> Result<()> {
        self.until_without_synthetic("every type is answered", |view| view.is_synced).await
    }

    /// Passes if the source has done nothing wrong and the server is well.
    pub(crate) fn end(self) -> Result<()> {
        self.clean()?;
        self.bed.end()
    }

    /// The same, where no route was to be lost in between.
    pub(crate) fn end_without_loss(self) -> Result<()> {
        for (name, sink) in &self.sinks {
            let lost = sink.view().lost;
            ensure!(lost.is_empty(), "{name} lost {lost:?}");
        }
        self.end()
    }

    fn clean(&self) -> Result<()> {
        self.sinks.iter().try_for_each(|(name, sink)| sink.clean().with_context(|| name.clone()))
    }
}
