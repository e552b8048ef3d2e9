//! Budget of the retries that load providers.

use tokio::time::Instant;

/// Retries added to the budget by each call.
const PER_CALL: f64 = 0.1;
/// Retries added per second while the budget is below [`RESERVE`], so that a rarely called
/// procedure can also retry.
const PER_SECOND: f64 = 1.0;
const RESERVE: f64 = 10.0;
/// Maximum number of retries in the budget.
const MAX: f64 = 100.0;

/// Token bucket of one procedure's retries: about a tenth of the procedure's calls may be retried.
///
/// Without the budget, retries would double the load on providers that are already overloaded.
#[derive(Debug)]
pub(super) struct RetryBudget {
    tokens: f64,
    refilled: Instant,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self {
            tokens: RESERVE,
            refilled: Instant::now(),
        }
    }
}

impl RetryBudget {
    /// Adds the retries of one call.
    pub(super) fn deposit(&mut self) {
        self.tokens = (self.tokens + PER_CALL).min(MAX);
    }

    /// Spends a retry. Returns whether a retry was available.
    pub(super) fn withdraw(&mut self, now: Instant) -> bool {
        if self.tokens < RESERVE {
            let elapsed = now.saturating_duration_since(self.refilled).as_secs_f64();
            self.tokens = (self.tokens + elapsed * PER_SECOND).min(RESERVE);
        }
        self.refilled = now;
        let has_retry = self.tokens >= 1.0;
        if has_retry {
            self.tokens -= 1.0;
        }
        has_retry
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_tenth_of_the_calls_may_be_retried() {
        let mut budget = RetryBudget::default();
        let mut retries = 0;
        for _ in 0..10_000 {
            budget.deposit();
            retries += usize::from(budget.withdraw(Instant::now()));
        }
        assert!((1_000..=1_010).contains(&retries), "{retries}");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_of_a_rarely_called_procedure_may_be_retried_within_the_maximum() {
        let mut budget = RetryBudget::default();
        while budget.withdraw(Instant::now()) {}
        tokio::time::advance(Duration::from_secs(3600)).await;
        let earned = (0..100).filter(|_| budget.withdraw(Instant::now())).count();
        assert_eq!(earned, RESERVE as usize);
        (0..1_000_000).for_each(|_| budget.deposit());
        let saved = (0..1_000)
            .filter(|_| budget.withdraw(Instant::now()))
            .count();
        assert_eq!(saved, MAX as usize);
    }
}
