//! A handler at work, and how that ends.

use std::any::type_name;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;

use tokio_util::sync::CancellationToken;

use crate::capability::SharedState;
use crate::capability::States;
use crate::panic::{Panic, caught};

/// How a handler may end: with nothing, or with a `Result` of nothing, whose error is counted and logged.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`: nobody is there to take it",
    label = "this is not `()` or a `Result<(), _>`",
    note = "return nothing, or `Result<(), E>` where `E` implements `Display`: the error is counted and logged",
    note = "to tell others what came of it, publish a fact"
)]
pub trait Outcome {
    /// The failure, where it is one.
    ///
    /// # Errors
    ///
    /// The handler's own, as text.
    fn outcome(self) -> Result<(), Failure>;
}

impl Outcome for () {
    fn outcome(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl<E: Display> Outcome for Result<(), E> {
    fn outcome(self) -> Result<(), Failure> {
        // The form for operators: with the detail of a `Refusal`, and the causes of an
        // `anyhow::Error`.
        self.map_err(|error| Failure::Failed(format!("{error:#}")))
    }
}

/// Why a handler did not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The fact is none of the type that it takes, so it was not called.
    Undecodable(String),
    /// It says so itself.
    Failed(String),
}

/// The state of type `T`, which boot has checked to be provided.
pub(crate) fn state<T: SharedState>(states: &States) -> Result<&T, Failure> {
    states
        .get::<T>()
        .ok_or_else(|| Failure::Failed(format!("no `{}` was provided", type_name::<T>())))
}

/// A handler at work.
pub struct Working(Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>);

impl Working {
    /// Boxes the work of a handler.
    pub fn new(work: impl Future<Output = Result<(), Failure>> + Send + 'static) -> Self {
        Self(Box::pin(work))
    }
}

impl std::fmt::Debug for Working {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Working")
    }
}

/// How a handler's work ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Done,
    Failed(Failure),
    Panicked(Panic),
    /// It was given up.
    Cut,
}

impl Ended {
    /// The word for it, of those that are counted; none where it was given up.
    pub(crate) const fn word(&self) -> Option<&'static str> {
        match self {
            Self::Done => Some("ok"),
            Self::Failed(Failure::Failed(_)) => Some("failed"),
            Self::Failed(Failure::Undecodable(_)) => Some("undecodable"),
            Self::Panicked(_) => Some("panicked"),
            Self::Cut => None,
        }
    }
}

/// Runs a handler, whatever it does, unless it is given up.
pub(crate) async fn run(begin: impl FnOnce() -> Working, cut: &CancellationToken) -> Ended {
    let work = async { begin().0.await };
    tokio::select! {
        biased;
        ended = caught(work) => match ended {
            Ok(Ok(())) => Ended::Done,
            Ok(Err(failure)) => Ended::Failed(failure),
            Err(panic) => Ended::Panicked(panic),
        },
        () = cut.cancelled() => Ended::Cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_outside_a_call_keeps_its_detail_for_the_log() {
        let refusal = crate::Refusal::new("unavailable", "try later").log("the disk is full");
        let failure = Err::<(), _>(refusal).outcome().unwrap_err();
        let expected = "unavailable: try later (the disk is full)";
        assert_eq!(failure, Failure::Failed(expected.into()));
    }

    #[tokio::test]
    async fn every_end_of_a_handler_has_its_word() {
        let cut = CancellationToken::new();
        let word = async |work: Working| run(|| work, &cut).await.word();
        assert_eq!(word(Working::new(async { ().outcome() })).await, Some("ok"));
        let failed = async { Err::<(), _>("no").outcome() };
        assert_eq!(word(Working::new(failed)).await, Some("failed"));
        let undecodable = async { Err(Failure::Undecodable("no".into())) };
        assert_eq!(word(Working::new(undecodable)).await, Some("undecodable"));
        let panics = async { panic!("as told") };
        assert_eq!(word(Working::new(panics)).await, Some("panicked"));
        cut.cancel();
        assert_eq!(word(Working::new(std::future::pending())).await, None);
    }
}
