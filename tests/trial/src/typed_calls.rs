//! Calls to other capabilities by their types.

use std::time::Duration;

use hecate_om::{Call, Mesh, Refusal, capability};
use hecate_rag_query_chunks::search_chunks::{ChunksFound, SearchChunks, search_chunks};

/// Returns the time until the deadline of the call, in milliseconds.
#[capability("trial.remaining", version = 1, access = open)]
async fn remaining(call: &Call) -> u64 {
    u64::try_from(call.remaining().as_millis()).unwrap_or(u64::MAX)
}

/// Calls `trial.remaining` with a timeout of minutes.
#[capability("trial.call_remaining", version = 1, access = open)]
async fn call_remaining(mesh: &Mesh) -> Result<u64, Refusal> {
    let call = mesh.call::<remaining>(&());
    Ok(call.timeout(Duration::from_secs(300)).await?)
}

/// Searches another service's corpus.
#[capability("trial.search", version = 1, access = open)]
async fn search(mesh: &Mesh, query: String) -> Result<ChunksFound, Refusal> {
    let search = SearchChunks {
        query,
        limit: Some(1),
    };
    Ok(mesh.call::<search_chunks>(&search).await?)
}
