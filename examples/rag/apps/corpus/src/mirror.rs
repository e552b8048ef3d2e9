//! Synchronization of the corpus with a folder.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::chunk;
use crate::corpus::Corpus;
use crate::error::CorpusError;
use crate::folder::{self, DocumentFile, Folder};
use crate::index::Change;

/// Number of files processed at a time: enough for the writer to commit them in batches.
const CONCURRENCY: usize = 32;

/// Numbers of a folder's documents, by what was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mirrored {
    /// New or changed, and ingested.
    pub ingested: u64,
    /// Already in the corpus.
    pub unchanged: u64,
    /// Skipped with a warning: not UTF-8, too large or not readable. Earlier versions stay in the
    /// corpus.
    pub skipped: u64,
    /// No longer in the folder, and removed from the corpus.
    pub pruned: u64,
}

enum FileOutcome {
    Ingested,
    Unchanged,
    Skipped,
    Empty,
}

impl Corpus {
    /// Updates the corpus to the folder's documents. Files that cannot be read are skipped.
    /// Documents ingested by calls or from another folder stay, unless a file has the same source.
    ///
    /// # Errors
    ///
    /// [`CorpusError`] if the index cannot be written, or the corpus is closed meanwhile. Documents
    /// ingested before stay.
    pub async fn mirror(&self, folder: &Folder) -> Result<Mirrored, CorpusError> {
        let origin = folder.origin();
        let scan = self.blocking({
            let folder = folder.clone();
            move |_| folder.scan()
        });
        let scan = scan.await?;
        let mut mirrored = Mirrored::default();
        for (source, reason) in &scan.unreadable {
            tracing::warn!(source, reason, "file skipped: it cannot be read");
            mirrored.skipped += 1;
        }
        let mut present = BTreeSet::new();
        let mut outcomes = stream::iter(scan.files)
            .map(|file| async {
                let outcome = self.ingest_file(&origin, &file).await?;
                Ok::<_, CorpusError>((file.source, outcome))
            })
            .buffer_unordered(CONCURRENCY);
        while let Some((source, outcome)) = outcomes.try_next().await? {
            match outcome {
                FileOutcome::Ingested => mirrored.ingested += 1,
                FileOutcome::Unchanged => mirrored.unchanged += 1,
                FileOutcome::Skipped => mirrored.skipped += 1,
                // Its earlier version is removed, as if the file were gone.
                FileOutcome::Empty => continue,
            }
            present.insert(source);
        }
        let gone: Vec<String> = self.index.with_catalog(|catalog| {
            let of_folder = catalog.iter().filter(|(_, entry)| entry.origin == origin);
            of_folder
                .map(|(source, _)| source)
                .filter(|source| !present.contains(*source))
                .filter(|source| {
                    !scan
                        .unreadable
                        .iter()
                        .any(|(above, _)| is_within(source, above))
                })
                .cloned()
                .collect()
        });
        let mut prunes = stream::iter(gone)
            .map(|source| {
                let change = Change::RemoveIf(origin.clone());
                async move { self.apply(&source, change).await }
            })
            .buffer_unordered(CONCURRENCY);
        while let Some(applied) = prunes.try_next().await? {
            mirrored.pruned += u64::from(applied.changed);
        }
        Ok(mirrored)
    }

    async fn ingest_file(
        &self,
        origin: &str,
        file: &DocumentFile,
    ) -> Result<FileOutcome, CorpusError> {
        let path = file.path.clone();
        let read =
            self.blocking(move |_| folder::read(&path).map(|text| (chunk::digest(&text), text)));
        let (digest, text) = match read.await? {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(source = file.source, reason = %error, "file skipped");
                return Ok(FileOutcome::Skipped);
            }
        };
        let is_stored = self.index.with_catalog(|catalog| {
            let entry = catalog.get(&file.source);
            entry.is_some_and(|entry| entry.digest == digest && entry.origin == origin)
        });
        if is_stored {
            return Ok(FileOutcome::Unchanged);
        }
        match self.ingest_from(origin, &file.source, text).await {
            Ok(_) => Ok(FileOutcome::Ingested),
            Err(CorpusError::EmptyText(_)) => Ok(FileOutcome::Empty),
            Err(error @ (CorpusError::Failed(_) | CorpusError::Closed)) => Err(error),
            Err(error) => {
                tracing::warn!(source = file.source, reason = %error, "file skipped");
                Ok(FileOutcome::Skipped)
            }
        }
    }
}

/// Returns whether `source` is `folder` or in it. All sources are in the folder with an empty name.
fn is_within(source: &str, folder: &str) -> bool {
    folder.is_empty()
        || source
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
