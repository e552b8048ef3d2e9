//! Meaning of a failed try: for the next try, for the provider, and for the caller.

use std::time::Duration;

use macula_rust::pool::PoolError;
use macula_rust::station_link::LinkError;

use crate::capability::Refusal;
use crate::mesh::call::CallError;
use crate::mesh::call::error::GONE;
use crate::mesh::call::providers::{ANY_PROVIDER, CallOutcome, Node};
use crate::mesh::call::retry::did_not_run;

/// Returns the node that answered with its own error.
pub(super) fn responded_by(error: &PoolError) -> Option<Node> {
    match error {
        PoolError::Link(LinkError::Provider { responded_by, .. }) => Some(*responded_by),
        _ => None,
    }
}

/// Returns whether an operation that failed with `error` certainly did not run and may be sent to
/// another provider. If the router chose the provider, a missing provider is final.
pub(super) fn may_go_elsewhere(error: &CallError, sent_to: Node) -> bool {
    match error {
        CallError::NoProvider { .. }
        | CallError::Unreachable { .. }
        | CallError::NoKemKey { .. } => sent_to != ANY_PROVIDER,
        CallError::Refused(_) | CallError::Wire { .. } | CallError::Unauthorized { .. } => {
            did_not_run(error)
        }
        _ => false,
    }
}

/// Returns whether no provider was found or reached.
pub(super) fn reached_no_provider(error: &CallError) -> bool {
    let is_missing = matches!(
        error,
        CallError::NoProvider { .. } | CallError::Unreachable { .. }
    );
    is_missing || is_gone(error)
}

pub(super) fn is_gone(error: &CallError) -> bool {
    matches!(error, CallError::Wire { code, .. } if code == GONE)
}

/// Returns the busy time that the provider reported.
pub(super) fn busy_for(error: &CallError) -> Option<Duration> {
    match error {
        CallError::Refused(refusal) if did_not_run(error) => {
            refusal.retry_after().filter(|wait| !wait.is_zero())
        }
        _ => None,
    }
}

/// Returns the error of a call that was not sent because all known providers are busy.
pub(super) fn all_busy(wait: Duration) -> CallError {
    let text = "every provider reported that it is busy";
    CallError::Refused(Refusal::new("busy", text).with_retry_after(wait))
}

/// Returns the last provider's refusal, with the shortest busy time of the tried providers.
pub(super) fn with_least_wait(error: CallError, least_wait: Duration) -> CallError {
    match error {
        CallError::Refused(refusal)
            if refusal.retry_after().is_some_and(|wait| least_wait < wait) =>
        {
            CallError::Refused(refusal.with_retry_after(least_wait))
        }
        error => error,
    }
}

/// Returns the outcome of a failed try for its provider. A refusal that does not depend on the
/// request counts as a failure: it arrives faster than any real answer, so the provider would
/// otherwise seem the fastest.
pub(super) fn outcome(error: &CallError, elapsed: Duration) -> CallOutcome {
    match error {
        CallError::Refused(refusal) => match refusal.code() {
            "busy" | "rate_limited" => {
                busy_for(error).map_or(CallOutcome::Declined, CallOutcome::Busy)
            }
            "timeout" | "panicked" | "shutting_down" | "unavailable" | "invalid_request"
            | "invalid_response" => CallOutcome::Failed(elapsed),
            _ => CallOutcome::Answered(elapsed),
        },
        CallError::NoProvider { .. } | CallError::Unreachable { .. } => CallOutcome::Gone,
        error if is_gone(error) => CallOutcome::Gone,
        CallError::Wire { .. }
        | CallError::TimedOut(_)
        | CallError::Link(_)
        | CallError::Unauthorized { .. }
        | CallError::NoKemKey { .. }
        | CallError::NotConfidential { .. } => CallOutcome::Failed(elapsed),
        _ => CallOutcome::Unknown,
    }
}
