//! Estimate of a provider's latency.

use std::time::Duration;

use tokio::time::Instant;

/// Time constant of the decay, after which a provider that was slow a minute ago is tried again.
const DECAY: Duration = Duration::from_secs(5);

/// Peak-sensitive moving average of the latency. The average follows an increase at once, and a
/// decrease with the time constant [`DECAY`]. It also decays without calls, so that a slow call
/// does not exclude a provider forever.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LatencyEstimate(Option<Estimate>);

#[derive(Debug, Clone, Copy)]
struct Estimate {
    seconds: f64,
    at: Instant,
    /// Whether the estimate is from the first call alone. The first call to a provider also looks
    /// up the route, so the second call replaces the estimate.
    is_first: bool,
}

impl LatencyEstimate {
    /// Returns the estimate in seconds, or `None` before the first call.
    pub(super) fn now(&self, now: Instant) -> Option<f64> {
        self.0
            .map(|estimate| estimate.seconds * estimate.weight(now))
    }

    /// Updates the estimate with the duration of a call.
    pub(super) fn observe(&mut self, took: Duration, now: Instant) {
        let took = took.as_secs_f64();
        let seconds = match self.0 {
            Some(estimate) if !estimate.is_first && took <= estimate.seconds => {
                let weight = estimate.weight(now);
                estimate.seconds * weight + took * (1.0 - weight)
            }
            _ => took,
        };
        self.0 = Some(Estimate {
            seconds,
            at: now,
            is_first: self.0.is_none(),
        });
    }
}

impl Estimate {
    /// Returns the decay factor of the estimate.
    fn weight(&self, now: Instant) -> f64 {
        let age = now.saturating_duration_since(self.at);
        (-age.as_secs_f64() / DECAY.as_secs_f64()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Returns the estimate after the calls. Each call is a pair: time since the previous call, and
    /// duration.
    fn after(calls: &[(Duration, Duration)]) -> (LatencyEstimate, Instant) {
        let (mut latency, mut now) = (LatencyEstimate::default(), Instant::now());
        for (later, took) in calls {
            now += *later;
            latency.observe(*took, now);
        }
        (latency, now)
    }

    fn ms(latency: &LatencyEstimate, now: Instant) -> f64 {
        latency.now(now).expect("a call was observed") * 1e3
    }

    #[test]
    fn there_is_no_estimate_before_the_first_call() {
        assert_eq!(LatencyEstimate::default().now(Instant::now()), None);
    }

    #[test]
    fn the_second_call_replaces_the_estimate_of_the_first() {
        let (latency, now) = after(&[(MS, 80 * MS), (MS, 2 * MS)]);
        assert!((ms(&latency, now) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_rise_is_followed_at_once_and_a_fall_over_seconds() {
        let (mut latency, now) = after(&[(MS, 2 * MS), (MS, 2 * MS), (MS, 200 * MS)]);
        assert!((ms(&latency, now) - 200.0).abs() < 1e-9);
        latency.observe(2 * MS, now + MS);
        assert!(
            ms(&latency, now + MS) > 199.0,
            "one fast call changes little"
        );
        let later = now + 10 * DECAY;
        latency.observe(2 * MS, later);
        assert!(
            ms(&latency, later) < 2.1,
            "after a minute it counts in full"
        );
    }

    #[test]
    fn after_the_time_constant_a_faster_call_counts_for_nearly_two_thirds() {
        let (mut latency, now) = after(&[(MS, 200 * MS), (MS, 200 * MS)]);
        let later = now + DECAY;
        latency.observe(100 * MS, later);
        let old = (-1.0_f64).exp();
        let expected = 200.0 * old + 100.0 * (1.0 - old);
        assert!((ms(&latency, later) - expected).abs() < 1e-9);
    }

    #[test]
    fn an_estimate_decays_without_calls() {
        let (latency, now) = after(&[(MS, 500 * MS)]);
        let decayed = ms(&latency, now + DECAY) / 500.0;
        assert!((decayed - (-1.0_f64).exp()).abs() < 1e-9);
        assert!(ms(&latency, now + 10 * DECAY) < 0.1);
    }
}
