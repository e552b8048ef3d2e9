//! What the service is allowed elsewhere, and what its callers are allowed here.

use std::time::{Duration, UNIX_EPOCH};

use hecate_om::{Call, JsonSchema, Mesh, Refusal, capability};
use serde::{Deserialize, Serialize};

/// A call that the service is to make itself.
#[derive(Deserialize, JsonSchema)]
struct Elsewhere {
    procedure: String,
    /// Under which of its actions; none is to leave it to the runtime.
    action: Option<String>,
    timeout_ms: u64,
}

/// Calls something without arguments, and answers what that answers; its errors under their own codes.
#[capability("trial.elsewhere", version = 1, access = open)]
async fn elsewhere(mesh: &Mesh, call: Elsewhere) -> Result<serde_json::Value, Refusal> {
    let timeout = Duration::from_millis(call.timeout_ms);
    let outgoing = mesh.procedure(call.procedure).timeout(timeout);
    let outgoing = match call.action {
        Some(action) => outgoing.action(action),
        None => outgoing,
    };
    let answer = outgoing.call(&()).await;
    answer.map_err(|error| Refusal::new(error.code().to_owned(), error.to_string()))
}

/// What a token says.
#[derive(JsonSchema, Serialize)]
struct Said {
    issuer: String,
    audience: String,
    capabilities: Vec<(String, String)>,
    expires_at: u64,
}

/// What the caller's token says, for members that may ask.
#[capability("trial.claims", version = 1, access = realm_member("trial/members"))]
async fn claims(call: &Call) -> Result<Said, Refusal> {
    let claims = call
        .claims()
        .ok_or_else(|| Refusal::new("no_claims", "the call came without"))?;
    let since = claims.expires_at().duration_since(UNIX_EPOCH);
    Ok(Said {
        issuer: claims.issuer().to_owned(),
        audience: claims.audience().to_string(),
        capabilities: claims
            .capabilities()
            .iter()
            .map(|granted| (granted.with().to_owned(), granted.can().to_owned()))
            .collect(),
        expires_at: since.map_or(0, |since| since.as_secs()),
    })
}

/// Whether an open capability sees any claims.
#[capability("trial.unclaimed", version = 1, access = open)]
async fn unclaimed(call: &Call) -> bool {
    call.claims().is_none()
}
