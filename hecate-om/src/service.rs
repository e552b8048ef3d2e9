//! The contract of a service: what its author writes beside the annotated struct.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::future::Future;

use crate::boot::Boot;
use crate::capability::Refusal;

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
///         match self.path.parent().is_some_and(|dir| dir.is_dir()) {
///             true => Health::Ok,
///             false => Health::down("the state directory is gone"),
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

/// What a service says of itself, as `/health` and `<org>/info` report it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// All is well: `/health` answers 200.
    Ok,
    /// Serving, but not as it should, and why: `/health` answers 503, the liveness probe does not.
    Degraded(Cow<'static, str>),
    /// Not able to serve, and why: `/health` answers 503.
    Down(Cow<'static, str>),
}

impl Health {
    /// Serving, but not as it should, for this reason.
    pub fn degraded(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Degraded(reason.into())
    }

    /// Not able to serve, for this reason.
    pub fn down(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Down(reason.into())
    }

    /// The verdict as the wire and the health body name it: `ok`, `degraded` or `down`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded(_) => "degraded",
            Self::Down(_) => "down",
        }
    }

    /// Why the service is not well; `None` when it is.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Ok => None,
            Self::Degraded(reason) | Self::Down(reason) => Some(reason),
        }
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
