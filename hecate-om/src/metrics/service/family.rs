//! A metric for each set of label values.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;

use super::instruments::Instrument;
use crate::metrics::OTHER;

/// Maximum number of label sets of a family. Those beyond it are counted together.
const MAX_SETS: usize = 64;

/// Maximum length of a label's value, in bytes.
const MAX_VALUE: usize = 128;

/// A counter, gauge or histogram for each set of values of its `N` labels. Clones share their
/// values.
///
/// A family has at most 64 sets, so that what callers send cannot make it grow. Further sets are
/// measured together, with the value `_OTHER` for each label; the first one is logged as a warning,
/// and `hecate_metric_overflow_total` counts them. A value longer than 128 bytes is cut.
pub struct Family<M, const N: usize> {
    inner: Arc<Inner<M, N>>,
}

struct Inner<M, const N: usize> {
    name: &'static str,
    labels: [&'static str; N],
    create: Box<dyn Fn() -> M + Send + Sync>,
    /// Sorted by the values, so that a lookup copies no text.
    sets: RwLock<Vec<([String; N], M)>>,
    overflow: Arc<Overflow>,
}

/// The number of times that a set beyond the maximum was asked for.
#[derive(Debug, Default)]
pub(super) struct Overflow(AtomicU64);

impl Overflow {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<M, const N: usize> Clone for Family<M, N> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<M, const N: usize> fmt::Debug for Family<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family")
            .field("name", &self.inner.name)
            .field("labels", &self.inner.labels)
            .finish_non_exhaustive()
    }
}

impl<M: Instrument, const N: usize> Family<M, N> {
    pub(super) fn new(
        name: &'static str,
        labels: [&'static str; N],
        create: impl Fn() -> M + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                name,
                labels,
                create: Box::new(create),
                sets: RwLock::default(),
                overflow: Arc::default(),
            }),
        }
    }

    /// Returns the metric of a set of values, in the order of the labels. It is created at the first
    /// time. Keep it where a set is used often: looking it up takes a lock.
    #[must_use]
    pub fn with(&self, values: [&str; N]) -> M {
        let values = values.map(|value| {
            let mut ends = (0..=value.len().min(MAX_VALUE)).rev();
            let end = ends.find(|at| value.is_char_boundary(*at));
            &value[..end.unwrap_or(0)]
        });
        let sets = self.inner.sets.read();
        let sets = sets.unwrap_or_else(PoisonError::into_inner);
        if let Ok(at) = position(&sets, values) {
            return sets[at].1.clone();
        }
        drop(sets);
        let sets = self.inner.sets.write();
        let mut sets = sets.unwrap_or_else(PoisonError::into_inner);
        if position(&sets, values).is_ok() || sets.len() < MAX_SETS {
            return self.inner.find_or_insert(&mut sets, values);
        }
        let metric = self.inner.find_or_insert(&mut sets, [OTHER; N]);
        drop(sets);
        if self.inner.overflow.0.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                metric = self.inner.name,
                maximum = MAX_SETS,
                "a metric has the maximum number of label sets; further ones are measured together as `_OTHER`"
            );
        }
        metric
    }

    pub(super) fn overflow(&self) -> &Arc<Overflow> {
        &self.inner.overflow
    }
}

impl<M: Instrument, const N: usize> Inner<M, N> {
    fn find_or_insert(&self, sets: &mut Vec<([String; N], M)>, values: [&str; N]) -> M {
        let at = position(sets, values).unwrap_or_else(|at| {
            sets.insert(at, (values.map(str::to_owned), (self.create)()));
            at
        });
        sets[at].1.clone()
    }
}

/// Returns the position of a set of values, or that at which it belongs.
fn position<M, const N: usize>(
    sets: &[([String; N], M)],
    values: [&str; N],
) -> Result<usize, usize> {
    sets.binary_search_by(|(known, _)| known.iter().map(String::as_str).cmp(values))
}

impl<M: Instrument, const N: usize> EncodeMetric for Family<M, N> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let sets = self.inner.sets.read();
        for (values, metric) in &*sets.unwrap_or_else(PoisonError::into_inner) {
            let labels: Vec<(&str, &str)> = self
                .inner
                .labels
                .iter()
                .zip(values)
                .map(|(label, value)| (*label, value.as_str()))
                .collect();
            metric.encode(encoder.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }

    fn is_empty(&self) -> bool {
        let sets = self.inner.sets.read();
        sets.unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
