//! The service's permissions at other services, and the claims of its callers.

use std::time::{Duration, UNIX_EPOCH};

use hecate_om::identity::{Asserted, NodeId};
use hecate_om::{Call, JsonSchema, Mesh, Refusal, capability};
use serde::{Deserialize, Serialize};

/// A call for the service to make.
#[derive(Deserialize, JsonSchema)]
struct OutgoingCall {
    procedure: String,
    /// The permission to call with; without one, the runtime chooses.
    permission: Option<String>,
    timeout_ms: u64,
}

/// Calls a procedure without arguments and returns its response, or its error under the same code.
#[capability("trial.call_with_permission", version = 1, access = open)]
async fn call_with_permission(
    mesh: &Mesh,
    call: OutgoingCall,
) -> Result<serde_json::Value, Refusal> {
    let timeout = Duration::from_millis(call.timeout_ms);
    let outgoing = mesh.procedure(call.procedure).timeout(timeout);
    let outgoing = match call.permission {
        Some(permission) => outgoing.permission(permission),
        None => outgoing,
    };
    let answer = outgoing.call(&()).await;
    answer.map_err(|error| Refusal::new(error.code().to_owned(), error.to_string()))
}

/// Delegates one of the service's permissions to the caller.
#[capability("trial.delegate", version = 1, access = open)]
async fn delegate(mesh: &Mesh, call: &Call, permission: String) -> Result<String, Refusal> {
    let minute = Duration::from_secs(60);
    let token = mesh.delegate(call.caller(), &permission, minute).await;
    let token = token.map_err(|error| Refusal::new("not_delegated", error.to_string()))?;
    Ok(token.to_lines())
}

/// A note of a node.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Note {
    text: String,
}

/// Returns the node that wrote the note, also if another node sends it.
#[capability("trial.author", version = 1, access = open)]
async fn author(mesh: &Mesh, call: &Call, note: Asserted<Note>) -> Result<NodeId, Refusal> {
    let author = mesh.verify_ownership(call, &note)?;
    if note.text.is_empty() {
        return Err(Refusal::new("empty", "the note is empty"));
    }
    Ok(author)
}

/// The contents of a token.
#[derive(JsonSchema, Serialize)]
struct ReceivedClaims {
    issuer: String,
    audience: String,
    capabilities: Vec<(String, String)>,
    expires_at: u64,
}

/// Returns the claims of the caller's token, for members with the permission.
#[capability("trial.claims", version = 1, access = realm_member("trial/members"))]
async fn claims(call: &Call) -> Result<ReceivedClaims, Refusal> {
    let claims = call
        .claims()
        .ok_or_else(|| Refusal::new("no_claims", "the call has no claims"))?;
    let since = claims.expires_at().duration_since(UNIX_EPOCH);
    Ok(ReceivedClaims {
        issuer: claims.issuer().to_owned(),
        audience: claims.audience().to_string(),
        capabilities: claims
            .grants()
            .iter()
            .map(|granted| {
                (
                    granted.resource().to_owned(),
                    granted.permission().to_owned(),
                )
            })
            .collect(),
        expires_at: since.map_or(0, |since| since.as_secs()),
    })
}

/// Returns whether an open capability sees claims.
#[capability("trial.unclaimed", version = 1, access = open)]
async fn unclaimed(call: &Call) -> bool {
    call.claims().is_none()
}
