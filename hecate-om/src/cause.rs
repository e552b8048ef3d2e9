//! Causes of public errors.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Underlying error of a public error, which [`Error::source`] returns.
///
/// Two causes are equal if their texts are equal. The types of the underlying errors are exempt
/// from semver.
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// Returns an error, or an error with this text, as a cause.
    pub(crate) fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into().into())
    }
}

/// The underlying error.
impl Deref for Cause {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Cause {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("failed: {0}")]
    struct Failed(#[source] Cause);

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Transparent(Cause);

    #[test]
    fn the_source_of_an_error_is_the_underlying_error() {
        let io = || std::io::Error::from(std::io::ErrorKind::NotFound);
        let failed = Failed(Cause::new(io()));
        let source = failed.source().expect("it has a source");
        assert!(source.is::<std::io::Error>());
        assert_eq!(failed.to_string(), format!("failed: {}", io()));

        let transparent = Transparent(Cause::new(failed));
        let source = transparent.source().expect("its cause has a source");
        assert!(source.is::<std::io::Error>());
    }

    #[test]
    fn a_cause_is_equal_to_another_with_the_same_text() {
        let error = std::io::Error::other("x");
        assert_eq!(Cause::new(error), Cause::new("x"));
        assert_ne!(Cause::new("x"), Cause::new("y"));
    }
}
