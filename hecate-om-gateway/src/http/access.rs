//! Who is answered: checked before anything of a request is used.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::origin::{Origins, refusal};
use super::problem::Problem;
use crate::callers::{Caller, Callers};

/// Who may use the gateway.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) origins: Origins,
    /// Without a table of callers, everybody who reaches the gateway is answered.
    pub(crate) callers: Option<Callers>,
}

/// Refuses requests that are sent to another name, by a page of another origin, without a token, or
/// beyond the caller's limit. Routes find the caller, `Arc<Caller>`, among the extensions.
pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(problem) = refusal(&shared.access.origins, &request) {
        return problem.into_response();
    }
    // Probes have no token, and a browser asks without one whether it may send it.
    let is_open =
        request.uri().path().starts_with("/health") || request.method() == Method::OPTIONS;
    let caller = match &shared.access.callers {
        Some(callers) if !is_open => match identify(callers, request.headers()) {
            Ok(caller) => Some(caller),
            Err(problem) => return problem.into_response(),
        },
        _ => None,
    };
    if let Some(Err(wait)) = caller.as_ref().map(|caller| caller.admit()) {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let detail = "the caller's limit of this gateway is reached";
        return Problem::new(status, "rate_limited", detail)
            .retryable(Some(wait))
            .into_response();
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}

fn identify(callers: &Callers, headers: &HeaderMap) -> Result<Arc<Caller>, Problem> {
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = given
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    token.and_then(|token| callers.find(token)).ok_or_else(|| {
        let detail = match token {
            Some(_) => "no caller of this gateway has this token",
            None => "this gateway needs a token: send `Authorization: Bearer TOKEN`",
        };
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    })
}
