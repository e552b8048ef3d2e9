//! Retry policy of a call that may run more than once.

use std::time::Duration;

use super::CallError;
use super::error::GONE;
use crate::backoff::BackoffPolicy;

/// Maximum number of tries of an idempotent call.
const MAX_TRIES: u32 = 3;
/// Shortest timeout of a try, except for the last try. Connecting to a station may take longer.
const MIN_TRY_TIMEOUT: Duration = Duration::from_millis(200);
/// Delay before retrying a call whose outcome is unknown.
pub(in crate::mesh) const RETRY_DELAY: Duration = Duration::from_millis(20);

/// Delays before retrying a call, or reopening a stream, that reached no provider.
pub(in crate::mesh) const UNREACHED_DELAYS: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(20), 4.5, Duration::from_millis(400));
/// Maximum number of retries of a call that reached no provider, and of reopenings of a stream that
/// certainly did not run.
pub(in crate::mesh) const UNREACHED_RETRIES: u32 = 3;

/// Retry policy of one call, and the state of its tries.
#[derive(Debug)]
pub(in crate::mesh) struct RetryPolicy {
    /// Number of tries that may follow the current try.
    remaining: u32,
    made: u32,
    /// Error of the last try that may have run.
    uncertain: Option<CallError>,
}

impl RetryPolicy {
    pub(in crate::mesh) const fn new(idempotent: bool) -> Self {
        Self {
            remaining: if idempotent { MAX_TRIES - 1 } else { 0 },
            made: 0,
            uncertain: None,
        }
    }

    /// Returns the timeout of the next try, from the call's remaining time.
    ///
    /// The timeout of each try is twice that of the previous try, so that a lost datagram costs
    /// little time and a slow handler still has most of the time. The last try gets the remaining
    /// time. If the timeouts would be too short, there are fewer tries.
    pub(in crate::mesh) fn per_try_timeout(&mut self, remaining: Duration) -> Duration {
        while self.remaining > 0 && remaining / parts(self.remaining + 1) < MIN_TRY_TIMEOUT {
            self.remaining -= 1;
        }
        remaining / parts(self.remaining + 1)
    }

    /// Returns whether to retry the call after a try that ended with `error`.
    pub(in crate::mesh) fn should_retry(&mut self, error: &CallError) -> bool {
        let is_retryable = match error {
            CallError::TimedOut(_) | CallError::Link(_) => true,
            // The handler exceeded the try's deadline, or crashed.
            CallError::Refused(refusal) => refusal.code() == "timeout",
            CallError::Wire { code, .. } => code == "temporary_relay_failure",
            // The provider of an earlier try may be gone, but there may be others.
            CallError::NoProvider { .. } | CallError::Unreachable { .. } => self.made > 0,
            _ => false,
        };
        if !is_retryable {
            return false;
        }
        if !did_not_run(error) {
            self.uncertain = Some(error.clone());
        }
        self.made += 1;
        let remaining = self.remaining.checked_sub(1);
        self.remaining = remaining.unwrap_or(0);
        remaining.is_some()
    }

    /// Returns the error for the caller after the last try ended with `error`. The error reports
    /// that nothing ran only if no try ran.
    pub(in crate::mesh) fn final_error(self, error: CallError) -> CallError {
        match self.uncertain {
            Some(uncertain) if did_not_run(&error) => uncertain,
            _ => error,
        }
    }
}

/// Returns the number of parts into which the time of this many tries is divided: 1 + 2 + 4 for
/// three.
const fn parts(tries: u32) -> u32 {
    (1 << tries) - 1
}

