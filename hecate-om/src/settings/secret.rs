//! Secrets.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use zeroize::{Zeroize, Zeroizing};

use super::SettingValue;
use super::updater::{Update, Updater};

/// A value that is never printed: a password, a token, a key.
///
/// `Debug` shows `Secret(…)`; there is no `Display` and no `Serialize`. The memory of the value is
/// overwritten when the last copy of the secret is dropped.
///
/// As a setting, a secret comes from the file that the variable `<NAME>_FILE` names, from the
/// systemd credential `<NAME>`, or from the variable `<NAME>`; see [the module](super#secrets).
///
/// ```
/// use hecate_om::Secret;
///
/// let key = Secret::new("hunter2".to_owned());
/// assert_eq!(key.expose(), "hunter2");
/// assert_eq!(format!("{key:?}"), "Secret(…)");
/// ```
///
/// A secret in a response does not compile:
///
/// ```compile_fail,E0277
/// use hecate_om::Secret;
///
/// fn response() -> impl serde::Serialize {
///     Secret::new("hunter2".to_owned())
/// }
/// ```
pub struct Secret<T: Zeroize> {
    value: Arc<Zeroizing<T>>,
    updates: Arc<watch::Sender<Arc<Zeroizing<T>>>>,
}

impl<T: Zeroize> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        let value = Arc::new(Zeroizing::new(value));
        let (updates, _) = watch::channel(Arc::clone(&value));
        Self {
            value,
            updates: Arc::new(updates),
        }
    }

    /// Returns the value. It stays the same even if the secret's file changes; [`latest`](Self::latest)
    /// returns the secret with the new value.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.value
    }

    /// Returns the secret with the value that its file has now. A secret that does not come from a
    /// file never changes.
    #[must_use]
    pub fn latest(&self) -> Self {
        let value = Arc::clone(&self.updates.borrow());
        Self {
            value,
            updates: Arc::clone(&self.updates),
        }
    }

    /// Returns a handle that reports changes of the secret's file.
    #[must_use]
    pub fn watch(&self) -> SecretWatch<T> {
        let mut changes = self.updates.subscribe();
        if !Arc::ptr_eq(&changes.borrow_and_update(), &self.value) {
            // The secret has changed since it was read.
            changes.mark_changed();
        }
        SecretWatch {
            changes,
            secret: self.clone(),
        }
    }
}

/// A copy shares the value, and is changed by the same file.
impl<T: Zeroize> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self {
            value: Arc::clone(&self.value),
            updates: Arc::clone(&self.updates),
        }
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<T: SettingValue + Zeroize> SettingValue for Secret<T> {
    const IS_SECRET: bool = true;

    fn form() -> String {
        T::form()
    }

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Self::new)
    }

    fn shown(_: &str) -> String {
        "<not shown>".into()
    }

    fn updater(&self) -> Option<Updater> {
        let updates = Arc::downgrade(&self.updates);
        let copies = updates.clone();
        let update = move |text: &str| {
            let Some(updates) = updates.upgrade() else {
                return Update::Unused;
            };
            match T::parse(text) {
                Ok(value) => {
                    updates.send_replace(Arc::new(Zeroizing::new(value)));
                    Update::Replaced
                }
                Err(_) => Update::Malformed,
            }
        };
        Some(Updater::new(update, move || copies.strong_count() > 0))
    }
}

/// Handle that reports changes of a secret, from [`Secret::watch`].
///
/// ```no_run
/// # use hecate_om::Secret;
/// # async fn follow(key: Secret<String>) {
/// let mut watch = key.watch();
/// tokio::spawn(async move {
///     loop {
///         let key = watch.changed().await;
///         // Log in again with `key.expose()`.
///     }
/// });
/// # }
/// ```
pub struct SecretWatch<T: Zeroize> {
    changes: watch::Receiver<Arc<Zeroizing<T>>>,
    /// Keeps the sender, so that waiting does not end.
    secret: Secret<T>,
}

impl<T: Zeroize> SecretWatch<T> {
    /// Waits until the secret has changed since the previous call, and returns it. Never returns
    /// for a secret that does not come from a file.
    pub async fn changed(&mut self) -> Secret<T> {
        // Cannot fail, because `secret` keeps the sender.
        let _ = self.changes.changed().await;
        self.secret = Secret {
            value: Arc::clone(&self.changes.borrow_and_update()),
            updates: Arc::clone(&self.secret.updates),
        };
        self.secret.clone()
    }
}

impl<T: Zeroize> fmt::Debug for SecretWatch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretWatch(…)")
    }
}
