//! Families of numbers on their way to a page: filled by whoever has them, then written at once.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, text},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge, histogram::Histogram},
    registry::Registry,
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    families: Vec<Family>,
    histograms: Vec<(&'static str, &'static str, Histogram)>,
}

/// Numbers of one name, told apart by their labels.
#[derive(Debug)]
pub(super) struct Family {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    samples: Vec<(Vec<(String, String)>, Value)>,
}

/// A number; whole where it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Real(f64),
    Whole(u64),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Whole(number)
    }
}

impl Sheet {
    /// A family of numbers that go up and down.
    pub(super) fn gauges(&mut self, name: &'static str, help: &'static str) -> &mut Family {
        self.family(name, help, MetricType::Gauge)
    }

    /// A family of numbers that only grow; the page adds `_total` to its name.
    pub(super) fn counters(&mut self, name: &'static str, help: &'static str) -> &mut Family {
        self.family(name, help, MetricType::Counter)
    }

    pub(super) fn histogram(&mut self, name: &'static str, help: &'static str, histogram: &Histogram) {
        self.histograms.push((name, help, histogram.clone()));
    }

    fn family(&mut self, name: &'static str, help: &'static str, kind: MetricType) -> &mut Family {
        self.families.push(Family { name, help, kind, samples: Vec::new() });
        self.families.last_mut().expect("pushed above")
    }

    /// The sheet in Prometheus's text format.
    pub(super) fn text(self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode_registry(&mut page, &self.registry())?;
        Ok(page)
    }

    /// The sheet in the OpenMetrics format.
    pub(super) fn open_metrics(self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry())?;
        Ok(page)
    }

    fn registry(self) -> Registry {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        registry
    }
}

impl Family {
    pub(super) fn add(&mut self, labels: &[(&str, &str)], value: impl Into<Value>) {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.samples.push((labels.collect(), value.into()));
    }

    fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = encoder.encode_descriptor(self.name, self.help, None, self.kind)?;
        if let [(labels, value)] = &*self.samples
            && labels.is_empty()
        {
            return value.encode(self.kind, family);
        }
        for (labels, value) in &self.samples {
            value.encode(self.kind, family.encode_family(labels)?)?;
        }
        Ok(())
    }
}

impl Value {
    fn encode(self, kind: MetricType, sample: MetricEncoder<'_>) -> fmt::Result {
        match (kind, self) {
            (MetricType::Counter, Self::Real(number)) => ConstCounter::new(number).encode(sample),
            (MetricType::Counter, Self::Whole(number)) => ConstCounter::new(number).encode(sample),
            (_, Self::Real(number)) => ConstGauge::new(number).encode(sample),
            (_, Self::Whole(number)) => ConstGauge::new(number).encode(sample),
        }
    }
}

impl Collector for Sheet {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for family in &self.families {
            family.encode(&mut encoder)?;
        }
        for (name, help, histogram) in &self.histograms {
            let family = encoder.encode_descriptor(name, help, None, histogram.metric_type())?;
            histogram.encode(family)?;
        }
        Ok(())
    }
}
