//! The contract of a service: the author's part, and the part that the attribute implements.

mod boot;
mod contract;
mod realm;

pub use boot::Boot;
pub(crate) use boot::BootSettings;
pub use contract::{Contract, Lifecycle, check_linked, check_settings};
pub use realm::Realm;

use std::error::Error;
use std::fmt;
use std::future::Future;

use crate::capability::Refusal;
use crate::health_status::Health;

/// Start, stop and health check of a service.
///
/// A struct with [`#[hecate_service]`](crate::hecate_service) that implements `Default` does not
/// need this trait: the runtime creates it by `Default::default()`, and its health is always ok. A
/// service that opens files or connections implements `start`.
///
/// ```
/// use hecate_om::{Boot, Health, Service, StartError};
///
/// struct Counter {
///     path: std::path::PathBuf,
/// }
///
/// impl Service for Counter {
///     async fn start(boot: &mut Boot) -> Result<Self, StartError> {
///         let path = boot.state_dir()?.join("count");
///         Ok(Self { path })
///     }
///
///     fn health(&self) -> Health {
///         if self.path.parent().is_some_and(|dir| dir.is_dir()) {
///             Health::Ok
///         } else {
///             Health::down("the state directory is gone")
///         }
///     }
/// }
/// ```
pub trait Service: Sized + Send + Sync + 'static {
    /// Creates the service. Runs once, before any capability is advertised. [`Boot::provide`]
    /// provides values that handlers borrow in addition to the service itself.
    ///
    /// # Errors
    ///
    /// An error refuses boot, with exit code 1. Operators read the error's text, so the text should
    /// name the remedy.
    fn start(boot: &mut Boot) -> impl Future<Output = Result<Self, StartError>> + Send;

    /// Releases what `start` opened. Runs once, after the last call in flight was answered, for at
    /// most 10 s.
    fn stop(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Prepares the service for new settings, at a [reload](crate::settings#changes-without-a-restart).
    /// Runs before they take effect; handlers that start afterwards borrow them. Runs for at most
    /// 10 s. Not needed by a service that only borrows its settings in handlers.
    /// The [guide](crate::settings#changes-without-a-restart) has an example.
    ///
    /// # Errors
    ///
    /// After an error or a panic, or at the timeout, the reload has failed: the runtime changes
    /// nothing, and the old settings stay in effect. So do fallible work first, as in `start`.
    fn reload(
        &self,
        settings: &<Self as Contract>::Settings,
    ) -> impl Future<Output = Result<(), StartError>> + Send
    where
        Self: Contract,
    {
        // Not captured by the future.
        let _ = settings;
        async { Ok(()) }
    }

    /// Returns whether the service can do its work. Runs every 5 s in the background. A check that
    /// panics or takes longer than 5 s counts as down.
    fn health(&self) -> Health {
        Health::Ok
    }
}

/// Error of a service's `start`. `?` converts any error; [`StartError::new`] takes a text.
///
/// Like `anyhow::Error`, this type does not implement `Error` itself, so that `?` converts every
/// error. The `Display` output includes all causes.
pub struct StartError(Box<dyn Error + Send + Sync>);

impl StartError {
    /// Creates an error with a text for operators: the problem, and the remedy.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for StartError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.downcast_ref::<Refusal>() {
            Some(refusal) => write!(f, "{refusal:#}")?,
            None => write!(f, "{}", self.0)?,
        }
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_ends_the_start_keeps_its_detail() {
        let refusal = Refusal::new("unavailable", "no index").log("segment 7 is corrupt");
        let error = StartError::from(refusal).to_string();
        assert_eq!(error, "unavailable: no index (segment 7 is corrupt)");
    }
}
