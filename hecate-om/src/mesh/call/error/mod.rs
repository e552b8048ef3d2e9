//! Errors of calls and streams.

mod from_sdk;

use std::time::Duration;

use crate::capability::Refusal;
use crate::cause::Cause;
use crate::mesh::connection::NotConnected;

/// Wire code: the provider no longer serves the procedure.
pub(in crate::mesh) const GONE: &str = "unknown_next_peer";
/// Wire code: a station refuses to relay, because the provider or the station is overloaded, or
/// because the station is stopping.
pub(in crate::mesh) const OVERLOADED: &str = "overloaded";
/// Wire code: the provider does not serve the procedure as a stream.
pub(in crate::mesh) const NOT_FOUND: &str = "not_found";
/// Wire code: the stream was opened as another kind of stream.
pub(in crate::mesh) const OTHER_MODE: &str = "mode_mismatch";
/// Wire code: a provider refused the call for lack of an acceptable token, before the handler ran.
pub(in crate::mesh) const UNAUTHORIZED: &str = "unauthorized";
/// Wire code: a provider's SDK could not open a sealed request or stream, so no handler ran. The
/// provider has restarted, and so has a new key.
pub(in crate::mesh) const SEALED_REFUSED: &str = "sealed_refused";
/// Wire codes: a provider's SDK refused the request or stream. No handler ran, so the provider
/// counts as busy, as after a refusal by its guard.
pub(in crate::mesh) const NOT_ADMITTED: [&str; 4] = [
    "caller_quota",
    "share_full",
    "admission_full",
    "too_many_sessions",
];
/// Delay before a request with a code of [`NOT_ADMITTED`] may be retried. Entries expire all the
/// time, and the codes do not report when.
pub(in crate::mesh) const ADMITTED_AFTER: Duration = Duration::from_secs(1);

