//! Values that are too large for a call.

use std::sync::Mutex;
use std::time::Duration;

use hecate_om::{
    JsonSchema, Mesh, Refusal, capability,
    content::{Content, Shared},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::payloads::Document;

/// The contents that the trial shares.
#[derive(Debug, Default)]
pub(crate) struct SharedContents(Mutex<Vec<Shared>>);

/// A content to fetch.
#[derive(Deserialize, JsonSchema)]
struct FetchRequest {
    content: Content,
    max_bytes: Option<u64>,
    timeout_ms: Option<u64>,
}

/// A fetched content.
#[derive(Serialize, JsonSchema)]
struct FetchReport {
    bytes: usize,
    sha256: String,
    /// The number of received bytes at each report of progress.
    progress: Vec<u64>,
}

/// Shares this many bytes, which repeat the values from 0 to 250, until `trial.unshare` is called.
#[capability("trial.share", version = 1, access = open)]
async fn share(mesh: &Mesh, contents: &SharedContents, bytes: u32) -> Result<Content, Refusal> {
    let bytes: Vec<u8> = (0..bytes).map(|n| (n % 251) as u8).collect();
    let shared = mesh.share(bytes).await?;
    let content = shared.content();
    contents.0.lock().expect("no thread panicked").push(shared);
    Ok(content)
}

/// Stops sharing all contents.
#[capability("trial.unshare", version = 1, access = open)]
async fn unshare(contents: &SharedContents) {
    let all = std::mem::take(&mut *contents.0.lock().expect("no thread panicked"));
    for shared in all {
        shared.unshare().await;
    }
}

/// Fetches a content and returns its hash.
#[capability("trial.digest", version = 1, access = open, timeout = "60s")]
async fn digest(mesh: &Mesh, request: FetchRequest) -> Result<FetchReport, Refusal> {
    let mut progress = Vec::new();
    let fetch = request.content.fetch(mesh).progress(|done, total| {
        assert!(done <= total, "{done} of {total}");
        progress.push(done);
    });
    let fetch = match request.max_bytes {
        Some(bytes) => fetch.max_bytes(bytes),
        None => fetch,
    };
    let bytes = match request.timeout_ms {
        Some(ms) => fetch.timeout(Duration::from_millis(ms)).await?,
        None => fetch.await?,
    };
    let digest = Sha256::digest(&bytes);
    Ok(FetchReport {
        bytes: bytes.len(),
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        progress,
    })
}

/// Shares a document for a minute.
#[capability("trial.share_document", version = 1, access = open)]
async fn share_document(mesh: &Mesh, document: Document) -> Result<Content<Document>, Refusal> {
    let shared = mesh.share_value(&document).await?;
    Ok(shared.keep_for(Duration::from_secs(60)))
}

/// Fetches a document.
#[capability("trial.fetch_document", version = 1, access = open)]
async fn fetch_document(mesh: &Mesh, document: Content<Document>) -> Result<Document, Refusal> {
    Ok(document.fetch(mesh).max_bytes(1 << 20).await?)
}
