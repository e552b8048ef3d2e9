//! Dead letters: facts and scheduled runs that their handler failed to handle, stored in the state
//! folder until an operator runs the handler again or drops them.

mod record;
mod replay;
mod table;

pub(crate) use record::{Attempts, DeadLetter, GivenUp, HandlerKey};
pub(crate) use replay::{Replay, ReplayError};

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::handler::HandlerTasks;
use crate::store::{Store, StoreError};
use table::{Bounds, MAX_BYTES, MAX_LETTERS, Totals};

/// File of the dead letters in the state folder.
const FILE: &str = "dead-letters.redb";
/// Maximum number of dead letters that are being written. Further ones wait, and their handlers
/// with them.
const MAX_WRITING: usize = 256;

/// Dead letters of one service. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct DeadLetters(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    version: &'static str,
    tasks: HandlerTasks,
    writing: Arc<tokio::sync::Semaphore>,
    bounds: Bounds,
    totals: Mutex<Totals>,
    stored: AtomicU64,
    lost: AtomicU64,
    handlers: Mutex<BTreeMap<HandlerKey, Replay>>,
    /// Numbers of the dead letters that are being replayed.
    replaying: Mutex<BTreeSet<u64>>,
}

/// Numbers for metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeadLetterStats {
    /// Number of dead letters in the store.
    pub(crate) letters: u64,
    /// Number of bytes of the dead letters in the store.
    pub(crate) bytes: u64,
    /// Number of dead letters that were dropped for newer ones, since the store was created.
    pub(crate) dropped: u64,
    /// Number of dead letters stored by this process.
    pub(crate) stored: u64,
    /// Number of dead letters that could not be stored.
    pub(crate) lost: u64,
}

impl DeadLetters {
    /// Returns the dead letters in the folder `state_dir`, of a service of this version. They are
    /// written as one of the `tasks`.
    pub(crate) fn new(state_dir: &Path, version: &'static str, tasks: HandlerTasks) -> Self {
        let store = Store::new(&state_dir.join(FILE));
        let bounds = Bounds {
            letters: MAX_LETTERS,
            bytes: MAX_BYTES,
        };
        Self::with(store, version, tasks, bounds)
    }

    fn with(store: Store, version: &'static str, tasks: HandlerTasks, bounds: Bounds) -> Self {
        Self(Arc::new(Inner {
            store,
            version,
            tasks,
            writing: Arc::new(tokio::sync::Semaphore::new(MAX_WRITING)),
            bounds,
            totals: Mutex::default(),
            stored: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            handlers: Mutex::default(),
            replaying: Mutex::default(),
        }))
    }

    /// Reads the size of an existing store, for the metrics.
    pub(crate) async fn load(&self) {
        match self.0.store.read(table::totals).await {
            Ok(totals) => *self.totals() = totals.unwrap_or_default(),
            Err(error) => tracing::error!(%error, "the dead letters cannot be read"),
        }
    }

    /// Stores a dead letter in the background. Waits only while too many others are being written.
    pub(crate) async fn store(&self, given_up: (GivenUp<'_>, Attempts), payload: Vec<u8>) {
        let (given_up, attempts) = given_up;
        let letter = attempts.dead_letter(GivenUp {
            version: self.0.version,
            ..given_up
        });
        let this = self.clone();
        let Ok(permit) = Arc::clone(&self.0.writing).acquire_owned().await else {
            return;
        };
        self.0.tasks.spawn(async move {
            this.write(letter, payload).await;
            drop(permit);
        });
    }

    async fn write(&self, letter: DeadLetter, payload: Vec<u8>) {
        let bounds = self.0.bounds;
        let handler = letter.handler.clone();
        let add = move |transaction: &redb::WriteTransaction| {
            table::add(transaction, (&letter, &payload), bounds)
        };
        match self.0.store.write(add).await {
            Ok(totals) => {
                self.0.stored.fetch_add(1, Ordering::Relaxed);
                let mut known = self.totals();
                if totals.dropped > known.dropped {
                    tracing::warn!(
                        dropped = totals.dropped - known.dropped,
                        "the oldest dead letters were dropped for newer ones"
                    );
                }
                *known = totals;
            }
            Err(error) => {
                self.0.lost.fetch_add(1, Ordering::Relaxed);
                tracing::error!(%error, ?handler, "a dead letter could not be stored and is lost");
            }
        }
    }

    /// Returns the dead letters after the number `after`, oldest first, at most one page of them.
    pub(crate) async fn page(
        &self,
        after: Option<u64>,
    ) -> Result<Vec<(u64, DeadLetter)>, StoreError> {
        let page = self.0.store.read(move |read| table::page(read, after));
        Ok(page.await?.unwrap_or_default())
    }

    /// Returns a dead letter and its payload, as encoded on the wire.
    pub(crate) async fn get(
        &self,
        number: u64,
    ) -> Result<Option<(DeadLetter, Vec<u8>)>, StoreError> {
        let found = self.0.store.read(move |read| table::get(read, number));
        Ok(found.await?.flatten())
    }

    /// Removes a dead letter. Returns whether there was one.
    pub(crate) async fn remove(&self, number: u64) -> Result<bool, StoreError> {
        let removing = self
            .0
            .store
            .write(move |write| table::remove(write, number));
        let (removed, totals) = removing.await?;
        *self.totals() = totals;
        Ok(removed)
    }

    pub(crate) fn stats(&self) -> DeadLetterStats {
        let Totals {
            letters,
            bytes,
            dropped,
        } = *self.totals();
        DeadLetterStats {
            letters,
            bytes,
            dropped,
            stored: self.0.stored.load(Ordering::Relaxed),
            lost: self.0.lost.load(Ordering::Relaxed),
        }
    }

    /// Waits for the writes in progress, and closes the file.
    pub(crate) async fn close(&self) {
        self.0.store.close().await;
    }

    fn totals(&self) -> MutexGuard<'_, Totals> {
        self.0.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl DeadLetters {
    /// Returns dead letters for tests that store none.
    pub(crate) fn unused(tasks: &HandlerTasks) -> Self {
        Self::new(Path::new("/dev/null/unused"), "0.1.0", tasks.clone())
    }
}

#[cfg(test)]
mod tests;
