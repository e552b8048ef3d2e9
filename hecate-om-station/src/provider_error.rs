//! Errors that the station returns as the provider of a procedure.

/// A refused request, sent as a provider's ERROR frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProviderError {
    pub(crate) code: &'static str,
    pub(crate) detail: Option<String>,
}

impl ProviderError {
    pub(crate) fn new(code: &'static str) -> Self {
        Self { code, detail: None }
    }

    /// Creates a `handler_error` with this detail for the caller.
    pub(crate) fn handler(detail: impl Into<String>) -> Self {
        Self {
            code: "handler_error",
            detail: Some(detail.into()),
        }
    }

    /// Creates the error of a realm that has not decided yet: the caller is expected to retry.
    pub(crate) fn not_admitted() -> Self {
        Self::handler("not_admitted")
    }
}
