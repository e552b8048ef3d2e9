//! How long a provider takes to answer, as far as that is still true.

use std::time::Duration;

use tokio::time::Instant;

/// In this time an estimate loses two thirds of its weight (1/e is left): what was slow a minute ago is tried again.
const DECAY: Duration = Duration::from_secs(5);

/// An average that follows a rise at once and a fall by [`DECAY`] (a peak-sensitive moving average), and that sinks
/// while nothing is heard, so that a provider is not judged for ever by its worst call.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Latency(Option<Estimate>);

#[derive(Debug, Clone, Copy)]
struct Estimate {
    seconds: f64,
    at: Instant,
    /// Of one call alone. The first one to a provider also looks it up, so the second replaces it.
    first: bool,
}

impl Latency {
    /// The estimate now, in seconds; `None` where nothing is known.
    pub(super) fn now(&self, now: Instant) -> Option<f64> {
        self.0.map(|estimate| estimate.seconds * estimate.left(now))
    }

    /// Takes in what one call took.
    pub(super) fn observe(&mut self, took: Duration, now: Instant) {
        let took = took.as_secs_f64();
        let seconds = match self.0 {
            Some(estimate) if !estimate.first && took <= estimate.seconds => {
                let left = estimate.left(now);
                estimate.seconds * left + took * (1.0 - left)
            }
            _ => took,
        };
        self.0 = Some(Estimate {
            seconds,
            at: now,
            first: self.0.is_none(),
        });
    }
}

impl Estimate {
    /// The part of its weight that is left.
    fn left(&self, now: Instant) -> f64 {
        let age = now.saturating_duration_since(self.at);
        (-age.as_secs_f64() / DECAY.as_secs_f64()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// An estimate made of the calls, each as long after the one before as it says.
    fn after(calls: &[(Duration, Duration)]) -> (Latency, Instant) {
        let (mut latency, mut now) = (Latency::default(), Instant::now());
        for (later, took) in calls {
            now += *later;
            latency.observe(*took, now);
        }
        (latency, now)
    }

    fn ms(latency: &Latency, now: Instant) -> f64 {
        latency.now(now).expect("a call was observed") * 1e3
    }

    #[test]
    fn nothing_is_known_before_the_first_call() {
        assert_eq!(Latency::default().now(Instant::now()), None);
    }

    #[test]
    fn the_first_calls_figure_gives_way_to_the_seconds() {
        let (latency, now) = after(&[(MS, 80 * MS), (MS, 2 * MS)]);
        assert!((ms(&latency, now) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_rise_is_followed_at_once_and_a_fall_over_seconds() {
        let (mut latency, now) = after(&[(MS, 2 * MS), (MS, 2 * MS), (MS, 200 * MS)]);
        assert!((ms(&latency, now) - 200.0).abs() < 1e-9);
        latency.observe(2 * MS, now + MS);
        assert!(ms(&latency, now + MS) > 199.0, "one call is no fall");
        let later = now + 10 * DECAY;
        latency.observe(2 * MS, later);
        assert!(ms(&latency, later) < 2.1, "after a minute it is one");
    }

    #[test]
    fn an_estimate_sinks_while_nothing_is_heard() {
        let (latency, now) = after(&[(MS, 500 * MS)]);
        let sunk = ms(&latency, now + DECAY) / 500.0;
        assert!((sunk - (-1.0_f64).exp()).abs() < 1e-9);
        assert!(ms(&latency, now + 10 * DECAY) < 0.1);
    }
}
