//! How calls ended, counted and timed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::Histogram;
use tracing::Span;

/// The bounds of OpenTelemetry's `rpc.*.call.duration`, in seconds.
const BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
/// How a call ended whose future was dropped: nobody waited for it any more.
const CANCELLED: &str = "cancelled";

/// The calls of one procedure: how many run, and how the others ended. Counting one takes atomics and a lock that is
/// held for a few additions.
#[derive(Debug)]
pub(crate) struct Tally {
    running: AtomicU64,
    outcomes: Vec<Outcome>,
}

/// One way for a call to end.
#[derive(Debug)]
struct Outcome {
    name: &'static str,
    ended: AtomicU64,
    /// Made by the first call that ends so: most ways are never taken, and each histogram is sixteen series.
    took: OnceLock<Histogram>,
}

impl Tally {
    /// Of calls that end in one of `outcomes`, or are cancelled.
    pub(crate) fn new(outcomes: &[&'static str]) -> Self {
        let outcome = |name| Outcome {
            name,
            ended: AtomicU64::new(0),
            took: OnceLock::new(),
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

    /// Counts a call that begins. How it ends is written to the span's `outcome` and `duration_ms`, too.
    pub(crate) fn begin(&self, span: &Span) -> Running<'_> {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running {
            of: self,
            span: span.clone(),
            since: Instant::now(),
            outcome: CANCELLED,
        }
    }

    /// How many run now.
    pub(crate) fn running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }

    /// How many have ended, by outcome, the outcomes that never came included.
    pub(crate) fn ended(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.outcomes
            .iter()
            .map(|outcome| (outcome.name, outcome.ended.load(Ordering::Relaxed)))
    }

    /// How long those took, by outcome, only of those that came.
    pub(crate) fn took(&self) -> impl Iterator<Item = (&'static str, &Histogram)> {
        self.outcomes
            .iter()
            .filter_map(|outcome| Some((outcome.name, outcome.took.get()?)))
    }

    fn record(&self, outcome: &'static str, took: Duration) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        let Some(outcome) = self.outcomes.iter().find(|o| o.name == outcome) else {
            debug_assert!(false, "`{outcome}` is none of the outcomes");
            return;
        };
        outcome.ended.fetch_add(1, Ordering::Relaxed);
        outcome
            .took
            .get_or_init(|| Histogram::new(BOUNDS))
            .observe(took.as_secs_f64());
    }
}

/// A call under way; dropped before its end it counts as cancelled.
#[derive(Debug)]
pub(crate) struct Running<'a> {
    of: &'a Tally,
    span: Span,
    since: Instant,
    outcome: &'static str,
}

impl<'a> Running<'a> {
    /// Counts the call in `other` instead.
    pub(crate) fn moved(mut self, other: &'a Tally) -> Self {
        self.of.running.fetch_sub(1, Ordering::Relaxed);
        other.running.fetch_add(1, Ordering::Relaxed);
        self.of = other;
        self
    }

    /// Counts the call's end.
    pub(crate) fn end(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let took = self.since.elapsed();
        self.of.record(self.outcome, took);
        self.span.record("outcome", self.outcome);
        self.span
            .record("duration_ms", took.as_secs_f64() * 1_000.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_once_by_how_it_ended() {
        let tally = Tally::new(&["ok", "refused"]);
        tally.begin(&Span::none()).end("ok");
        tally.begin(&Span::none()).end("ok");
        let running = tally.begin(&Span::none());
        assert_eq!(tally.running(), 1);
        drop(running);
        assert_eq!(tally.running(), 0);
        let ended: Vec<_> = tally.ended().collect();
        assert_eq!(ended, [("ok", 2), ("refused", 0), ("cancelled", 1)]);
        let took: Vec<_> = tally.took().map(|(name, _)| name).collect();
        assert_eq!(took, ["ok", "cancelled"]);
    }
}
