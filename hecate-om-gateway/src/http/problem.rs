//! Errors as problem details (RFC 9457).

use std::time::Duration;

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hecate_om::call::CallError;
use serde::Serialize;

use crate::catalogue::error_text;

/// Media type of problem details.
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// An error for an HTTP caller. Its type is `about:blank`, so that its title is the phrase of the
/// status; `code` says which error it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    pub(crate) status: StatusCode,
    /// Stable name of the error: of the gateway, of the mesh, or of the service.
    pub(crate) code: String,
    /// What is wrong, and what to do.
    detail: String,
    /// Whether the same request may succeed later.
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

// serde passes the field by reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            title: status.canonical_reason().unwrap_or_default(),
            status,
            code: code.to_owned(),
            detail: detail.into(),
            retryable: false,
            retry_after_ms: None,
        }
    }

    /// Sets whether and when the same request may succeed.
    pub(crate) fn retryable(self, after: Option<Duration>) -> Self {
        Self {
            retryable: true,
            retry_after_ms: after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
            ..self
        }
    }

    /// Returns the error of a procedure that does not exist, or that the gateway does not serve. The
    /// two look the same, so that nobody learns what else is on the mesh.
    pub(crate) fn not_found(procedure: &str) -> Self {
        let detail = format!(
            "`{procedure}` is not served here; `/openapi.json` lists what is, and `--expose` of the gateway selects it"
        );
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
    }

    /// Returns the error of a call. `presented` is whether the caller presented credentials.
    pub(crate) fn of_call(error: &CallError, presented: bool) -> Self {
        let problem = Self::new(status(error, presented), error.code(), error_text(error));
        if !error.retryable() {
            return problem;
        }
        let after = match error {
            CallError::Refused(refusal) => refusal.retry_after(),
            _ => None,
        };
        problem.retryable(after)
    }

    /// Formats the problem as JSON.
    pub(crate) fn to_json(&self) -> String {
        // Serializing texts and numbers cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, PROBLEM_JSON);
        // Each of the two statuses has a header that HTTP requires.
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                headers.insert(ALLOW, HeaderValue::from_static("POST"));
            }
            _ => {}
        }
        let is_overload = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ]
        .contains(&self.status);
        if is_overload || self.retry_after_ms.is_some() {
            // The header counts in whole seconds.
            let seconds = self.retry_after_ms.map_or(1, |ms| ms.div_ceil(1000).max(1));
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn status(error: &CallError, presented: bool) -> StatusCode {
    match error {
        CallError::BadProcedure(_) | CallError::BadRequest(_) | CallError::WrongKind { .. } => {
            StatusCode::BAD_REQUEST
        }
        CallError::Unauthorized { .. } if presented => StatusCode::FORBIDDEN,
        CallError::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
        CallError::NotConnected(_)
        | CallError::NoProvider { .. }
        | CallError::Unreachable { .. }
        | CallError::NoAuthority { .. }
        | CallError::NoKemKey { .. } => StatusCode::SERVICE_UNAVAILABLE,
        CallError::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
        CallError::Refused(refusal) => of_refusal(refusal.code()),
        CallError::Wire { code, .. } => of_wire(code),
        CallError::BadResponse(_) | CallError::SchemaMismatch { .. } => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        // The handler may have run.
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// Returns the status of a refusal: by its code if the framework gave it, otherwise the service's
/// own refusal.
fn of_refusal(code: &str) -> StatusCode {
    match code {
        "payload_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "rate_limited" => StatusCode::TOO_MANY_REQUESTS,
        "busy" | "draining" => StatusCode::SERVICE_UNAVAILABLE,
        "panicked" | "invalid_response" => StatusCode::INTERNAL_SERVER_ERROR,
        "timeout" => StatusCode::GATEWAY_TIMEOUT,
        "key_reused" => StatusCode::UNPROCESSABLE_ENTITY,
        // A first call with the key has run, and there is no answer to repeat.
        "outcome_unknown" | "answer_not_kept" => StatusCode::CONFLICT,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn of_wire(code: &str) -> StatusCode {
    match code {
        "overloaded" | "unavailable" | "unknown_next_peer" | "temporary_relay_failure" => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        "not_found" => StatusCode::NOT_FOUND,
        "mode_mismatch" => StatusCode::BAD_REQUEST,
        _ => StatusCode::BAD_GATEWAY,
    }
}

#[cfg(test)]
mod tests {
    use hecate_om::Refusal;

    use super::*;

    fn refused(refusal: Refusal) -> Problem {
        Problem::of_call(&CallError::Refused(refusal), false)
    }

    #[test]
    fn each_error_has_the_status_that_http_has_for_it() {
        for (code, status) in [
            ("payload_too_large", 413),
            ("rate_limited", 429),
            ("busy", 503),
            ("panicked", 500),
            ("invalid_response", 500),
            ("invalid_request", 400),
            ("unknown_source", 400),
            ("timeout", 504),
            ("key_reused", 422),
            ("outcome_unknown", 409),
        ] {
            assert_eq!(refused(Refusal::new(code, "")).status, status, "{code}");
        }
        let unauthorized = CallError::Unauthorized {
            procedure: "acme/a.b".into(),
            detail: None,
        };
        assert_eq!(Problem::of_call(&unauthorized, false).status, 401);
        assert_eq!(Problem::of_call(&unauthorized, true).status, 403);
        let timeout = CallError::TimedOut(Duration::from_secs(5));
        assert_eq!(Problem::of_call(&timeout, false).status, 504);
        for (code, status) in [
            ("overloaded", 503),
            ("unknown_next_peer", 503),
            ("odd", 502),
        ] {
            let (code, detail) = (code.to_owned(), None);
            let error = CallError::Wire { code, detail };
            assert_eq!(Problem::of_call(&error, false).status, status);
        }
    }

    #[test]
    fn a_refusal_tells_when_to_retry_in_body_and_header() {
        let busy = Refusal::new("busy", "8 calls are running");
        let problem = refused(busy.with_retry_after(Duration::from_millis(1500)));
        assert_eq!(
            problem.to_json(),
            "{\"title\":\"Service Unavailable\",\"status\":503,\"code\":\"busy\",\"detail\":\"8 calls are \
             running\",\"retryable\":true,\"retry_after_ms\":1500}"
        );
        let response = problem.into_response();
        assert_eq!(response.headers()[RETRY_AFTER], "2");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        let own = refused(Refusal::new("unknown_source", "no such source")).into_response();
        assert!(own.headers().get(RETRY_AFTER).is_none());
    }
}
