//! Changes of the files of secrets.
//!
//! The files are polled by path and content. Mounts of secrets are swapped without an event of the
//! file, and a swapped file may have the same times and size.

use std::path::PathBuf;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::secret_file;
use super::updater::{Update, Updater};
use crate::backoff::jittered;

/// Interval of checking the files for changes.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Time without changes before a new content is used, because a file may be half written.
const SETTLE_TIME: Duration = Duration::from_millis(300);

/// A secret that was read from a file.
#[derive(Debug)]
pub(crate) struct WatchedSecret {
    pub(super) variable: String,
    pub(super) path: PathBuf,
    /// Digest of the text in use.
    pub(super) digest: [u8; 32],
    pub(super) updater: Updater,
    pub(super) form: fn() -> String,
    /// Problem of the file that was logged; empty if the file is in use.
    pub(super) problem: String,
}

/// Returns the digest by which a changed text is detected.
pub(super) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Replaces the values of secrets when their files change, as long as one is in use.
pub(crate) async fn watch_secrets(mut secrets: Vec<WatchedSecret>) {
    while !secrets.is_empty() {
        tokio::time::sleep(jittered(POLL_INTERVAL)).await;
        let checking = tokio::task::spawn_blocking(move || {
            secrets.retain_mut(WatchedSecret::check);
            secrets
        });
        secrets = match checking.await {
            Ok(secrets) => secrets,
            Err(error) => {
                tracing::error!(%error, "checking the files of secrets failed; changes are ignored from now on");
                return;
            }
        };
    }
}

impl WatchedSecret {
    /// Uses the file's content if it has changed. Returns whether the secret is still in use.
    pub(super) fn check(&mut self) -> bool {
        let problem = match self.changed() {
            Ok(None) => None,
            Ok(Some(text)) => match self.updater.update(&text) {
                Update::Unused => return false,
                Update::Replaced => {
                    self.digest = digest(&text);
                    tracing::info!(setting = self.variable, path = %self.path.display(), "secret replaced");
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
                path = %self.path.display(),
                error = problem,
                "the file of the secret is refused, and the old value stays in use"
            );
        }
        self.problem = problem;
        true
    }

    /// Returns the file's content if it has changed and has settled.
    fn changed(&self) -> Result<Option<zeroize::Zeroizing<String>>, String> {
        let read = secret_file::read(&self.path);
        if read.as_ref().is_ok_and(|text| digest(text) == self.digest) {
            return Ok(None);
        }
        std::thread::sleep(SETTLE_TIME);
        let again = secret_file::read(&self.path);
        // A file that still changes is read by the next check.
        if again == read {
            again.map(Some)
        } else {
            Ok(None)
        }
    }
}
