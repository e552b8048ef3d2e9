//! Calls with a key: the first call with a key runs, and its repeats get the first answer.
//!
//! An entry is never forgotten before its window has passed, so new keys are refused while the
//! table is full.

mod disk;
mod entry;
mod first_call;
#[cfg(test)]
mod tests;

pub(crate) use entry::{CallId, Kept, unknown};
pub(crate) use first_call::FirstCall;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::Instant;

use super::{Dedupe, DedupeStore, Refusal};
use crate::codec::Payload;
use crate::config::{DEFAULT_DEDUPE_MAX_BYTES, DEFAULT_DEDUPE_MAX_KEYS};
use disk::Disk;
use entry::{OVERHEAD, Stored};

/// Maximum number of bytes of an answer that is kept.
pub(crate) const MAX_ANSWER: u64 = 64 * 1024;
/// Maximum number of repeats that wait for a first answer.
const MAX_WAITING: usize = 4_096;
/// Shortest time after which a new key may be tried again when the table is full.
const MIN_RETRY: Duration = Duration::from_millis(200);
/// Longest time after which a new key may be tried again when the table is full.
const MAX_RETRY: Duration = Duration::from_secs(60);

/// Bounds of the table, over all capabilities.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyedBounds {
    pub(crate) keys: usize,
    pub(crate) bytes: u64,
}

impl KeyedBounds {
    pub(crate) const DEFAULT: Self = Self {
        keys: DEFAULT_DEDUPE_MAX_KEYS,
        bytes: DEFAULT_DEDUPE_MAX_BYTES,
    };
}

/// Keys of a service's calls, with the answers. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct KeyedCalls(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    table: Mutex<Table>,
    bounds: KeyedBounds,
    waiting: Semaphore,
    counts: Counts,
    disk: Option<Disk>,
}

#[derive(Debug, Default)]
struct Table {
    entries: HashMap<CallId, Entry>,
    /// Ends of the windows, the earliest first.
    ends: BTreeSet<(Instant, CallId)>,
    bytes: u64,
    /// Entries whose windows have passed, and that are still on the disk.
    passed: Vec<(CallId, u64)>,
}

#[derive(Debug)]
struct Entry {
    fingerprint: [u8; 32],
    state: State,
    /// Number of the run on the disk; `None` if the entry is in memory only.
    run: Option<u64>,
}

#[derive(Debug)]
enum State {
    Running(watch::Receiver<Option<Ended>>),
    Kept { kept: Kept, bytes: u64 },
}

/// End of a run, for the calls that wait for it.
#[derive(Debug, Clone)]
pub(crate) enum Ended {
    /// The handler did not run. The key is free again.
    NotRun(Refusal),
    /// The handler has run.
    Answered(Arc<Result<Payload, Refusal>>),
    /// The handler may have run. The first caller gets this refusal.
    Unknown(Refusal),
}

#[derive(Debug, Default)]
struct Counts {
    first: AtomicU64,
    repeated: AtomicU64,
    waited: AtomicU64,
    mismatched: AtomicU64,
    full: AtomicU64,
}

/// Numbers for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyedStats {
    /// Number of keys in the table.
    pub(crate) keys: u64,
    /// Number of bytes of the table.
    pub(crate) bytes: u64,
    pub(crate) first: u64,
    pub(crate) repeated: u64,
    pub(crate) waited: u64,
    pub(crate) mismatched: u64,
    pub(crate) full: u64,
}

/// Role of a call with a key.
#[derive(Debug)]
pub(crate) enum Claim {
    /// The call is the first, and runs.
    First(FirstCall),
    /// The first call runs.
    Running(watch::Receiver<Option<Ended>>),
    /// The first call has run.
    Repeated(Kept),
}

impl Default for KeyedCalls {
    fn default() -> Self {
        Self::with(KeyedBounds::DEFAULT, None)
    }
}

impl KeyedCalls {
    /// Returns the keys of a service with this state folder.
    pub(crate) fn new(bounds: KeyedBounds, state_dir: &Path) -> Self {
        Self::with(bounds, Some(Disk::new(state_dir)))
    }

    fn with(bounds: KeyedBounds, disk: Option<Disk>) -> Self {
        Self(Arc::new(Inner {
            table: Mutex::default(),
            bounds,
            waiting: Semaphore::new(MAX_WAITING),
            counts: Counts::default(),
            disk,
        }))
    }

