//! Metrics of calls: running calls, and counts and durations by outcome.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::Histogram;
use tracing::Span;

/// Bucket bounds of OpenTelemetry's `rpc.*.call.duration`, in seconds.
const BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
/// Outcome of a call whose future was dropped.
const CANCELLED: &str = "cancelled";

/// Metrics of one procedure's calls. Recording a call uses atomics and a short lock.
#[derive(Debug)]
pub(crate) struct CallMetrics {
    running: AtomicU64,
    outcomes: Vec<OutcomeMetrics>,
}

/// Metrics of calls with one outcome.
#[derive(Debug)]
struct OutcomeMetrics {
    name: &'static str,
    ended: AtomicU64,
    /// Created by the first call with this outcome, because most outcomes never occur and each
    /// histogram has sixteen series.
    durations: OnceLock<Histogram>,
}

impl CallMetrics {
    /// Creates metrics of calls that end with one of `outcomes`, or are cancelled.
    pub(crate) fn new(outcomes: &[&'static str]) -> Self {
        let outcome = |name| OutcomeMetrics {
            name,
            ended: AtomicU64::new(0),
            durations: OnceLock::new(),
        };
        Self {
            running: AtomicU64::new(0),
            outcomes: outcomes
                .iter()
                .copied()
                .chain([CANCELLED])
                .map(outcome)
                .collect(),
        }
    }

    /// Counts a started call. Its end is also recorded in the fields `outcome` and `duration_ms` of
    /// the span.
    pub(crate) fn start(&self, span: &Span) -> RunningCall<'_> {
        self.start_at(span, Instant::now())
    }

    /// Like [`CallMetrics::start`], at a time that was already read.
    pub(crate) fn start_at(&self, span: &Span, since: Instant) -> RunningCall<'_> {
        self.running.fetch_add(1, Ordering::Relaxed);
        RunningCall {
            metrics: self,
            span: span.clone(),
            since,
            ended: None,
            outcome: CANCELLED,
        }
    }

    /// Returns the number of running calls.
    pub(crate) fn running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }

    /// Returns the number of ended calls by outcome, including outcomes that never occurred.
    pub(crate) fn ended(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.outcomes
            .iter()
            .map(|outcome| (outcome.name, outcome.ended.load(Ordering::Relaxed)))
    }

    /// Returns the durations of ended calls by outcome, for outcomes that occurred.
    pub(crate) fn durations(&self) -> impl Iterator<Item = (&'static str, &Histogram)> {
        self.outcomes
            .iter()
            .filter_map(|outcome| Some((outcome.name, outcome.durations.get()?)))
    }

    fn record(&self, outcome: &'static str, duration: Duration) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        let Some(outcome) = self.outcomes.iter().find(|o| o.name == outcome) else {
            debug_assert!(false, "unknown outcome `{outcome}`");
            return;
        };
        outcome.ended.fetch_add(1, Ordering::Relaxed);
        outcome
            .durations
            .get_or_init(|| Histogram::new(BOUNDS))
            .observe(duration.as_secs_f64());
    }
}

/// A running call. If dropped before [`RunningCall::end`], it counts as cancelled.
#[derive(Debug)]
pub(crate) struct RunningCall<'a> {
    metrics: &'a CallMetrics,
    span: Span,
    since: Instant,
    ended: Option<Instant>,
    outcome: &'static str,
}

impl<'a> RunningCall<'a> {
    /// Moves the call to the metrics `other`.
    pub(crate) fn moved(mut self, other: &'a CallMetrics) -> Self {
        self.metrics.running.fetch_sub(1, Ordering::Relaxed);
        other.running.fetch_add(1, Ordering::Relaxed);
        self.metrics = other;
        self
    }

    /// Records the call's outcome.
    pub(crate) fn end(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }

    /// Like [`RunningCall::end`], at a time that was already read.
    pub(crate) fn end_at(mut self, outcome: &'static str, at: Instant) {
        self.ended = Some(at);
        self.end(outcome);
    }
}

impl Drop for RunningCall<'_> {
    fn drop(&mut self) {
        let ended = self.ended.unwrap_or_else(Instant::now);
        let duration = ended.saturating_duration_since(self.since);
        self.metrics.record(self.outcome, duration);
        self.span.record("outcome", self.outcome);
        self.span
            .record("duration_ms", duration.as_secs_f64() * 1_000.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_once_under_its_outcome() {
        let metrics = CallMetrics::new(&["ok", "refused"]);
        metrics.start(&Span::none()).end("ok");
        metrics.start(&Span::none()).end("ok");
        let running = metrics.start(&Span::none());
        assert_eq!(metrics.running(), 1);
        drop(running);
        assert_eq!(metrics.running(), 0);
        let ended: Vec<_> = metrics.ended().collect();
        assert_eq!(ended, [("ok", 2), ("refused", 0), ("cancelled", 1)]);
        let observed: Vec<_> = metrics.durations().map(|(name, _)| name).collect();
        assert_eq!(observed, ["ok", "cancelled"]);
    }
}
