//! The contract of a service: what its author writes beside the annotated struct, and what the attribute adds.

mod boot;
mod contract;
mod realm;

pub use boot::Boot;
pub use contract::{Contract, Lifecycle, check_linked};
pub use realm::Realm;

use std::error::Error;
use std::fmt;
use std::future::Future;

use crate::capability::Refusal;
use crate::health_status::Health;

/// What a service does when it starts and stops, and how it says that it is well.
///
/// A struct marked [`#[hecate_service]`](crate::hecate_service) that is `Default` needs none of this: it is
/// made by `Default::default()` and is always well. One that has something to open implements `start`.
///
/// Together with the name, version and description, the capabilities and the identity specification that the
/// attribute gives, these are the six parts of the contract that a Hecate service keeps.
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
    /// Opens what the service needs and returns it. Runs once, before anything is advertised; what the handlers
    /// borrow besides the service itself is given to [`Boot::provide`].
    ///
    /// # Errors
    ///
    /// An error ends boot with exit code 1; its text is the operator's, so it should say what to do.
    fn start(boot: &mut Boot) -> impl Future<Output = Result<Self, StartError>> + Send;

    /// Closes what `start` opened. Runs once, after the last call in flight has been answered.
    fn stop(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Whether the service can do its work. Sampled in the background, so it may take a moment, but a sample
    /// that outlives the sampling interval or panics counts as down.
    fn health(&self) -> Health {
        Health::Ok
    }
}

/// Why a service did not start. Made from any error by `?`, or from a text by [`StartError::new`].
pub struct StartError(Box<dyn Error + Send + Sync>);

impl StartError {
    /// An error of this text, which should say what is wrong and what the operator can do.
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