    /// Returns the role of a call with this id and request.
    pub(crate) async fn claim(
        &self,
        id: CallId,
        fingerprint: [u8; 32],
        dedupe: Dedupe,
    ) -> Result<Claim, Refusal> {
        let on_disk = dedupe.store == DedupeStore::Disk;
        if on_disk {
            self.load().await?;
        }
        let mut table = self.table();
        let now = Instant::now();
        table.forget_passed(now);
        let counts = &self.0.counts;
        if let Some(entry) = table.entries.get(&id) {
            if entry.fingerprint != fingerprint {
                counts.mismatched.fetch_add(1, Ordering::Relaxed);
                let text = "the key was used for another request; use a key for one request only";
                return Err(Refusal::new("key_reused", text));
            }
            return Ok(match &entry.state {
                State::Running(ended) => Claim::Running(ended.clone()),
                State::Kept { kept, .. } => {
                    counts.repeated.fetch_add(1, Ordering::Relaxed);
                    Claim::Repeated(kept.clone())
                }
            });
        }
        let KeyedBounds { keys, bytes } = self.0.bounds;
        if table.entries.len() >= keys || table.bytes + OVERHEAD + MAX_ANSWER > bytes {
            counts.full.fetch_add(1, Ordering::Relaxed);
            let text = "the service keeps its maximum number of answers to calls with keys";
            return Err(Refusal::new("busy", text).with_retry_after(table.retry_after(now)));
        }
        let run = on_disk.then(rand::random);
        let (ended, running) = watch::channel(None);
        table.bytes += OVERHEAD + MAX_ANSWER;
        let entry = Entry {
            fingerprint,
            state: State::Running(running),
            run,
        };
        table.entries.insert(id, entry);
        counts.first.fetch_add(1, Ordering::Relaxed);
        Ok(Claim::First(FirstCall {
            calls: self.clone(),
            id,
            fingerprint,
            window: Duration::from_millis(dedupe.window_ms),
            run,
            ended,
        }))
    }

    /// Counts a repeat that waits for the first answer, until dropped.
    pub(crate) fn wait(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let permit = self.0.waiting.try_acquire().map_err(|_| {
            let text = "the maximum number of repeats wait for the first answer";
            Refusal::new("busy", text).with_retry_after(MIN_RETRY)
        })?;
        self.0.counts.waited.fetch_add(1, Ordering::Relaxed);
        Ok(permit)
    }

    /// Waits for the writes that were accepted, and closes the file.
    pub(crate) async fn close(&self) {
        if let Some(disk) = &self.0.disk {
            disk.close().await;
        }
    }

    pub(crate) fn stats(&self) -> KeyedStats {
        let mut table = self.table();
        table.forget_passed(Instant::now());
        let (keys, bytes) = (table.entries.len() as u64, table.bytes);
        drop(table);
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.0.counts;
        KeyedStats {
            keys,
            bytes,
            first: load(&counts.first),
            repeated: load(&counts.repeated),
            waited: load(&counts.waited),
            mismatched: load(&counts.mismatched),
            full: load(&counts.full),
        }
    }

    /// Reads the entries on the disk, once.
    async fn load(&self) -> Result<(), Refusal> {
        let disk = self.disk()?;
        let insert = |stored: Vec<(CallId, Stored)>| self.table().insert(stored, Instant::now());
        disk.load_once(insert).await
    }

    fn disk(&self) -> Result<&Disk, Refusal> {
        self.0.disk.as_ref().ok_or_else(|| {
            Refusal::new(
                "unavailable",
                "the answers to calls with keys cannot be kept",
            )
            .log("this service has no state folder")
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Forgets the entries whose windows have passed.
    fn forget_passed(&mut self, now: Instant) {
        while let Some((end, id)) = self.ends.first().copied()
            && end <= now
        {
            self.ends.pop_first();
            let run = self.remove(id);
            self.passed.extend(run.map(|run| (id, run)));
        }
    }

    /// Removes an entry, and returns the number of its run on the disk.
    fn remove(&mut self, id: CallId) -> Option<u64> {
        let entry = self.entries.remove(&id)?;
        self.bytes -= match entry.state {
            State::Running(_) => OVERHEAD + MAX_ANSWER,
            State::Kept { bytes, .. } => bytes,
        };
        entry.run
    }

    /// Keeps what a call has ended with, until `end`.
    fn keep(&mut self, id: CallId, kept: Kept, end: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let bytes = OVERHEAD + kept.bytes();
        entry.state = State::Kept { kept, bytes };
        self.bytes = self.bytes - (OVERHEAD + MAX_ANSWER) + bytes;
        self.ends.insert((end, id));
    }

    /// Inserts the entries that an earlier process has written.
    fn insert(&mut self, stored: Vec<(CallId, Stored)>, now: Instant) {
        for (id, stored) in stored {
            let Some(remaining) = stored.remaining() else {
                self.passed.push((id, stored.run));
                continue;
            };
            let bytes = OVERHEAD + stored.kept.bytes();
            self.bytes += bytes;
            self.ends.insert((now + remaining, id));
            let entry = Entry {
                fingerprint: stored.fingerprint,
                state: State::Kept {
                    kept: stored.kept,
                    bytes,
                },
                run: Some(stored.run),
            };
            self.entries.insert(id, entry);
        }
    }

    /// Returns the time until the first window has passed.
    fn retry_after(&self, now: Instant) -> Duration {
        let first = self.ends.first().map(|(end, _)| *end - now);
        first.unwrap_or(MIN_RETRY).clamp(MIN_RETRY, MAX_RETRY)
    }
}
