//! Conversion of the SDK's errors.

use std::time::Duration;

use macula_rust::pool::PoolError;
use macula_rust::station_link::{ConfidentialityError, ConfidentialityReason, LinkError};

use super::{ADMITTED_AFTER, CallError, NOT_ADMITTED, UNAUTHORIZED};
use crate::capability::Refusal;
use crate::cause::Cause;

/// Wire code: the handler refused. The detail contains the refusal.
const HANDLER_ERROR: &str = "handler_error";
/// Text with which a provider's SDK ends a call at the call's deadline, in the form of a refusal by
/// the handler. It may arrive before the caller's own timeout, and has the same meaning.
const PAST_DEADLINE: &str = "the request's deadline passed";

impl CallError {
    /// Converts the SDK's error of a call with this timeout.
    pub(in crate::mesh) fn from_pool_error(
        error: PoolError,
        procedure: &str,
        timeout: Duration,
    ) -> Self {
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
                reason: Cause::new(error),
            },
            PoolError::NoLink(_) | PoolError::Closed => {
                Self::NotConnected("no station is linked now")
            }
            PoolError::Link(LinkError::Provider { code, .. } | LinkError::Stream { code, .. })
                if NOT_ADMITTED.contains(&code.as_str()) =>
            {
                let text = format!("the provider admits no more calls now (`{code}`)");
                Self::Refused(Refusal::new("busy", text).with_retry_after(ADMITTED_AFTER))
            }
            PoolError::Link(LinkError::Provider { code, detail, .. }) => match detail.as_deref() {
                Some(PAST_DEADLINE) if code == HANDLER_ERROR => Self::TimedOut(timeout),
                _ => provider_error(code, detail, procedure),
            },
            PoolError::Link(LinkError::Stream { code, message, .. }) => {
                let detail = (code == HANDLER_ERROR || !message.is_empty()).then_some(message);
                provider_error(code, detail, procedure)
            }
            PoolError::Link(LinkError::Relay { code, .. }) => Self::Wire { code, detail: None },
            PoolError::Link(LinkError::CallTimeout) => Self::TimedOut(timeout),
            PoolError::Confidentiality(error)
            | PoolError::Link(LinkError::Confidentiality(error)) => {
                not_confidential(procedure(), error)
            }
            PoolError::Link(error @ LinkError::SealedRefused { .. }) => Self::NotConfidential {
                procedure: procedure(),
                reason: Cause::new(error),
            },
            PoolError::Link(LinkError::Frame(error)) => Self::BadRequest(Cause::new(error)),
            PoolError::Link(LinkError::StreamOpenTooLarge(bytes)) => {
                Self::BadRequest(Cause::new(format!(
                    "{bytes} bytes exceed the 1 MiB limit of a stream's opening; send the rest as items"
                )))
            }
            PoolError::Link(LinkError::FrameTooLarge(bytes)) => {
                let text = format!("{bytes} bytes exceed the 16 MiB limit of a frame");
                Self::BadRequest(Cause::new(text))
            }
            other => Self::Link(Cause::new(other)),
        }
    }
}

/// Converts the error with which a provider answered a call or ended a stream.
fn provider_error(
    code: String,
    detail: Option<String>,
    procedure: impl FnOnce() -> String,
) -> CallError {
    match (code.as_str(), detail) {
        (HANDLER_ERROR, Some(detail)) => CallError::Refused(Refusal::from_detail(&detail)),
        (UNAUTHORIZED, detail) => CallError::Unauthorized {
            procedure: procedure(),
            detail,
        },
        (_, detail) => CallError::Wire { code, detail },
    }
}

/// Converts the SDK's error of a call that was not sealed as required.
fn not_confidential(procedure: String, error: ConfidentialityError) -> CallError {
    match error.reason {
        ConfidentialityReason::NoKemKey => CallError::NoKemKey { procedure },
        _ => CallError::NotConfidential {
            procedure,
            reason: Cause::new(LinkError::Confidentiality(error)),
        },
    }
}

#[cfg(test)]
mod tests;
