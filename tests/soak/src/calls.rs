//! Outcomes of calls, as their histories record them.

use hecate_om::call::CallError;

use crate::history::Outcome;

/// Codes of errors that promise that no handler ran.
pub const NOT_RUN: [&str; 18] = [
    "not_connected",
    "bad_procedure",
    "no_org",
    "bad_request",
    "no_provider",
    "unreachable",
    "unauthorized",
    "undeclared_action",
    "no_authority",
    "no_kem_key",
    "busy",
    "rate_limited",
    "payload_too_large",
    "invalid_request",
    "unknown_next_peer",
    "admission_full",
    "caller_quota",
    "share_full",
];

/// Returns the outcome of a call. `mistake` returns why a response is wrong.
pub fn outcome<T>(
    result: &Result<T, CallError>,
    mistake: impl FnOnce(&T) -> Option<String>,
) -> Outcome {
    match result {
        Ok(response) => mistake(response).map_or(Outcome::Ok, Outcome::Wrong),
        Err(error) => failed(error),
    }
}

/// Returns the outcome of a call that ended with `error`.
#[must_use]
pub fn failed(error: &CallError) -> Outcome {
    Outcome::Error {
        code: error.code().to_owned(),
        text: error.to_string(),
    }
}
