//! Delays between retries: exponential, bounded and jittered.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// Delays of one kind of retry, defined as a constant next to the code that retries.
///
/// The first delay is `first`. Each later delay is `factor` times as long as the previous one, but
/// at most `max`. Every delay is [`jittered`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackoffPolicy(ExponentialBuilder);

impl BackoffPolicy {
    pub(crate) const fn new(first: Duration, factor: f32, max: Duration) -> Self {
        let builder = ExponentialBuilder::new()
            .with_min_delay(first)
            .with_factor(factor)
            .with_max_delay(max)
            .without_max_times();
        Self(builder)
    }

    /// Returns the delays, starting with the first.
    pub(crate) fn start(self) -> Backoff {
        Backoff {
            policy: self,
            delays: self.0.build(),
        }
    }
}

/// Delays of one operation that is retried. [`Iterator::take`] bounds the number of retries.
#[derive(Debug)]
pub(crate) struct Backoff {
    policy: BackoffPolicy,
    delays: ExponentialBackoff,
}

impl Backoff {
    /// Returns the delay before the next retry.
    pub(crate) fn next_delay(&mut self) -> Duration {
        let delay = self.delays.next();
        jittered(delay.expect("the delays are not limited in number"))
    }

    /// Starts again with the first delay, after a success.
    pub(crate) fn reset(&mut self) {
        *self = self.policy.start();
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.next_delay())
    }
}

/// Returns a random duration within a tenth of `mean`, so that periodic work of many nodes is not
/// synchronized.
pub(crate) fn jittered(mean: Duration) -> Duration {
    mean.mul_f64(rand::random_range(0.9..1.1))
}

/// Returns a random duration from nothing to `longest` ("full jitter"), so that what failed together
/// is not retried together.
pub(crate) fn full_jitter(longest: Duration) -> Duration {
    longest.mul_f64(rand::random_range(0.0..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn near(delay: Duration, mean: Duration) -> bool {
        (mean.mul_f64(0.89)..mean.mul_f64(1.11)).contains(&delay)
    }

    #[test]
    fn delays_grow_by_the_factor_up_to_the_maximum() {
        let mut backoff = BackoffPolicy::new(SECOND, 3.0, 10 * SECOND).start();
        for mean in [1, 3, 9, 10, 10] {
            let delay = backoff.next_delay();
            assert!(near(delay, mean * SECOND), "{delay:?} for {mean} s");
        }
    }

    #[test]
    fn a_full_jitter_reaches_from_nothing_to_the_longest_delay() {
        let delays: Vec<Duration> = (0..1_000).map(|_| full_jitter(SECOND)).collect();
        assert!(delays.iter().all(|delay| *delay <= SECOND));
        assert!(delays.iter().any(|delay| *delay < SECOND / 10));
        assert!(delays.iter().any(|delay| *delay > SECOND * 9 / 10));
    }

    #[test]
    fn after_a_reset_the_first_delay_comes_again() {
        let mut backoff = BackoffPolicy::new(SECOND, 3.0, 10 * SECOND).start();
        let _ = backoff.by_ref().take(3).count();
        backoff.reset();
        assert!(near(backoff.next_delay(), SECOND));
    }

    #[test]
    fn a_factor_of_one_keeps_the_delay() {
        let backoff = BackoffPolicy::new(SECOND, 1.0, SECOND).start();
        assert!(backoff.take(100).all(|delay| near(delay, SECOND)));
    }
}
