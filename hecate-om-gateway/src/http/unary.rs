//! Unary calls.

use axum::response::{IntoResponse, Json as JsonBody, Response};
use hecate_om::call::CallError;

use super::Shared;
use super::problem::Problem;
use super::request::Call;
use crate::json::Json;

/// Calls the procedure, and answers with its response as JSON. A caller that leaves drops the call.
pub(super) async fn answer(shared: &Shared, call: Call) -> Result<Response, Problem> {
    let answered = call
        .outgoing(shared)
        .call::<Json, Json>(&call.request)
        .await;
    match answered {
        Ok(Json(value)) => Ok(JsonBody(call.restore(value)).into_response()),
        Err(error) => Err(failed(shared, &call, &error).await),
    }
}

/// Returns the problem of a call, and forgets the description that the call contradicts.
pub(super) async fn failed(shared: &Shared, call: &Call, error: &CallError) -> Problem {
    if matches!(error, CallError::WrongKind { .. }) {
        shared.catalogue.forget(&call.procedure).await;
    }
    call.problem(error)
}
