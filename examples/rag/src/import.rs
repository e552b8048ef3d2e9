//! The import of a folder of documents, in the background.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hecate_rag_corpus::{Corpus, Folder};
use tokio::task::AbortHandle;

/// A running or finished import of a folder into the corpus.
pub(crate) struct Import {
    task: AbortHandle,
    error: Arc<Mutex<Option<String>>>,
}

impl Import {
    /// Starts an import and returns at once. The end of the import is logged.
    pub(crate) fn start(corpus: Arc<Corpus>, folder: Folder) -> Self {
        let error = Arc::<Mutex<Option<String>>>::default();
        let reported = Arc::clone(&error);
        let task = tokio::spawn(async move {
            let path = folder.path().display();
            let started = Instant::now();
            match corpus.mirror(&folder).await {
                Ok(mirrored) => tracing::info!(
                    folder = %path,
                    ingested = mirrored.ingested,
                    unchanged = mirrored.unchanged,
                    skipped = mirrored.skipped,
                    pruned = mirrored.pruned,
                    seconds = started.elapsed().as_secs_f32(),
                    "folder imported",
                ),
                Err(error) => {
                    tracing::error!(folder = %path, %error, "import of the folder failed");
                    *reported.lock().unwrap_or_else(PoisonError::into_inner) =
                        Some(error.to_string());
                }
            }
        });
        Self {
            task: task.abort_handle(),
            error,
        }
    }

    /// Stops the import. Ingested documents stay, and the next start continues.
    pub(crate) fn abort(&self) {
        self.task.abort();
    }

    /// Returns the error that ended the import, if it failed.
    pub(crate) fn error(&self) -> Option<String> {
        let error = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        error.clone()
    }
}
