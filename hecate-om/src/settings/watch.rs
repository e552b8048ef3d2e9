//! Changes of secrets: of their files, and at a reload.
//!
//! The files are polled by path and content. Mounts of secrets are swapped without an event of the
//! file, and a swapped file may have the same times and size.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, OwnedMutexGuard};
use zeroize::Zeroizing;

use super::secret_file;
use super::updater::{Update, Updater};
use crate::backoff::jittered;

/// Interval of checking the files for changes.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Time without changes before a new content is used, because a file may be half written.
const SETTLE_TIME: Duration = Duration::from_millis(300);

/// A secret in use.
#[derive(Debug)]
pub(super) struct WatchedSecret {
    pub(super) variable: String,
    /// Its file; `None` if it comes from its variable.
    pub(super) path: Option<PathBuf>,
    /// Digest of the text in use.
    pub(super) digest: [u8; 32],
    /// One for the secret in the current settings, and one for each from before a reload that is
    /// still in use.
    pub(super) updaters: Vec<Updater>,
    pub(super) form: fn() -> String,
    /// Problem of the file that was logged; empty if the file is in use.
    pub(super) problem: String,
}

/// A secret that was just read, with its text.
pub(crate) struct ReadSecret {
    pub(super) watched: WatchedSecret,
    pub(super) text: Zeroizing<String>,
}

/// Omits the text.
impl fmt::Debug for ReadSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.watched.fmt(f)
    }
}

/// The secrets of a service, which follow their files.
#[derive(Debug, Clone)]
pub(crate) struct Secrets(Arc<Mutex<Vec<WatchedSecret>>>);

/// The locked secrets of a service.
#[derive(Debug)]
pub(crate) struct LockedSecrets(OwnedMutexGuard<Vec<WatchedSecret>>);

/// Returns the digest by which a changed text is detected.
pub(super) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

impl Secrets {
    pub(crate) fn new(read: Vec<ReadSecret>) -> Self {
        let watched = read.into_iter().map(|secret| secret.watched);
        Self(Arc::new(Mutex::new(watched.collect())))
    }

    /// Waits until no file is being checked.
    pub(crate) async fn lock(&self) -> LockedSecrets {
        LockedSecrets(Arc::clone(&self.0).lock_owned().await)
    }

    /// Replaces the values of secrets when their files change.
    pub(crate) async fn watch(self) {
        loop {
            tokio::time::sleep(jittered(POLL_INTERVAL)).await;
            let LockedSecrets(mut secrets) = self.lock().await;
            if secrets.iter().all(|secret| secret.path.is_none()) {
                continue;
            }
            let checking =
                tokio::task::spawn_blocking(move || secrets.retain_mut(WatchedSecret::check));
            if let Err(error) = checking.await {
                tracing::error!(%error, "checking the files of secrets failed; changes are ignored from now on");
                return;
            }
        }
    }
}

impl LockedSecrets {
    /// Uses the secrets that a reload has read. Copies of the replaced ones get the new values too.
    /// Returns the variables of the secrets with a new value.
    pub(crate) fn replace(mut self, read: Vec<ReadSecret>) -> Vec<String> {
        let replaced = std::mem::take(&mut *self.0).into_iter();
        let mut replaced: BTreeMap<String, WatchedSecret> = replaced
            .map(|secret| (secret.variable.clone(), secret))
            .collect();
        let mut changed = Vec::new();
        for ReadSecret { mut watched, text } in read {
            if let Some(mut old) = replaced.remove(&watched.variable) {
                if old.digest != watched.digest {
                    changed.push(watched.variable.clone());
                    old.update(&text);
                }
                old.updaters.retain(Updater::is_used);
                watched.updaters.append(&mut old.updaters);
            }
            self.0.push(watched);
        }
        changed
    }
}

impl WatchedSecret {
    /// Replaces the value of every copy of the secret.
    fn update(&mut self, text: &str) -> Update {
        let mut outcome = Update::Unused;
        self.updaters.retain(|updater| match updater.update(text) {
            Update::Unused => false,
            update => {
                outcome = update;
                true
            }
        });
        outcome
    }

    /// Uses the file's content if it has changed. Returns whether the secret is still in use.
    pub(super) fn check(&mut self) -> bool {
        let Some(path) = self.path.clone() else {
            return true;
        };
        let problem = match Self::changed(&path, self.digest) {
            Ok(None) => None,
            Ok(Some(text)) => match self.update(&text) {
                Update::Unused => return false,
                Update::Replaced => {
                    self.digest = digest(&text);
                    tracing::info!(setting = self.variable, path = %path.display(), "secret replaced");
                    None
                }
                Update::Malformed => Some(format!("the content is not {}", (self.form)())),
            },
            Err(problem) => Some(problem),
        };
        let problem = problem.unwrap_or_default();
        if !problem.is_empty() && problem != self.problem {
            tracing::warn!(
                setting = self.variable,
                path = %path.display(),
                error = problem,
                "the file of the secret is refused, and the old value stays in use"
            );
        }
        self.problem = problem;
        true
    }

    /// Returns the file's content if it has changed and has settled.
    fn changed(path: &Path, in_use: [u8; 32]) -> Result<Option<Zeroizing<String>>, String> {
        let read = secret_file::read(path);
        if read.as_ref().is_ok_and(|text| digest(text) == in_use) {
            return Ok(None);
        }
        std::thread::sleep(SETTLE_TIME);
        let again = secret_file::read(path);
        // A file that still changes is read by the next check.
        if again == read {
            again.map(Some)
        } else {
            Ok(None)
        }
    }
}
