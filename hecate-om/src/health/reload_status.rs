//! Outcome of the last reload of the configuration.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Outcome of the last reload. The configuration that boot reads counts as the first one.
#[derive(Debug)]
pub(crate) struct ReloadStatus(Mutex<LastReload>);

/// Whether the last reload succeeded, and the time of the last one that did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastReload {
    pub(crate) is_successful: bool,
    pub(crate) last_success: SystemTime,
}

impl ReloadStatus {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LastReload {
            is_successful: true,
            last_success: SystemTime::now(),
        }))
    }

    pub(crate) fn succeeded(&self) {
        *self.lock() = LastReload {
            is_successful: true,
            last_success: SystemTime::now(),
        };
    }

    pub(crate) fn failed(&self) {
        self.lock().is_successful = false;
    }

    pub(crate) fn last(&self) -> LastReload {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, LastReload> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
