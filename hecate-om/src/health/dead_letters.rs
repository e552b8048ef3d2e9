//! Dead letters for operators, only on the Unix socket: its mode admits the service's user alone.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::HealthState;
use crate::codec;
use crate::dead_letter::{DeadLetter, DeadLetters, ReplayError};
use crate::publication::take_stamp;

/// Time that a response waits for a replay, shorter than the lifetime of a connection.
const REPLAY_WAIT: Duration = Duration::from_secs(8);

pub(super) fn router(health_state: Arc<HealthState>) -> Router {
    Router::new()
        .route("/facts/dead", get(first_page))
        .route("/facts/dead-after/{number}", get(page))
        .route("/facts/dead/{number}", get(show).delete(drop_letter))
        .route("/facts/dead/{number}/replay", post(replay))
        .with_state(health_state)
}

type Health = State<Arc<HealthState>>;

async fn first_page(State(health_state): Health) -> Result<Response, Refused> {
    list(dead_letters(&health_state)?, None).await
}

async fn page(State(health_state): Health, Path(number): Path<u64>) -> Result<Response, Refused> {
    list(dead_letters(&health_state)?, Some(number)).await
}

async fn list(letters: &DeadLetters, after: Option<u64>) -> Result<Response, Refused> {
    let page = letters.page(after).await.map_err(ReplayError::from)?;
    let page: Vec<Value> = page
        .iter()
        .map(|(number, letter)| numbered(*number, letter))
        .collect();
    let stats = letters.stats();
    Ok(Json(json!({"dead_letters": page, "dropped": stats.dropped})).into_response())
}

async fn show(State(health_state): Health, Path(number): Path<u64>) -> Result<Response, Refused> {
    let found = dead_letters(&health_state)?.get(number).await;
    let found = found.map_err(ReplayError::from)?;
    let (letter, bytes) = found.ok_or(ReplayError::NotFound)?;
    let mut shown = numbered(number, &letter);
    shown["payload"] = decoded(&bytes).unwrap_or_default();
    shown["wire_bytes"] = hex::encode(bytes).into();
    Ok(Json(shown).into_response())
}

/// Returns the payload as JSON, as far as it can be read without its type.
fn decoded(bytes: &[u8]) -> Option<Value> {
    let mut payload = codec::from_wire_bytes(bytes).ok()?;
    take_stamp(&mut payload);
    codec::decode(payload).ok()
}

async fn drop_letter(
    State(health_state): Health,
    Path(number): Path<u64>,
) -> Result<Response, Refused> {
    let removed = dead_letters(&health_state)?.remove(number).await;
    if removed.map_err(ReplayError::from)? {
        Ok(Json(json!({"number": number, "state": "dropped"})).into_response())
    } else {
        Err(ReplayError::NotFound.into())
    }
}

async fn replay(State(health_state): Health, Path(number): Path<u64>) -> Result<Response, Refused> {
    let replaying = dead_letters(&health_state)?.replay(number);
    match tokio::time::timeout(REPLAY_WAIT, replaying).await {
        Ok(Ok(())) => Ok(Json(json!({"number": number, "state": "handled"})).into_response()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            let running = Json(json!({"number": number, "state": "running"}));
            Ok((StatusCode::ACCEPTED, running).into_response())
        }
    }
}

fn numbered(number: u64, letter: &DeadLetter) -> Value {
    let mut value = serde_json::to_value(letter).unwrap_or_default();
    value["number"] = number.into();
    value
}

fn dead_letters(health_state: &HealthState) -> Result<&DeadLetters, ReplayError> {
    health_state.dead_letters.get().ok_or(ReplayError::Starting)
}

/// Error as a response.
struct Refused(ReplayError);

impl From<ReplayError> for Refused {
    fn from(error: ReplayError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let code = match error {
            ReplayError::NotFound => StatusCode::NOT_FOUND,
            ReplayError::InProgress | ReplayError::NoHandler => StatusCode::CONFLICT,
            ReplayError::Busy | ReplayError::Starting | ReplayError::Stopping => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            ReplayError::Failed(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ReplayError::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (code, Json(json!({"error": error.to_string()}))).into_response()
    }
}
