//! Why a call has no answer, and what a caller may make of it.

use std::time::Duration;

use macula_rust::pool::PoolError;
use macula_rust::station_link::LinkError;

use super::presented;
use crate::capability::Refusal;

/// The code of a call that reached nobody: the provider it went to no longer serves the procedure.
pub(in crate::mesh) const GONE: &str = "unknown_next_peer";
/// The code by which a station refuses what it does not pass on, because the provider or the
/// station itself has too much to do, or the station stops.
pub(in crate::mesh) const OVERLOADED: &str = "overloaded";
/// The code of a stream that was opened to a provider which does not serve it as one.
pub(in crate::mesh) const NOT_FOUND: &str = "not_found";
/// The code of a stream that was opened as another kind of stream.
pub(in crate::mesh) const OTHER_MODE: &str = "mode_mismatch";
/// The code of a call that a provider refused for want of a token that it takes, before anything of it ran.
pub(in crate::mesh) const UNAUTHORIZED: &str = "unauthorized";
/// The text by which a provider's SDK gives a call up at its deadline, as if the handler had refused.
/// It crosses the caller's own timeout, and says no more than that.
const PAST_DEADLINE: &str = "the request's deadline passed";
/// Codes by which a provider's SDK refuses further requests or streams. Nothing of the call ran, so
/// the provider counts as busy, as if its guard had refused.
pub(in crate::mesh) const NOT_ADMITTED: [&str; 4] = [
    "caller_quota",
    "share_full",
    "admission_full",
    "too_many_sessions",
];
/// Delay before a refused call may be retried. Entries expire all the time, and the codes do not
/// report when.
pub(in crate::mesh) const ADMITTED_AFTER: Duration = Duration::from_secs(1);

