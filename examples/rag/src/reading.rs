//! The folder of documents, read beside the service.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hecate_rag_corpus::{Corpus, Folder};
use tokio::task::AbortHandle;

/// A folder being taken into the corpus, or taken in already.
pub(crate) struct Reading {
    task: AbortHandle,
    failure: Arc<Mutex<Option<String>>>,
}

impl Reading {
    /// Begins to read and returns at once. Says in the log when it is done.
    pub(crate) fn begin(corpus: Arc<Corpus>, folder: Folder) -> Self {
        let failure = Arc::<Mutex<Option<String>>>::default();
        let report = Arc::clone(&failure);
        let task = tokio::spawn(async move {
            let path = folder.path().display();
            let started = Instant::now();
            match corpus.mirror(&folder).await {
                Ok(read) => tracing::info!(
                    ingested = read.ingested,
                    unchanged = read.unchanged,
                    skipped = read.skipped,
                    pruned = read.pruned,
                    "read the documents of `{path}` in {:.1} s",
                    started.elapsed().as_secs_f32(),
                ),
                Err(error) => {
                    tracing::error!("the documents of `{path}` could not all be read: {error}");
                    *report.lock().unwrap_or_else(PoisonError::into_inner) =
                        Some(error.to_string());
                }
            }
        });
        Self {
            task: task.abort_handle(),
            failure,
        }
    }

    /// Ends reading where it is. What was taken in stays, and the next start goes on.
    pub(crate) fn end(&self) {
        self.task.abort();
    }

    /// Why not all documents could be read; `None` while nothing went wrong.
    pub(crate) fn failure(&self) -> Option<String> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone()
    }
}
