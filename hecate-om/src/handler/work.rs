//! One execution of a handler, and its outcome.

use std::any::type_name;
use std::fmt::Display;

use tokio_util::sync::CancellationToken;

use crate::capability::{HandlerFuture, SharedState, StateMap};
use crate::panic::{Panic, catch_async};

/// Return type of a handler of facts or schedules: `()`, or a `Result<(), E>` whose error is
/// counted and logged.
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

/// Error of a handler of facts or schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandlerError {
    /// The fact does not decode as the type that the handler expects. The handler was not called.
    Undecodable(String),
    /// The handler returned an error.
    Failed(String),
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
    /// The drain cancelled the execution.
    Cancelled,
}

impl HandlerExit {
    /// Returns the outcome's label in metrics; `None` if the execution was cancelled.
    pub(crate) const fn label(&self) -> Option<&'static str> {
        match self {
            Self::Completed => Some("ok"),
            Self::Failed(HandlerError::Failed(_)) => Some("failed"),
            Self::Failed(HandlerError::Undecodable(_)) => Some("undecodable"),
            Self::Panicked(_) => Some("panicked"),
            Self::Cancelled => None,
        }
    }
}

/// Runs a handler until it ends, panics or is cancelled.
pub(crate) async fn run(
    start: impl FnOnce() -> HandlerFuture<(), HandlerError>,
    cancelled: &CancellationToken,
) -> HandlerExit {
    let work = async { start().into_future().await };
    tokio::select! {
        biased;
        ended = catch_async(work) => match ended {
            Ok(Ok(())) => HandlerExit::Completed,
            Ok(Err(failure)) => HandlerExit::Failed(failure),
            Err(panic) => HandlerExit::Panicked(panic),
        },
        () = cancelled.cancelled() => HandlerExit::Cancelled,
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

    #[tokio::test]
    async fn every_outcome_has_a_label() {
        let cancelled = CancellationToken::new();
        let label =
            async |work: HandlerFuture<(), HandlerError>| run(|| work, &cancelled).await.label();
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
