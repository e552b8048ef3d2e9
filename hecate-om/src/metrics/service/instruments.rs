//! Counters, gauges and histograms. Clones share their value.

use std::fmt;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric, counter, gauge, histogram};

/// A number that only grows, of events or of amounts. Clones share their value.
#[derive(Debug, Clone, Default)]
pub struct Counter(pub(super) counter::Counter);

impl Counter {
    /// Adds one.
    pub fn inc(&self) {
        self.0.inc();
    }

    /// Adds `number`.
    pub fn inc_by(&self, number: u64) {
        self.0.inc_by(number);
    }

    /// Returns the value.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

/// A value that grows and falls. Clones share their value.
#[derive(Debug, Clone, Default)]
pub struct Gauge(pub(super) gauge::Gauge<f64, AtomicU64>);

impl Gauge {
    /// Sets the value.
    pub fn set(&self, value: f64) {
        self.0.set(value);
    }

    /// Adds `difference`, which may be negative.
    pub fn add(&self, difference: f64) {
        self.0.inc_by(difference);
    }

    /// Returns the value.
    #[must_use]
    pub fn get(&self) -> f64 {
        self.0.get()
    }
}

/// The distribution of values, in buckets. Clones share their values.
#[derive(Debug, Clone)]
pub struct Histogram(pub(super) histogram::Histogram);

impl Histogram {
    pub(super) fn new(bounds: &[f64]) -> Self {
        Self(histogram::Histogram::new(bounds.iter().copied()))
    }

    /// Records a value, in the unit of the metric: seconds for a duration, bytes for a size.
    pub fn observe(&self, value: f64) {
        self.0.observe(value);
    }
}

/// Returns the bounds of a histogram's buckets.
#[track_caller]
pub(super) fn checked(name: &str, bounds: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let bounds: Vec<f64> = bounds.into_iter().collect();
    assert!(
        bounds.iter().all(|bound| bound.is_finite()) && bounds.is_sorted_by(|a, b| a < b),
        "the bounds of the metric `{name}` are not finite and in ascending order"
    );
    bounds
}

/// A counter, a gauge or a histogram.
pub trait Instrument: encoded::Encoded + Clone + fmt::Debug + Send + Sync + 'static {}

pub(super) mod encoded {
    use super::{MetricEncoder, MetricType, fmt};

    /// How `/metrics` shows an instrument. It is not public, so that no other type is one.
    pub trait Encoded {
        const TYPE: MetricType;

        fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result;
    }
}

macro_rules! instrument {
    ($($name:ident: $inner:ty;)*) => {
        $(impl Instrument for $name {}

        impl encoded::Encoded for $name {
            const TYPE: MetricType = <$inner as TypedMetric>::TYPE;

            fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
                self.0.encode(encoder)
            }
        })*
    };
}

instrument! {
    Counter: counter::Counter;
    Gauge: gauge::Gauge<f64, AtomicU64>;
    Histogram: histogram::Histogram;
}