/// Error of a call or a stream.
///
/// The documentation of each variant states what to do. [`retryable`](CallError::retryable) returns
/// whether the same call may succeed later, and [`code`](CallError::code) returns a stable name for
/// programs.
///
/// ```
/// use hecate_om::call::CallError;
///
/// fn advice(error: &CallError) -> &'static str {
///     match error {
///         CallError::NoProvider { .. } => "deploy the service, or check the procedure's name",
///         CallError::Unauthorized { .. } => "request the permission from the realm",
///         CallError::Refused(refusal) if refusal.code() == "unknown_source" => "choose another source",
///         CallError::Refused(refusal) if refusal.retryable() => "retry later",
///         CallError::TimedOut(_) => "the handler may have run: retry only if that is harmless",
///         CallError::SchemaMismatch { .. } => "rebuild one side with the other's types",
///         error if error.retryable() => "retry later",
///         _ => "see the log",
///     }
/// }
///
/// let timeout = std::time::Duration::from_secs(5);
/// assert!(advice(&CallError::TimedOut(timeout)).starts_with("the handler may have run"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// No station was linked within the timeout, so nothing was sent.
    ///
    /// Retry later, or check `HECATE_STATIONS` and the network.
    #[error("the call was not sent: {0}")]
    NotConnected(&'static str),
    /// The procedure name is malformed, so nothing was sent.
    ///
    /// Write `<org>/<name>`, or `<org>/<name>_v<N>` for a version above 1.
    #[error("`{0}` is not a procedure; write `<org>/<name>`, as in `hecate-echo/echo.say`")]
    BadProcedure(String),
    /// The capability was called by type, and its org is unknown, so nothing was sent.
    ///
    /// Set the org of the call. A client has no default org.
    #[error(
        "the org of `{capability}` is unknown, because a client has none of its own; set it: \
         `mesh.call::<…>(…).org(\"…\")`"
    )]
    NoOrg {
        /// The capability's name.
        capability: &'static str,
    },
    /// The request or an item cannot be encoded for the wire, so it was not sent.
    ///
    /// Send less data, or a type that the wire can represent. Send large data as items or as
    /// content.
    #[error("the request does not fit the wire: {0}")]
    BadRequest(#[source] Cause),
    /// No provider with a grant of the realm serves the procedure, so nothing was sent.
    ///
    /// Check the procedure's name, and that the service runs and is admitted to its org. Or retry
    /// later.
    #[error("no provider serves `{procedure}` now")]
    NoProvider {
        /// The called procedure.
        procedure: String,
    },
    /// No known provider could be reached, so nothing was sent.
    ///
    /// Retry later, or check the network to the providers' stations.
    #[error("no provider of `{procedure}` could be reached: {reason}")]
    Unreachable {
        /// The called procedure.
        procedure: String,
        /// Reason for each provider.
        #[source]
        reason: Cause,
    },
    /// The provider refused: its handler returned an error, or its guard did not admit the call.
    ///
    /// See [`Refusal::code`], and [`Refusal::retryable`] for whether to retry.
    #[error("refused: {0}")]
    Refused(#[source] Refusal),
    /// The provider requires a token, and accepted no token of this call. No handler ran.
    ///
    /// Add the permission to the service's `permissions`, or present a token by `ucan`.
    #[error(
        "the provider of `{procedure}` requires a token that allows the call{}",
        with_colon(detail)
    )]
    Unauthorized {
        /// The called procedure.
        procedure: String,
        /// The provider's explanation.
        detail: Option<String>,
    },
    /// The provider or a station answered with a wire error.
    ///
    /// Retry if the error is [`retryable`](CallError::retryable).
    #[error("the provider answered `{code}`{}", with_colon(detail))]
    Wire {
        /// Wire code of the error.
        code: String,
        /// The provider's explanation.
        detail: Option<String>,
    },
    /// The call needs a permission that the service does not declare, so nothing was sent.
    ///
    /// Add the permission to the `permissions` of `#[hecate_service]`.
    #[error(
        "the service's `permissions` do not include `{permission}`; add it: \
         `#[hecate_service(permissions = [\"{permission}\", …])]`"
    )]
    UndeclaredPermission {
        /// Missing permission.
        permission: String,
    },
    /// The realm has not issued a token for the permission, so nothing was sent.
    ///
    /// Wait until the realm's operator has granted the permission to the service.
    #[error("the realm has issued no token for the permission `{permission}`: {reason}")]
    NoAuthority {
        /// Requested permission.
        permission: String,
        /// State of the service's request to the realm.
        reason: String,
    },
    /// The call must be sealed, and no provider advertises a key, so nothing was sent.
    ///
    /// Set `HECATE_KEM_ADVERTISE=enabled` at the provider, or call without `confidential`.
    #[error(
        "no provider of `{procedure}` advertises a key for sealed calls; set HECATE_KEM_ADVERTISE=enabled there"
    )]
    NoKemKey {
        /// The called procedure.
        procedure: String,
    },
    /// The call or the response could not be sealed, so the call was aborted.
    ///
    /// Update the side with the older version, or call without `confidential`.
    #[error("the call of `{procedure}` could not be kept confidential: {reason}")]
    NotConfidential {
        /// The called procedure.
        procedure: String,
        /// Reason why the call or the response was not sealed.
        #[source]
        reason: Cause,
    },
    /// No response arrived in time. The handler may have run, or may still be running.
    ///
    /// Retry only if running the handler twice is harmless, or set a longer timeout.
    #[error("no response within {0:?}; the handler may have run")]
    TimedOut(Duration),
    /// The response or an item does not decode as the expected type. The handler ran.
    ///
    /// Compare the types of both sides.
    #[error("the response is not of the expected type: {0}")]
    BadResponse(#[source] Cause),
    /// The provider ended the stream before all items were sent.
    ///
    /// A client stream has an answer in this case: call `finish`.
    #[error("the provider has ended the stream")]
    StreamEnded,
    /// The provider's types differ from the types that this side was built with, so the request or
    /// the response could not be decoded.
    ///
    /// Build this side with the provider's current types, or call the version that this side was
    /// built for.
    #[error(
        "the types of `{procedure}` differ from those that this side was built with: {}; build it with the \
         provider's current types (its crate, or `hecate-om client`), or call the version that it was built for",
        differences.join("; ")
    )]
    SchemaMismatch {
        /// The called procedure.
        procedure: String,
        /// Differences of the provider's types from this side's types, such as ``request `limit`:
        /// is new and required``.
        differences: Vec<String>,
    },
    /// The procedure is of another kind: a stream was called like a unary procedure, or a unary
    /// procedure was opened as a stream. No handler ran.
    ///
    /// Use the method for the procedure's kind.
    #[error("`{procedure}` {}", how_to_use(kind))]
    WrongKind {
        /// The called procedure.
        procedure: String,
        /// Kind of the procedure, as in a manifest: `response`, `streamer`, `client_stream` or
        /// `bidi`.
        kind: &'static str,
    },
    /// The link failed during the call. The handler may have run.
    ///
    /// Retry only if running the handler twice is harmless.
    #[error("the link to the station failed during the call: {0}")]
    Link(#[source] Cause),
}

