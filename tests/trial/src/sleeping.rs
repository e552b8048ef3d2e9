//! Slow capabilities, and the calls that they are running.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hecate_om::capability;

/// The calls in progress.
#[derive(Debug, Default)]
pub(crate) struct Sleeping {
    /// How long each sleeps, in milliseconds.
    now: Mutex<Vec<u64>>,
    ever: AtomicU64,
}

/// A call in progress, until it is dropped.
struct Asleep<'a> {
    of: &'a Sleeping,
    milliseconds: u64,
}

impl Sleeping {
    fn begin(&self, milliseconds: u64) -> Asleep<'_> {
        self.ever.fetch_add(1, Ordering::Relaxed);
        self.now(|now| now.push(milliseconds));
        Asleep {
            of: self,
            milliseconds,
        }
    }

    fn now<T>(&self, look: impl FnOnce(&mut Vec<u64>) -> T) -> T {
        look(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The number of calls so far, finished or not.
    pub(crate) fn ever(&self) -> u64 {
        self.ever.load(Ordering::Relaxed)
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.of.now(|now| {
            if let Some(at) = now.iter().position(|one| *one == self.milliseconds) {
                now.swap_remove(at);
            }
        });
    }
}

/// Responds after this many milliseconds.
#[capability("trial.sleep", version = 1, access = open)]
async fn sleep(sleeping: &Sleeping, milliseconds: u64) -> u64 {
    let _asleep = sleeping.begin(milliseconds);
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    milliseconds
}

/// Responds once a file with the given path exists. Until then it counts as sleeping for 0 ms.
#[capability("trial.hold", version = 1, access = open)]
async fn hold(sleeping: &Sleeping, file: PathBuf) {
    let _asleep = sleeping.begin(0);
    while !file.exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Returns how many calls that sleep for this many milliseconds are in progress.
#[capability("trial.running", version = 1, access = open)]
async fn running(sleeping: &Sleeping, milliseconds: u64) -> usize {
    sleeping.now(|now| now.iter().filter(|one| **one == milliseconds).count())
}
