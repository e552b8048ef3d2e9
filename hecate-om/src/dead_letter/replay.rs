//! Replay: runs the handler of a dead letter again, and removes the dead letter once the handler
//! has succeeded.

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use futures_util::future::BoxFuture;

use super::{DeadLetter, DeadLetters, HandlerKey, table};
use crate::handler::FailedRun;
use crate::store::StoreError;

/// Runs a handler for a dead letter with its payload, once and without retries.
#[derive(Clone)]
pub(crate) struct Replay(Arc<Run>);

type Run = dyn Fn(DeadLetter, Vec<u8>) -> BoxFuture<'static, Result<(), ReplayError>> + Send + Sync;

impl Replay {
    pub(crate) fn new(
        run: impl Fn(DeadLetter, Vec<u8>) -> BoxFuture<'static, Result<(), ReplayError>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Arc::new(run))
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replay")
    }
}

/// Error of a replay. The dead letter is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error("there is no dead letter with this number")]
    NotFound,
    #[error("the dead letter is being replayed already")]
    InProgress,
    #[error("the service has no handler for it any more")]
    NoHandler,
    #[error("too many retries are waiting; try again later")]
    Busy,
    #[error("the service has not started yet; try again later")]
    Starting,
    #[error("the service is stopping")]
    Stopping,
    #[error("{}", .0.error)]
    Failed(FailedRun),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeadLetters {
    /// Registers the handler that replays run.
    pub(crate) fn set_handler(&self, handler: HandlerKey, replay: Replay) {
        let handlers = self.0.handlers.lock();
        let mut handlers = handlers.unwrap_or_else(PoisonError::into_inner);
        handlers.insert(handler, replay);
    }

    /// Runs the handler of a dead letter once, as one of the service's tasks. The replay continues
    /// if the returned future is dropped.
    pub(crate) async fn replay(&self, number: u64) -> Result<(), ReplayError> {
        if self.0.tasks.stopped().is_cancelled() {
            return Err(ReplayError::Stopping);
        }
        let replaying = Replaying::start(self, number).ok_or(ReplayError::InProgress)?;
        let (reply, outcome) = tokio::sync::oneshot::channel();
        self.0.tasks.spawn(async move {
            let outcome = replaying.run().await;
            drop(replaying);
            // An error means that the operator does not wait any more.
            let _ = reply.send(outcome);
        });
        outcome.await.unwrap_or(Err(ReplayError::Stopping))
    }
}

/// A replay in progress.
struct Replaying {
    letters: DeadLetters,
    number: u64,
}

impl Replaying {
    /// Returns `None` if the dead letter is being replayed already.
    fn start(letters: &DeadLetters, number: u64) -> Option<Self> {
        let replaying = letters.0.replaying.lock();
        let mut replaying = replaying.unwrap_or_else(PoisonError::into_inner);
        replaying.insert(number).then(|| Self {
            letters: letters.clone(),
            number,
        })
    }

    async fn run(&self) -> Result<(), ReplayError> {
        let found = self.letters.get(self.number).await?;
        let (mut letter, payload) = found.ok_or(ReplayError::NotFound)?;
        let handler = {
            let handlers = self.letters.0.handlers.lock();
            let handlers = handlers.unwrap_or_else(PoisonError::into_inner);
            handlers.get(&letter.handler).cloned()
        };
        let Replay(run) = handler.ok_or(ReplayError::NoHandler)?;
        let outcome = run(letter.clone(), payload).await;
        let number = self.number;
        match &outcome {
            Ok(()) => {
                self.letters.remove(number).await?;
            }
            Err(ReplayError::Failed(failed)) => {
                letter.failed_again(failed, SystemTime::now());
                let replace =
                    move |write: &redb::WriteTransaction| table::replace(write, number, &letter);
                self.letters.0.store.write(replace).await?;
            }
            Err(_) => {}
        }
        outcome
    }
}

impl Drop for Replaying {
    fn drop(&mut self) {
        let replaying = self.letters.0.replaying.lock();
        let mut replaying = replaying.unwrap_or_else(PoisonError::into_inner);
        replaying.remove(&self.number);
    }
}