/// Why a call has no answer.
///
/// What a caller may do about it differs, and each has a variant of its own:
///
/// ```
/// use hecate_om::call::CallError;
///
/// fn advice(error: &CallError) -> &'static str {
///     match error {
///         CallError::NoProvider { .. } => "nobody serves it: is the service deployed?",
///         CallError::Unreachable { .. } => "its station cannot be reached: nothing was sent",
///         CallError::Unauthorized { .. } => "it asks for a token",
///         CallError::Refused(refusal) if refusal.retryable() => "later it may be answered",
///         CallError::Refused(refusal) if refusal.code() == "unknown_source" => "there is no such source",
///         CallError::Refused(_) => "it was understood, and refused",
///         CallError::TimedOut(_) => "it may have been run, or may still be",
///         CallError::SchemaMismatch { .. } => "rebuild one side with the other's types",
///         CallError::WrongKind { .. } => "open a stream as one, and call what answers once",
///         CallError::BadResponse(_) => "the answer is not of the type that was asked for",
///         other if other.retryable() => "try again",
///         _ => "the log says more",
///     }
/// }
///
/// assert_eq!(advice(&CallError::TimedOut(std::time::Duration::from_secs(5))), "it may have been run, or may still be");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// No station is linked, so nothing was sent.
    #[error("the call was not sent: {0}")]
    NotConnected(&'static str),
    /// The procedure is no procedure's name.
    #[error("`{0}` is not a procedure; write `<org>/<name>`, as in `hecate-echo/echo.say`")]
    BadProcedure(String),
    /// A capability was called by its type, and nothing says which org serves it; nothing was sent.
    #[error(
        "nothing says which org serves `{capability}`, as the caller is no service and has none of its own; name it: \
         `mesh.call::<…>(…).org(\"…\")`"
    )]
    NoOrg {
        /// The capability's name.
        capability: &'static str,
    },
    /// The request does not fit the wire, so nothing was sent.
    #[error("the request does not fit the wire: {0}")]
    BadRequest(String),
    /// Nobody on the mesh serves the procedure, as far as the realm's grants go.
    #[error("nobody serves `{procedure}` now")]
    NoProvider {
        /// The procedure that was called.
        procedure: String,
    },
    /// Providers are known, and none could be reached, so nothing was sent.
    #[error("no provider of `{procedure}` could be reached: {reason}")]
    Unreachable {
        /// The procedure that was called.
        procedure: String,
        /// What each attempt met.
        reason: String,
    },
    /// The provider's handler refused.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The provider asks for a token, and none was presented that it takes; nothing of the call was run.
    #[error("the provider of `{procedure}` takes no call without a token that allows it{}", detail.as_deref().map(|d| format!(": {d}")).unwrap_or_default())]
    Unauthorized {
        /// The procedure that was called.
        procedure: String,
        /// What the provider says of it.
        detail: Option<String>,
    },
    /// The provider or a station answered an error of the wire's own.
    #[error("the provider answered `{code}`{}", detail.as_deref().map(|d| format!(": {d}")).unwrap_or_default())]
    Wire {
        /// The wire's name of the error.
        code: String,
        /// What came with it.
        detail: Option<String>,
    },
    /// The call was to be made under an action that the service does not declare, so nothing was sent.
    #[error(
        "the service's `actions` do not name `{action}`; add it to `#[hecate_service(actions = [\"{action}\", …])]`"
    )]
    UndeclaredAction {
        /// The action.
        action: String,
    },
    /// The realm has given the service no token for the action, so nothing was sent.
    #[error("there is no token for the action `{action}`: {reason}")]
    NoAuthority {
        /// The action.
        action: String,
        /// How the service stands with its realm.
        reason: String,
    },
    /// No provider names a key to seal to, and the call was to be sealed; nothing was sent.
    #[error(
        "no provider of `{procedure}` can be called sealed: none names a key (HECATE_KEM_ADVERTISE=enabled on its side makes it)"
    )]
    NoKemKey {
        /// The procedure that was called.
        procedure: String,
    },
    /// The call could not be kept confidential, and was not taken in the clear instead.
    #[error("the call of `{procedure}` could not be kept confidential: {reason}")]
    NotConfidential {
        /// The procedure that was called.
        procedure: String,
        /// What was in the way.
        reason: String,
    },
    /// No answer came in time. Whether the call was run is not known.
    #[error("no answer came within {0:?}; whether the call was run is not known")]
    TimedOut(Duration),
    /// The answer is not what the caller expects.
    #[error("the answer is not of the expected type: {0}")]
    BadResponse(String),
    /// The provider has ended the stream before all was sent.
    #[error("the provider has ended the stream")]
    StreamEnded,
    /// The provider was built for other types than this side, so that the request or the answer was not understood.
    #[error(
        "`{procedure}` is not what this side was built for; the provider says now: {}; build this side against the \
         provider's types as they are (its crate, or `hecate-om client`), or call the version of it that this side knows",
        differences.join("; ")
    )]
    SchemaMismatch {
        /// The procedure that was called.
        procedure: String,
        /// How the provider's types differ from those of this side: ``request `limit`: is new and required``.
        differences: Vec<String>,
    },
    /// The procedure is of another kind: a stream was called, or the reverse. Nothing of it ran.
    #[error("`{procedure}` {}", how_to_use(kind))]
    WrongKind {
        /// The procedure that was called.
        procedure: String,
        /// Its kind, as in a manifest: `response`, `streamer`, `client_stream` or `bidi`.
        kind: &'static str,
    },
    /// The link failed underneath the call. Whether the call was run is not known.
    #[error("the link to the station failed during the call: {0}")]
    Link(String),
}