/// Returns whether the try that ended with `error` certainly did not run. A guard refuses with
/// `busy` and `rate_limited` before the handler runs.
pub(in crate::mesh) fn did_not_run(error: &CallError) -> bool {
    match error {
        CallError::NotConnected(_)
        | CallError::NoProvider { .. }
        | CallError::Unreachable { .. }
        | CallError::NoKemKey { .. }
        | CallError::Unauthorized { .. } => true,
        CallError::Refused(refusal) => matches!(refusal.code(), "busy" | "rate_limited"),
        CallError::Wire { code, .. } => code == GONE,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal;

    const SECOND: Duration = Duration::from_secs(1);

    fn timed_out() -> CallError {
        CallError::TimedOut(7 * SECOND)
    }

    fn gone() -> CallError {
        CallError::NoProvider {
            procedure: "a/b".into(),
        }
    }

    #[test]
    fn a_call_that_may_run_once_has_one_try_with_the_whole_timeout() {
        let mut policy = RetryPolicy::new(false);
        assert_eq!(policy.per_try_timeout(5 * SECOND), 5 * SECOND);
        assert!(!policy.should_retry(&timed_out()));
        assert_eq!(policy.final_error(timed_out()), timed_out());
    }

    #[test]
    fn each_try_has_twice_the_time_of_the_one_before_and_the_last_the_rest() {
        let mut policy = RetryPolicy::new(true);
        assert_eq!(policy.per_try_timeout(7 * SECOND), SECOND);
        assert!(policy.should_retry(&timed_out()));
        assert_eq!(policy.per_try_timeout(6 * SECOND), 2 * SECOND);
        assert!(policy.should_retry(&timed_out()));
        assert_eq!(policy.per_try_timeout(4 * SECOND), 4 * SECOND);
        assert!(!policy.should_retry(&timed_out()));
    }

    #[test]
    fn little_time_allows_fewer_tries_but_at_least_one() {
        let mut policy = RetryPolicy::new(true);
        assert_eq!(
            policy.per_try_timeout(3 * MIN_TRY_TIMEOUT),
            MIN_TRY_TIMEOUT,
            "two tries"
        );
        let mut policy = RetryPolicy::new(true);
        assert_eq!(
            policy.per_try_timeout(MIN_TRY_TIMEOUT),
            MIN_TRY_TIMEOUT,
            "one try"
        );
        assert!(!policy.should_retry(&timed_out()));
        let mut policy = RetryPolicy::new(true);
        let rest = MIN_TRY_TIMEOUT / 2;
        assert_eq!(policy.per_try_timeout(rest), rest, "less than one try");
    }

    #[test]
    fn a_try_beyond_the_last_has_the_rest_of_the_time_and_is_not_retried() {
        for idempotent in [false, true] {
            let mut policy = RetryPolicy::new(idempotent);
            while policy.should_retry(&timed_out()) {}
            for _ in 0..3 {
                assert_eq!(policy.per_try_timeout(4 * SECOND), 4 * SECOND);
                assert!(!policy.should_retry(&timed_out()));
            }
        }
    }

    #[test]
    fn a_definite_answer_is_not_retried() {
        let refused = |code| CallError::Refused(Refusal::new(code, ""));
        assert!(!RetryPolicy::new(true).should_retry(&refused("unknown_source")));
        assert!(
            !RetryPolicy::new(true).should_retry(&gone()),
            "no try has found a provider"
        );
        assert!(RetryPolicy::new(true).should_retry(&refused("timeout")));
    }

    #[test]
    fn of_the_wires_errors_a_failure_of_the_relay_is_retried_and_a_provider_that_is_gone_did_not_run()
     {
        let wire = |code: &str| CallError::Wire {
            code: code.to_owned(),
            detail: None,
        };
        assert!(RetryPolicy::new(true).should_retry(&wire("temporary_relay_failure")));
        assert!(!RetryPolicy::new(true).should_retry(&wire("not_found")));
        assert!(did_not_run(&wire(GONE)));
        assert!(!did_not_run(&wire("temporary_relay_failure")));
    }

    #[test]
    fn the_final_error_reports_that_nothing_ran_only_if_no_try_may_have_run() {
        let busy = || CallError::Refused(Refusal::new("busy", ""));
        let mut policy = RetryPolicy::new(true);
        assert!(policy.should_retry(&timed_out()));
        assert!(
            policy.should_retry(&gone()),
            "another provider may serve it"
        );
        assert_eq!(policy.final_error(gone()), timed_out());
        assert_eq!(RetryPolicy::new(true).final_error(gone()), gone());
        let mut policy = RetryPolicy::new(true);
        assert!(policy.should_retry(&timed_out()));
        assert_eq!(policy.final_error(busy()), timed_out());
        let failed = || CallError::Refused(Refusal::new("failed", ""));
        let mut policy = RetryPolicy::new(true);
        assert!(policy.should_retry(&timed_out()));
        assert_eq!(policy.final_error(failed()), failed(), "the last try ran");
        assert_eq!(RetryPolicy::new(true).final_error(busy()), busy());
    }
}
