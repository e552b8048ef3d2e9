//! Values that are too large for a call.

use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use hecate_om::content::{Content, Shared};
use hecate_om::{Call, Mesh, Refusal, capability};
use hecate_om_soak::breaks::Break;
use hecate_om_soak::wire::Job;

use crate::runs::Runs;

/// Maximum number of shared contents. When exceeded, the oldest is no longer shared.
const MAX_SHARED: usize = 8;

/// The shared contents, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Contents(Mutex<Vec<Shared>>);

/// Shares as many bytes as the request's number says, each the lowest byte of its position.
#[capability("soak.share", version = 1)]
async fn share(
    runs: &Arc<Runs>,
    contents: &Contents,
    call: &Call,
    mesh: &Mesh,
    job: Job,
) -> Result<Content, Refusal> {
    let run = runs.start("soak.share", &job.call, call, None);
    let mut bytes: Vec<u8> = (0..job.number).map(|number| number as u8).collect();
    if runs.breaks(Break::WrongContent, 10) {
        bytes.pop();
    }
    let shared = mesh.share(bytes).await;
    run.finish(0, 0);
    let shared = shared?;
    let content = shared.content();
    if runs.breaks(Break::UnsharedContent, 10) {
        shared.unshare().await;
        return Ok(content);
    }
    let oldest = {
        let mut all = contents.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(shared);
        (all.len() > MAX_SHARED).then(|| all.remove(0))
    };
    if let Some(oldest) = oldest {
        oldest.unshare().await;
    }
    Ok(content)
}
