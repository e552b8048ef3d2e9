//! The tries of a call that may be run more than once.

use std::time::Duration;

use super::error::GONE;
use crate::mesh::CallError;

/// How often a call is made at most, where it may be run more than once.
const TRIES: u32 = 3;
/// The least that a try is given, other than the last: less than a first link to a station may take.
const LEAST: Duration = Duration::from_millis(200);
/// How long after an uncertain end a call is made again.
pub(in crate::mesh) const PAUSE: Duration = Duration::from_millis(20);

/// The tries of one call, and what is known of those that were made.
#[derive(Debug)]
pub(in crate::mesh) struct Tries {
    /// How many tries may follow the current try.
    more: u32,
    made: u32,
    /// How a try ended that may have been run.
    uncertain: Option<CallError>,
}

impl Tries {
    pub(in crate::mesh) const fn new(idempotent: bool) -> Self {
        Self {
            more: if idempotent { TRIES - 1 } else { 0 },
            made: 0,
            uncertain: None,
        }
    }

    /// What the next try may take of what is left of the call's time. Each has twice as long as the one before, so
    /// that a lost datagram costs little and a slow handler still has most of it; the last has the rest. Where that
    /// would leave a try too little, there are fewer.
    pub(in crate::mesh) fn share(&mut self, left: Duration) -> Duration {
        while self.more > 0 && left / parts(self.more + 1) < LEAST {
            self.more -= 1;
        }
        left / parts(self.more + 1)
    }

    /// Whether the call is made again after a try ended with `error`.
    pub(in crate::mesh) fn again(&mut self, error: &CallError) -> bool {
        let repeatable = match error {
            CallError::TimedOut(_) | CallError::Link(_) => true,
            // The handler was given up at the try's deadline, or crashed.
            CallError::Refused(refusal) => refusal.code() == "timeout",
            CallError::Wire { code, .. } => code == "temporary_relay_failure",
            // Whom a later try went to may be gone; there may be others.
            CallError::NoProvider { .. } | CallError::Unreachable { .. } => self.made > 0,
            _ => false,
        };
        if !repeatable {
            return false;
        }
        if !ran_nothing(error) {
            self.uncertain = Some(error.clone());
        }
        self.made += 1;
        let more = self.more.checked_sub(1);
        self.more = more.unwrap_or(0);
        more.is_some()
    }

    /// Returns the caller's error after the last try ended with `error`: it reports that nothing
    /// ran only if that is true of every try.
    pub(in crate::mesh) fn end(self, error: CallError) -> CallError {
        match self.uncertain {
            Some(uncertain) if ran_nothing(&error) => uncertain,
            _ => error,
        }
    }
}

/// The tries' shares add up to the whole: 1 of 7 parts, 2 of 6, 4 of 4.
const fn parts(tries: u32) -> u32 {
    (1 << tries) - 1
}

/// Returns whether the try that ended with `error` certainly did not run: a guard refuses with
/// `busy` and `rate_limited` before a handler runs.
pub(in crate::mesh) fn ran_nothing(error: &CallError) -> bool {
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
    fn a_call_that_may_be_run_once_has_one_try_with_all_its_time() {
        let mut tries = Tries::new(false);
        assert_eq!(tries.share(5 * SECOND), 5 * SECOND);
        assert!(!tries.again(&timed_out()));
        assert_eq!(tries.end(timed_out()), timed_out());
    }

    #[test]
    fn each_try_has_twice_as_long_as_the_one_before_and_the_last_the_rest() {
        let mut tries = Tries::new(true);
        assert_eq!(tries.share(7 * SECOND), SECOND);
        assert!(tries.again(&timed_out()));
        assert_eq!(tries.share(6 * SECOND), 2 * SECOND);
        assert!(tries.again(&timed_out()));
        assert_eq!(tries.share(4 * SECOND), 4 * SECOND);
        assert!(!tries.again(&timed_out()));
    }

    #[test]
    fn little_time_makes_fewer_tries_and_never_none() {
        let mut tries = Tries::new(true);
        assert_eq!(tries.share(3 * LEAST), LEAST, "two tries");
        let mut tries = Tries::new(true);
        assert_eq!(tries.share(LEAST), LEAST, "one try");
        assert!(!tries.again(&timed_out()));
    }

    #[test]
    fn a_try_after_the_last_one_has_the_rest_of_the_time_and_none_follows_it() {
        for idempotent in [false, true] {
            let mut tries = Tries::new(idempotent);
            while tries.again(&timed_out()) {}
            for _ in 0..3 {
                assert_eq!(tries.share(4 * SECOND), 4 * SECOND);
                assert!(!tries.again(&timed_out()));
            }
        }
    }

    #[test]
    fn what_a_provider_answered_for_certain_is_not_asked_again() {
        let refused = |code| CallError::Refused(Refusal::new(code, ""));
        assert!(!Tries::new(true).again(&refused("unknown_source")));
        assert!(!Tries::new(true).again(&gone()), "nobody serves it at all");
        assert!(Tries::new(true).again(&refused("timeout")));
    }

    #[test]
    fn that_nothing_was_run_is_said_only_where_no_try_was() {
        let busy = || CallError::Refused(Refusal::new("busy", ""));
        let mut tries = Tries::new(true);
        assert!(tries.again(&timed_out()));
        assert!(tries.again(&gone()), "another may serve it");
        assert_eq!(tries.end(gone()), timed_out());
        assert_eq!(Tries::new(true).end(gone()), gone());
        let mut tries = Tries::new(true);
        assert!(tries.again(&timed_out()));
        assert_eq!(tries.end(busy()), timed_out());
        assert_eq!(Tries::new(true).end(busy()), busy());
    }
}