impl CallError {
    /// Whether the same call may succeed when made again, as far as one can know; a call that timed out may have
    /// been run.
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
            | Self::UndeclaredAction { .. }
            | Self::NoKemKey { .. }
            | Self::NotConfidential { .. }
            | Self::StreamEnded
            | Self::SchemaMismatch { .. }
            | Self::WrongKind { .. }
            | Self::BadResponse(_) => false,
        }
    }

    /// The error's stable name, for programs: `no_provider`, `timeout`, a refusal's code, …
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Wire { code, .. } => code,
            other => other.word(),
        }
    }

    /// What the SDK's error says of a call that had `patience`.
    pub(in crate::mesh) fn of(error: PoolError, procedure: &str, patience: Duration) -> Self {
        let procedure = || procedure.to_owned();
        match error {
            PoolError::NoProvider(tried) if tried.is_empty() => Self::NoProvider {
                procedure: procedure(),
            },
            PoolError::NoProvider(_)
            | PoolError::NoStationEndpoint(_)
            | PoolError::StationNotReached { .. }
            | PoolError::DirectLinksFull => Self::Unreachable {
                procedure: procedure(),
                reason: error.to_string(),
            },
            PoolError::NoLink(_) | PoolError::Closed => {
                Self::NotConnected("no station is linked now")
            }
            PoolError::Link(LinkError::Provider { code, .. } | LinkError::Stream { code, .. })
                if NOT_ADMITTED.contains(&code.as_str()) =>
            {
                let text = format!("the provider does not admit more calls now (`{code}`)");
                Self::Refused(Refusal::new("busy", text).retry_after(ADMITTED_AFTER))
            }
            PoolError::Link(LinkError::Provider { code, detail, .. }) => {
                match (code.as_str(), detail) {
                    ("handler_error", Some(detail)) if detail == PAST_DEADLINE => {
                        Self::TimedOut(patience)
                    }
                    ("handler_error", Some(detail)) => Self::Refused(Refusal::from_detail(&detail)),
                    (UNAUTHORIZED, detail) => Self::Unauthorized {
                        procedure: procedure(),
                        detail,
                    },
                    (_, detail) => Self::Wire { code, detail },
                }
            }
            PoolError::Link(LinkError::Stream { code, message, .. }) => {
                let detail = || Some(message.clone()).filter(|message| !message.is_empty());
                match code.as_str() {
                    "handler_error" => Self::Refused(Refusal::from_detail(&message)),
                    UNAUTHORIZED => Self::Unauthorized {
                        procedure: procedure(),
                        detail: detail(),
                    },
                    _ => Self::Wire {
                        detail: detail(),
                        code,
                    },
                }
            }
            PoolError::Link(LinkError::Relay { code, .. }) => Self::Wire { code, detail: None },
            PoolError::Link(LinkError::CallTimeout) => Self::TimedOut(patience),
            PoolError::Confidentiality(error)
            | PoolError::Link(LinkError::Confidentiality(error)) => {
                presented::not_confidential(&procedure(), &error)
            }
            PoolError::Link(error @ LinkError::SealedRefused { .. }) => Self::NotConfidential {
                procedure: procedure(),
                reason: error.to_string(),
            },
            PoolError::Link(LinkError::Frame(error)) => Self::BadRequest(error.to_string()),
            PoolError::Link(LinkError::StreamOpenTooLarge(bytes)) => Self::BadRequest(format!(
                "{bytes} bytes exceed the 1 MiB limit of a stream's opening; send the rest as items"
            )),
            PoolError::Link(LinkError::FrameTooLarge(bytes)) => {
                Self::BadRequest(format!("{bytes} bytes are over the wire's frame of 16 MiB"))
            }
            other => Self::Link(other.to_string()),
        }
    }

    /// One word of a fixed set: the code, but `refused` and `wire` for the codes that are others' to choose.
    pub(in crate::mesh) const fn word(&self) -> &'static str {
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
            Self::UndeclaredAction { .. } => "undeclared_action",
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

/// Returns what a procedure of this kind is, and how it is used.
fn how_to_use(kind: &str) -> &'static str {
    match kind {
        "streamer" => "is a server stream; open it with `server_streaming`",
        "client_stream" => "is a client stream; open it with `client_streaming`",
        "bidi" => "is a bidirectional stream; open it with `bidirectional`",
        _ => "answers once and is no stream; call it with `call`",
    }
}

/// A call made while answering another fails it under its own code; the text is for the log only, as it may name
/// what the first caller must not know.
impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        let text = match &error {
            CallError::SchemaMismatch { .. } | CallError::WrongKind { .. } => {
                "this service does not fit the version of a service that it needs"
            }
            CallError::UndeclaredAction { .. } | CallError::BadProcedure(_) => {
                "this service made a call that is not allowed"
            }
            CallError::Refused(_) | CallError::Unauthorized { .. } => {
                "a service that this one needs refused the call"
            }
            _ => "a service that this one needs did not answer",
        };
        let refusal = Self::new(format!("upstream_{}", error.code()), text).log(error.to_string());
        if error.retryable() {
            refusal.retry_after(Duration::ZERO)
        } else {
            refusal
        }
    }
}

#[cfg(test)]
mod tests;