impl From<NotConnected> for CallError {
    fn from(error: NotConnected) -> Self {
        Self::NotConnected(error.0)
    }
}

impl CallError {
    /// Returns whether the same call may succeed later. After a timeout or a failed link, the
    /// handler may already have run.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::NotConnected(_)
            | Self::NoProvider { .. }
            | Self::Unreachable { .. }
            | Self::NoAuthority { .. }
            | Self::TimedOut(_)
            | Self::Link(_) => true,
            Self::Refused(refusal) => refusal.retryable(),
            Self::Wire { code, .. } => matches!(
                code.as_str(),
                "temporary_relay_failure" | OVERLOADED | "unavailable" | GONE
            ),
            Self::BadProcedure(_)
            | Self::NoOrg { .. }
            | Self::BadRequest(_)
            | Self::Unauthorized { .. }
            | Self::UndeclaredPermission { .. }
            | Self::NoKemKey { .. }
            | Self::NotConfidential { .. }
            | Self::StreamEnded
            | Self::SchemaMismatch { .. }
            | Self::WrongKind { .. }
            | Self::BadResponse(_) => false,
        }
    }

    /// Returns the stable name of the error: `no_provider`, `timeout`, a refusal's code, …
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Wire { code, .. } => code,
            other => other.outcome(),
        }
    }

    /// Returns the error's outcome label, from a fixed set: the error's code, except `refused` and
    /// `wire` for codes that providers choose.
    pub(in crate::mesh) const fn outcome(&self) -> &'static str {
        match self {
            Self::NotConnected(_) => "not_connected",
            Self::BadProcedure(_) => "bad_procedure",
            Self::NoOrg { .. } => "no_org",
            Self::BadRequest(_) => "bad_request",
            Self::NoProvider { .. } => "no_provider",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused(_) => "refused",
            Self::Unauthorized { .. } => UNAUTHORIZED,
            Self::Wire { .. } => "wire",
            Self::UndeclaredPermission { .. } => "undeclared_action",
            Self::NoAuthority { .. } => "no_authority",
            Self::NoKemKey { .. } => "no_kem_key",
            Self::NotConfidential { .. } => "not_confidential",
            Self::TimedOut(_) => "timeout",
            Self::BadResponse(_) => "bad_response",
            Self::StreamEnded => "stream_ended",
            Self::SchemaMismatch { .. } => "schema_mismatch",
            Self::WrongKind { .. } => "wrong_kind",
            Self::Link(_) => "link_failed",
        }
    }
}

/// Formats an optional detail for the end of a message.
fn with_colon(detail: &Option<String>) -> String {
    detail
        .as_deref()
        .map(|detail| format!(": {detail}"))
        .unwrap_or_default()
}

/// Returns the kind of a procedure and the method to call it, for an error message.
fn how_to_use(kind: &str) -> &'static str {
    match kind {
        "streamer" => "is server streaming; open it with `server_streaming`",
        "client_stream" => "is client streaming; open it with `client_streaming`",
        "bidi" => "is bidirectional; open it with `bidirectional`",
        _ => "is unary; call it with `call`",
    }
}

/// Converts the error of a call made by a handler to the handler's own refusal, `upstream_<code>`.
///
/// The error's text goes only to the log, because it may contain information that the handler's
/// caller must not see.
impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        let text = match &error {
            CallError::SchemaMismatch { .. } | CallError::WrongKind { .. } => {
                "this service and a service that it calls have incompatible versions"
            }
            CallError::UndeclaredPermission { .. } | CallError::BadProcedure(_) => {
                "this service made a call that is not allowed"
            }
            CallError::Refused(_) | CallError::Unauthorized { .. } => {
                "a service that this one calls refused the call"
            }
            _ => "a service that this one calls did not answer",
        };
        let refusal = Self::new(format!("upstream_{}", error.code()), text).log(error.to_string());
        if error.retryable() {
            refusal.with_retry_after(Duration::ZERO)
        } else {
            refusal
        }
    }
}
