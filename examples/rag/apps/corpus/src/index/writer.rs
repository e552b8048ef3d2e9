//! The one writer: it gathers the changes that wait, commits them together and answers each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::directory::Directory as _;
use tantivy::{IndexWriter, TantivyError, Term};
use tokio::sync::{mpsc, oneshot};

use super::{Entry, Index, catalog, writer_of};
use crate::chunk::Chunk;
use crate::error::CorpusError;

/// How many changes one commit takes at most, so that the first of them does not wait for long.
const MAX_BATCH: usize = 64;

/// A document that is ready to be kept.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) digest: String,
    pub(crate) origin: String,
    pub(crate) chunks: Vec<Chunk>,
}

/// What is to become of one source.
#[derive(Debug)]
pub(crate) enum Change {
    /// The document takes the place of what the source holds.
    Put(Document),
    /// The source goes.
    Remove,
    /// The source goes where it is of this origin still.
    RemoveIf(String),
}

/// What a change did. It is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Applied {
    /// How many chunks the source had before; `None` where it was not there.
    pub(crate) before: Option<u64>,
    /// How many it has now.
    pub(crate) after: u64,
    /// Whether anything was written.
    pub(crate) changed: bool,
}

/// A change and who waits for it.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) source: String,
    pub(crate) change: Change,
    pub(crate) done: oneshot::Sender<Result<Applied, CorpusError>>,
}

/// The writer at work on a thread of its own.
pub(crate) struct Writer {
    index: Arc<Index>,
    /// `None` after a failure, until the next change opens it anew.
    writer: Option<IndexWriter>,
    /// Why the last batch failed.
    trouble: Arc<Mutex<Option<String>>>,
}

impl Writer {
    pub(crate) fn new(
        index: Arc<Index>,
        writer: IndexWriter,
        trouble: Arc<Mutex<Option<String>>>,
    ) -> Self {
        Self {
            index,
            writer: Some(writer),
            trouble,
        }
    }

    /// Works until nobody can order any more and everything ordered is done.
    pub(crate) fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        while let Some(first) = orders.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < MAX_BATCH
                && let Ok(next) = orders.try_recv()
            {
                batch.push(next);
            }
            self.apply(batch);
        }
        if let Some(writer) = self.writer.take()
            && let Err(error) = writer.wait_merging_threads()
        {
            tracing::warn!(%error, "the index was closed while it was being tidied; nothing is lost");
        }
    }

    fn apply(&mut self, batch: Vec<Order>) {
        let outcome = self.write(&batch);
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(applied) => {
                *trouble = None;
                for (order, applied) in batch.into_iter().zip(applied) {
                    // Who no longer waits has no need of the answer.
                    let _ = order.done.send(Ok(applied));
                }
            }
            Err(error) => {
                tracing::error!(%error, changes = batch.len(), "the index could not be written");
                *trouble = Some(error.to_string());
                // What was gathered and not committed goes with the engine's writer.
                self.writer = None;
                for order in batch {
                    let _ = order.done.send(Err(CorpusError::Failed(error.to_string())));
                }
            }
        }
    }

    /// Applies the changes in order and commits them, all or none.
    fn write(&mut self, batch: &[Order]) -> Result<Vec<Applied>, TantivyError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(reopened(&self.index)?),
        };
        let fields = self.index.fields;
        let mut changed: HashMap<&str, Option<Entry>> = HashMap::new();
        let mut applied = Vec::with_capacity(batch.len());
        for Order { source, change, .. } in batch {
            let kept = match changed.get(source.as_str()) {
                Some(entry) => entry.clone(),
                None => self
                    .index
                    .with_catalog(|catalog| catalog.get(source).cloned()),
            };
            let entry = after(kept.as_ref(), change);
            applied.push(Applied {
                before: kept.as_ref().map(|entry| entry.chunks),
                after: entry.as_ref().map_or(0, |entry| entry.chunks),
                changed: entry != kept,
            });
            if entry == kept {
                continue;
            }
            writer.delete_term(Term::from_field_text(fields.source, source));
            if let Change::Put(document) = change {
                for chunk in fields.write(document) {
                    writer.add_document(chunk)?;
                }
            }
            changed.insert(source, entry);
        }
        if changed.is_empty() {
            return Ok(applied);
        }
        writer.commit()?;
        // The commit ends with a rename, and only this makes the rename outlive a loss of power.
        self.index.index.directory().sync_directory()?;
        self.index.reader.reload()?;
        self.index.change_catalog(|catalog| {
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

/// What the catalog says of a source after the change.
fn after(kept: Option<&Entry>, change: &Change) -> Option<Entry> {
    match change {
        Change::Put(document) => Some(Entry {
            digest: document.digest.clone(),
            origin: document.origin.clone(),
            chunks: document.chunks.len() as u64,
        }),
        Change::Remove => None,
        Change::RemoveIf(origin) => kept.filter(|entry| entry.origin != *origin).cloned(),
    }
}

/// A writer after a failure. The failed commit may have reached the disk or not, so the catalog is read anew.
fn reopened(index: &Index) -> Result<IndexWriter, TantivyError> {
    let writer = writer_of(&index.index)?;
    index.reader.reload()?;
    let read = catalog::read(&index.reader.searcher())?;
    index.change_catalog(|catalog| *catalog = read);
    Ok(writer)
}
