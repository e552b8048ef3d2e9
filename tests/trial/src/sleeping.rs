//! Slow capabilities, and the calls that they are running.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hecate_om::capability;

/// The calls in progress.
#[derive(Debug, Default)]
pub(crate) struct Sleeps {
    /// Duration of each, in milliseconds.
    running: Mutex<Vec<u64>>,
    total: AtomicU64,
}

/// A call in progress, until it is dropped.
struct SleepGuard<'a> {
    sleeps: &'a Sleeps,
    milliseconds: u64,
}

impl Sleeps {
    fn start(&self, milliseconds: u64) -> SleepGuard<'_> {
        self.total.fetch_add(1, Ordering::Relaxed);
        self.with_running(|running| running.push(milliseconds));
        SleepGuard {
            sleeps: self,
            milliseconds,
        }
    }

    fn with_running<T>(&self, change: impl FnOnce(&mut Vec<u64>) -> T) -> T {
        change(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the number of calls so far, finished or not.
    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}

impl Drop for SleepGuard<'_> {
    fn drop(&mut self) {
        self.sleeps.with_running(|running| {
            let index = running.iter().position(|ms| *ms == self.milliseconds);
            if let Some(index) = index {
                running.swap_remove(index);
            }
        });
    }
}

/// Responds after this many milliseconds.
#[capability("trial.sleep", version = 1, access = open)]
async fn sleep(sleeps: &Sleeps, milliseconds: u64) -> u64 {
    let _guard = sleeps.start(milliseconds);
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    milliseconds
}

/// Responds once a file with the given path exists. Until then it counts as sleeping for 0 ms.
#[capability("trial.hold", version = 1, access = open, dedupe = "10m")]
async fn hold(sleeps: &Sleeps, file: PathBuf) {
    let _guard = sleeps.start(0);
    while !file.exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Returns how many calls that sleep for this many milliseconds are in progress.
#[capability("trial.running", version = 1, access = open)]
async fn running(sleeps: &Sleeps, milliseconds: u64) -> usize {
    sleeps.with_running(|running| running.iter().filter(|ms| **ms == milliseconds).count())
}
