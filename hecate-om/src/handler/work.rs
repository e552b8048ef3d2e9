//! One execution of a handler, and its outcome.

use std::any::type_name;
use std::fmt::Display;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::failure::{FailedRun, Failure, GiveUp, Permanent};
use crate::capability::{HandlerFuture, SharedState, StateMap};
use crate::panic::{Panic, catch_async};

/// Return type of a handler of facts or schedules: `()`, or a `Result<(), E>` whose error is
/// counted and logged, and retried if the attribute has `retries`.
///
/// The error is transient, unless it is a [`Permanent`] or a permanent [`Failure`].
#[diagnostic::on_unimplemented(
    message = "a handler of facts or schedules cannot return `{Self}`, as it has no caller",
    label = "this is not `()` or a `Result<(), _>`",
    note = "return nothing, or `Result<(), E>` where `E` implements `Display`: the error is counted and logged",
    note = "to report the result to other services, publish a fact"
)]
pub trait Outcome {
    /// Converts the output to a result.
    ///
    /// # Errors
    ///
    /// The handler's error, as text.
    fn outcome(self) -> Result<(), HandlerError>;
}

impl Outcome for () {
    fn outcome(self) -> Result<(), HandlerError> {
        Ok(())
    }
}

impl<E: Display> Outcome for Result<(), E> {
    fn outcome(self) -> Result<(), HandlerError> {
        // `#` adds the detail of a `Refusal` and the causes of an `anyhow::Error`.
        self.map_err(|error| HandlerError::Failed(format!("{error:#}")))
    }
}

impl Outcome for Result<(), Failure> {
    fn outcome(self) -> Result<(), HandlerError> {
        self.map_err(|failure| {
            let text = failure.text().to_owned();
            if failure.is_permanent() {
                HandlerError::Permanent(text)
            } else {
                HandlerError::Failed(text)
            }
        })
    }
}

impl<E: Display> Outcome for Result<(), Permanent<E>> {
    fn outcome(self) -> Result<(), HandlerError> {
        self.map_err(Failure::from).outcome()
    }
}

/// Error of a handler of facts or schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandlerError {
    /// The fact does not decode as the type that the handler expects. The handler was not called.
    Undecodable(String),
    /// The handler returned an error that a retry may not repeat.
    Failed(String),
    /// The handler returned an error that every retry would repeat.
    Permanent(String),
}

/// Returns the value of type `T`. Boot has checked that it was provided.
pub(crate) fn state<T: SharedState>(states: &StateMap) -> Result<&T, HandlerError> {
    states
        .get::<T>()
        .ok_or_else(|| HandlerError::Failed(format!("no `{}` was provided", type_name::<T>())))
}

/// Outcome of one execution.
#[derive(Debug)]
pub(crate) enum HandlerExit {
    Completed,
    Failed(HandlerError),
    Panicked(Panic),
    /// The execution exceeded its deadline.
    TimedOut(Duration),
    /// The drain cancelled the execution.
    Cancelled,
}

impl HandlerExit {
    /// Returns the outcome's label in metrics; `None` if the execution was cancelled.
    pub(crate) const fn label(&self) -> Option<&'static str> {
        match self {
            Self::Completed => Some("ok"),
            Self::Failed(HandlerError::Failed(_) | HandlerError::Permanent(_)) => Some("failed"),
            Self::Failed(HandlerError::Undecodable(_)) => Some("undecodable"),
            Self::Panicked(_) => Some("panicked"),
            Self::TimedOut(_) => Some("timed_out"),
            Self::Cancelled => None,
        }
    }

    /// Returns the failure; `None` after a success, or if the execution was cancelled.
    pub(crate) fn failure(&self) -> Option<FailedRun> {
        let (permanent, error) = match self {
            Self::Completed | Self::Cancelled => return None,
            Self::Failed(HandlerError::Failed(error)) => (None, error.clone()),
            Self::Failed(HandlerError::Permanent(error)) => {
                (Some(GiveUp::Permanent), error.clone())
            }
            Self::Failed(HandlerError::Undecodable(error)) => {
                (Some(GiveUp::Undecodable), error.clone())
            }
            Self::Panicked(panic) => (None, format!("panicked {}", panic.located())),
            Self::TimedOut(deadline) => (None, timed_out(*deadline)),
        };
        Some(FailedRun { permanent, error })
    }
}

/// Returns the error of a run that exceeded its deadline.
pub(crate) fn timed_out(deadline: Duration) -> String {
    format!("the handler did not end within its deadline of {deadline:?}")
}

/// Runs a handler until it ends, panics, exceeds its deadline or is cancelled.
pub(crate) async fn run(
    start: impl FnOnce() -> HandlerFuture<(), HandlerError>,
    deadline: Option<Duration>,
    cancelled: &CancellationToken,
) -> HandlerExit {
    let work = async { start().into_future().await };
    let expiry = async {
        match deadline {
            Some(deadline) => {
                tokio::time::sleep(deadline).await;
                deadline
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        ended = catch_async(work) => match ended {
            Ok(Ok(())) => HandlerExit::Completed,
            Ok(Err(failure)) => HandlerExit::Failed(failure),
            Err(panic) => HandlerExit::Panicked(panic),
        },
        () = cancelled.cancelled() => HandlerExit::Cancelled,
        deadline = expiry => HandlerExit::TimedOut(deadline),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_outside_a_call_has_its_detail_in_the_log() {
        let refusal = crate::Refusal::new("unavailable", "try later").log("the disk is full");
        let failure = Err::<(), _>(refusal).outcome().unwrap_err();
        let expected = "unavailable: try later (the disk is full)";
        assert_eq!(failure, HandlerError::Failed(expected.into()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_ends_at_its_deadline_and_may_be_retried() {
        let second = Duration::from_secs(1);
        let forever = || HandlerFuture::new(std::future::pending());
        let exit = run(forever, Some(second), &CancellationToken::new()).await;
        assert_eq!(exit.label(), Some("timed_out"));
        let failed = exit.failure().unwrap();
        assert_eq!((failed.permanent, failed.error), (None, timed_out(second)));
    }

    #[test]
    fn a_permanent_error_is_told_from_a_transient_one() {
        let permanent = HandlerError::Permanent("no".into());
        assert_eq!(
            Err::<(), _>(Permanent("no")).outcome(),
            Err(permanent.clone())
        );
        assert_eq!(
            Err::<(), Failure>(Permanent("no").into()).outcome(),
            Err(permanent)
        );
        let transient = Err(HandlerError::Failed("no".into()));
        assert_eq!(Err::<(), Failure>("no".into()).outcome(), transient);
    }

    #[tokio::test]
    async fn every_outcome_has_a_label() {
        let cancelled = CancellationToken::new();
        let label = async |work: HandlerFuture<(), HandlerError>| {
            run(|| work, None, &cancelled).await.label()
        };
        assert_eq!(
            label(HandlerFuture::new(async { ().outcome() })).await,
            Some("ok")
        );
        let failed = async { Err::<(), _>("no").outcome() };
        assert_eq!(label(HandlerFuture::new(failed)).await, Some("failed"));
        let undecodable = async { Err(HandlerError::Undecodable("no".into())) };
        assert_eq!(
            label(HandlerFuture::new(undecodable)).await,
            Some("undecodable")
        );
        let panics = async { panic!("on purpose") };
        assert_eq!(label(HandlerFuture::new(panics)).await, Some("panicked"));
        cancelled.cancel();
        assert_eq!(
            label(HandlerFuture::new(std::future::pending())).await,
            None
        );
    }
}
