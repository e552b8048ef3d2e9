//! Metrics that the service itself registers, and `/metrics` shows.

mod family;
mod instruments;
mod name;

use std::collections::BTreeSet;
use std::sync::Arc;

use prometheus_client::registry::Registry;

pub use family::Family;
use family::Overflow;
pub use instruments::{Counter, Gauge, Histogram, Instrument};
use name::{check_labels, check_name};

/// Metrics of the service, from [`Boot::metrics`](crate::Boot::metrics). They are registered while
/// the service starts, and are shown at `/metrics` beside those of the runtime.
///
/// Each method panics, which refuses boot, if the name is not one of the data model of OpenMetrics
/// (a letter or `_`, followed by letters, digits and `_`), if it is registered already, or if it
/// starts with a prefix of the runtime's own metrics: `hecate_`, `rpc_`, `messaging_`, `process_`
/// or `target_`.
///
/// # Examples
///
/// ```
/// use hecate_om::metric::{Counter, Family, Histogram};
/// use hecate_om::{Boot, Refusal, Service, StartError, capability};
///
/// struct Measured {
///     documents: Family<Counter, 1>,
///     passages: Histogram,
/// }
///
/// struct Rag;
///
/// impl Service for Rag {
///     async fn start(boot: &mut Boot) -> Result<Self, StartError> {
///         let metrics = boot.metrics();
///         let documents = metrics.counters("rag_documents", "Ingested documents", ["source"]);
///         let passages = metrics.histogram("rag_passages", "Passages of a document", [1.0, 10.0, 100.0]);
///         boot.provide(Measured { documents, passages });
///         Ok(Self)
///     }
/// }
///
/// #[capability("rag.ingest", version = 1)]
/// async fn ingest(measured: &Measured, document: String) -> Result<u64, Refusal> {
///     let passages = document.split("\n\n").count() as u64;
///     measured.documents.with(["upload"]).inc();
///     measured.passages.observe(passages as f64);
///     Ok(passages)
/// }
/// ```
#[derive(Debug, Default)]
pub struct ServiceMetrics {
    registry: Registry,
    names: BTreeSet<&'static str>,
    overflows: Vec<(&'static str, Arc<Overflow>)>,
}

impl ServiceMetrics {
    /// Registers a counter. `/metrics` adds `_total` to its name.
    #[track_caller]
    pub fn counter(&mut self, name: &'static str, help: &str) -> Counter {
        self.check(name, "_total");
        let counter = Counter::default();
        self.registry.register(name, help, counter.0.clone());
        counter
    }

    /// Registers a gauge, which is 0 at first.
    #[track_caller]
    pub fn gauge(&mut self, name: &'static str, help: &str) -> Gauge {
        self.check(name, "");
        let gauge = Gauge::default();
        self.registry.register(name, help, gauge.0.clone());
        gauge
    }

    /// Registers a histogram with the upper bounds of its buckets, in ascending order. There is one
    /// bucket more, for what is above them.
    #[track_caller]
    pub fn histogram(
        &mut self,
        name: &'static str,
        help: &str,
        bounds: impl IntoIterator<Item = f64>,
    ) -> Histogram {
        self.check(name, "");
        let histogram = Histogram::new(&instruments::checked(name, bounds));
        self.registry.register(name, help, histogram.0.clone());
        histogram
    }

    /// Registers a counter for each set of values of `labels`. `/metrics` adds `_total` to its name.
    #[track_caller]
    pub fn counters<const N: usize>(
        &mut self,
        name: &'static str,
        help: &str,
        labels: [&'static str; N],
    ) -> Family<Counter, N> {
        self.check(name, "_total");
        self.family(name, help, labels, Counter::default)
    }

    /// Registers a gauge for each set of values of `labels`.
    #[track_caller]
    pub fn gauges<const N: usize>(
        &mut self,
        name: &'static str,
        help: &str,
        labels: [&'static str; N],
    ) -> Family<Gauge, N> {
        self.check(name, "");
        self.family(name, help, labels, Gauge::default)
    }

    /// Registers a histogram for each set of values of `labels`, with the upper bounds of the
    /// buckets, in ascending order.
    #[track_caller]
    pub fn histograms<const N: usize>(
        &mut self,
        name: &'static str,
        help: &str,
        labels: [&'static str; N],
        bounds: impl IntoIterator<Item = f64>,
    ) -> Family<Histogram, N> {
        self.check(name, "");
        let bounds = instruments::checked(name, bounds);
        self.family(name, help, labels, move || Histogram::new(&bounds))
    }

    #[track_caller]
    fn family<M: Instrument, const N: usize>(
        &mut self,
        name: &'static str,
        help: &str,
        labels: [&'static str; N],
        create: impl Fn() -> M + Send + Sync + 'static,
    ) -> Family<M, N> {
        check_labels(name, &labels);
        let family = Family::new(name, labels, create);
        self.overflows.push((name, Arc::clone(family.overflow())));
        self.registry.register(name, help, family.clone());
        family
    }

    /// Panics if a metric cannot have this name. `suffix` is what `/metrics` adds to it.
    #[track_caller]
    fn check(&mut self, name: &'static str, suffix: &str) {
        check_name(name, suffix);
        assert!(
            self.names.insert(name),
            "the metric `{name}` is registered twice; keep what the first registration returned"
        );
    }

    pub(crate) const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Returns the number of label sets of each family that were given to its last one instead.
    pub(crate) fn overflows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.overflows
            .iter()
            .map(|(name, overflow)| (*name, overflow.count()))
    }
}

#[cfg(test)]
mod tests;
