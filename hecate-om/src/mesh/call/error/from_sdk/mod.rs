//! Conversion of the SDK's errors.

use std::time::Duration;

use macula_rust::pool::PoolError;
use macula_rust::station_link::{ConfidentialityError, ConfidentialityReason, LinkError};

use super::{ADMITTED_AFTER, CallError, NOT_ADMITTED, UNAUTHORIZED};
use crate::capability::Refusal;

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
                reason: error.to_string(),
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
            PoolError::Link(LinkError::Provider { code, detail, .. }) => {
                match (code.as_str(), detail) {
                    ("handler_error", Some(detail)) if detail == PAST_DEADLINE => {
                        Self::TimedOut(timeout)
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
            PoolError::Link(LinkError::CallTimeout) => Self::TimedOut(timeout),
            PoolError::Confidentiality(error)
            | PoolError::Link(LinkError::Confidentiality(error)) => {
                not_confidential(&procedure(), &error)
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
                Self::BadRequest(format!("{bytes} bytes exceed the 16 MiB limit of a frame"))
            }
            other => Self::Link(other.to_string()),
        }
    }
}

/// Converts the SDK's error of a call that was not sealed as required.
fn not_confidential(procedure: &str, error: &ConfidentialityError) -> CallError {
    let procedure = procedure.to_owned();
    match error.reason {
        ConfidentialityReason::NoKemKey => CallError::NoKemKey { procedure },
        _ => CallError::NotConfidential {
            procedure,
            reason: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests;
