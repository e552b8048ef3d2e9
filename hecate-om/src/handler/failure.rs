//! Failures of the handlers of facts and schedules: which are retried, and how often.

use std::fmt::{self, Display};
use std::time::Duration;

use hecate_om_manifest::Retries;

/// Error of a handler of facts or schedules: transient, unless made from a [`Permanent`].
///
/// Any error with `Display` becomes a transient failure by `?`, and a [`Permanent`] becomes a
/// permanent one. A handler that has only transient errors can return them directly, as in
/// `Result<(), String>`.
///
/// ```
/// use hecate_om::{Failure, Permanent};
///
/// fn stored(order: &str) -> Result<(), Failure> {
///     let order: u64 = order.parse().map_err(Permanent)?; // No retry makes this a number.
///     std::fs::write("/dev/null", order.to_string())?; // A retry may succeed.
///     Ok(())
/// }
///
/// assert!(stored("seven").unwrap_err().is_permanent());
/// assert!(stored("7").is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    text: String,
    permanent: bool,
}

/// Marks an error as permanent: a retry cannot succeed, so the handler is not retried.
///
/// ```
/// use hecate_om::Permanent;
///
/// async fn count(order: String) -> Result<(), Permanent<std::num::ParseIntError>> {
///     let _number: u64 = order.parse().map_err(Permanent)?;
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permanent<E>(pub E);

impl Failure {
    /// Returns whether a retry cannot succeed.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        self.permanent
    }

    /// Returns the text of the error.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

// `Failure` and `Permanent` have no `Display`, so that they differ from the errors that have.
impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            // `#` adds the detail of a `Refusal` and the causes of an `anyhow::Error`.
            text: format!("{error:#}"),
            permanent: false,
        }
    }
}

impl<E: Display> From<Permanent<E>> for Failure {
    fn from(Permanent(error): Permanent<E>) -> Self {
        Self {
            permanent: true,
            ..Self::from(error)
        }
    }
}

/// What happens to failed runs of a handler.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailurePolicy {
    /// The retries of transient failures, if any.
    pub retries: Option<Retries>,
    /// The longest time that one attempt may take.
    pub deadline: Option<Duration>,
    /// Whether later facts wait for the retries of an earlier one.
    pub keeps_order: bool,
}

/// Reason for which a failed run is not retried any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GiveUp {
    /// The error is permanent.
    Permanent,
    /// The fact does not decode.
    Undecodable,
    /// No retry is left.
    Exhausted,
    /// Too many retries are waiting.
    TooManyWaiting,
    /// The service stopped before the next retry.
    Shutdown,
}

impl GiveUp {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Undecodable => "undecodable",
            Self::Exhausted => "exhausted",
            Self::TooManyWaiting => "too_many_waiting",
            Self::Shutdown => "shutdown",
        }
    }
}

impl Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A failed run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailedRun {
    /// Reason against a retry; `None` for a transient failure.
    pub(crate) permanent: Option<GiveUp>,
    pub(crate) error: String,
}

impl FailurePolicy {
    /// Returns the longest delay before the next attempt, after so many failed ones.
    ///
    /// # Errors
    ///
    /// The reason, if there is no next attempt.
    pub(crate) fn longest_delay(
        &self,
        attempts: u32,
        failed: &FailedRun,
    ) -> Result<Duration, GiveUp> {
        if let Some(reason) = failed.permanent {
            return Err(reason);
        }
        match self.retries {
            Some(retries) if attempts <= retries.max => Ok(retries.longest_delay(attempts)),
            _ => Err(GiveUp::Exhausted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(permanent: Option<GiveUp>) -> FailedRun {
        FailedRun {
            permanent,
            error: "no".into(),
        }
    }

    #[test]
    fn an_error_is_transient_unless_it_is_marked() {
        let transient = Failure::from("no");
        assert_eq!((transient.text(), transient.is_permanent()), ("no", false));
        let permanent = Failure::from(Permanent("no"));
        assert_eq!((permanent.text(), permanent.is_permanent()), ("no", true));
    }

    #[test]
    fn a_transient_failure_is_retried_until_no_retry_is_left() {
        let second = Duration::from_secs(1);
        let policy = FailurePolicy {
            retries: Some(Retries {
                max: 2,
                first: second,
                longest: 60 * second,
            }),
            ..FailurePolicy::default()
        };
        let delay = |attempts| policy.longest_delay(attempts, &failed(None));
        assert_eq!(delay(1), Ok(second));
        assert_eq!(delay(2), Ok(2 * second));
        assert_eq!(delay(3), Err(GiveUp::Exhausted));
        for reason in [GiveUp::Permanent, GiveUp::Undecodable] {
            assert_eq!(policy.longest_delay(1, &failed(Some(reason))), Err(reason));
        }
        let without = FailurePolicy::default().longest_delay(1, &failed(None));
        assert_eq!(without, Err(GiveUp::Exhausted));
    }
}
