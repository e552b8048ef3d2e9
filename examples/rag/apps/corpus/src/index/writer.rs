//! The writer, which commits waiting changes in batches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::directory::Directory as _;
use tantivy::{IndexWriter, TantivyError, Term};
use tokio::sync::{mpsc, oneshot};

use super::{Entry, Index, catalog, create_writer};
use crate::chunk::Chunk;
use crate::error::CorpusError;

/// Maximum number of changes in a commit, so that the first does not wait for long.
const MAX_BATCH: usize = 64;

/// A document that is ready to be stored.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) digest: String,
    pub(crate) origin: String,
    pub(crate) chunks: Vec<Chunk>,
}

/// A change of one source.
#[derive(Debug)]
pub(crate) enum Change {
    /// Stores the document, and replaces the one of the same source.
    Put(Document),
    /// Removes the document.
    Remove,
    /// Removes the document if it still has this origin.
    RemoveIf(String),
}

/// Result of a change that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Applied {
    /// The number of chunks before; `None` if there was no document.
    pub(crate) before: Option<u64>,
    /// The number of chunks now.
    pub(crate) after: u64,
    /// Whether anything was written.
    pub(crate) changed: bool,
}

/// A change, and the sender of its result.
#[derive(Debug)]
pub(crate) struct WriteRequest {
    pub(crate) source: String,
    pub(crate) change: Change,
    pub(crate) result: oneshot::Sender<Result<Applied, CorpusError>>,
}

/// The writer, which runs on its own thread.
pub(crate) struct Writer {
    index: Arc<Index>,
    /// `None` after an error, until the next change reopens it.
    writer: Option<IndexWriter>,
    /// The error of the last batch, if it failed.
    error: Arc<Mutex<Option<String>>>,
}

impl Writer {
    pub(crate) fn new(
        index: Arc<Index>,
        writer: IndexWriter,
        error: Arc<Mutex<Option<String>>>,
    ) -> Self {
        Self {
            index,
            writer: Some(writer),
            error,
        }
    }

    /// Applies changes until all senders are dropped and no change is left.
    pub(crate) fn run(mut self, mut requests: mpsc::Receiver<WriteRequest>) {
        while let Some(first) = requests.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < MAX_BATCH
                && let Ok(next) = requests.try_recv()
            {
                batch.push(next);
            }
            self.apply(batch);
        }
        if let Some(writer) = self.writer.take()
            && let Err(error) = writer.wait_merging_threads()
        {
            tracing::warn!(%error, "merging of the index was interrupted; no document is lost");
        }
    }

    fn apply(&mut self, batch: Vec<WriteRequest>) {
        let outcome = self.write(&batch);
        let mut last_error = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(applied) => {
                *last_error = None;
                for (request, applied) in batch.into_iter().zip(applied) {
                    // The caller may no longer wait.
                    let _ = request.result.send(Ok(applied));
                }
            }
            Err(error) => {
                tracing::error!(%error, changes = batch.len(), "the index could not be written");
                *last_error = Some(error.to_string());
                // Drops the uncommitted changes.
                self.writer = None;
                for request in batch {
                    let _ = request
                        .result
                        .send(Err(CorpusError::Failed(error.to_string())));
                }
            }
        }
    }

    /// Applies the changes in order and commits them, all or none.
    fn write(&mut self, batch: &[WriteRequest]) -> Result<Vec<Applied>, TantivyError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(reopen(&self.index)?),
        };
        let fields = self.index.fields;
        let mut changed: HashMap<&str, Option<Entry>> = HashMap::new();
        let mut applied = Vec::with_capacity(batch.len());
        for WriteRequest { source, change, .. } in batch {
            let before = match changed.get(source.as_str()) {
                Some(entry) => entry.clone(),
                None => self
                    .index
                    .with_catalog(|catalog| catalog.get(source).cloned()),
            };
            let entry = entry_after(before.as_ref(), change);
            applied.push(Applied {
                before: before.as_ref().map(|entry| entry.chunks),
                after: entry.as_ref().map_or(0, |entry| entry.chunks),
                changed: entry != before,
            });
            if entry == before {
                continue;
            }
            writer.delete_term(Term::from_field_text(fields.source, source));
            if let Change::Put(document) = change {
                for chunk in fields.encode(document) {
                    writer.add_document(chunk)?;
                }
            }
            changed.insert(source, entry);
        }
        if changed.is_empty() {
            return Ok(applied);
        }
        writer.commit()?;
        // The commit ends with a rename, which survives a loss of power only after this.
        self.index.index.directory().sync_directory()?;
        self.index.reader.reload()?;
        self.index.update_catalog(|catalog| {
            for (source, entry) in changed {
                match entry {
                    Some(entry) => catalog.insert(source.to_owned(), entry),
                    None => catalog.remove(source),
                };
            }
        });
        Ok(applied)
    }
}

/// Returns the catalog entry of a source after the change.
fn entry_after(before: Option<&Entry>, change: &Change) -> Option<Entry> {
    match change {
        Change::Put(document) => Some(Entry {
            digest: document.digest.clone(),
            origin: document.origin.clone(),
            chunks: document.chunks.len() as u64,
        }),
        Change::Remove => None,
        Change::RemoveIf(origin) => before.filter(|entry| entry.origin != *origin).cloned(),
    }
}

/// Reopens the writer after an error. The failed commit may be on disk, so the catalog is read
/// again.
fn reopen(index: &Index) -> Result<IndexWriter, TantivyError> {
    let writer = create_writer(&index.index)?;
    index.reader.reload()?;
    let committed = catalog::read(&index.reader.searcher())?;
    index.update_catalog(|catalog| *catalog = committed);
    Ok(writer)
}
