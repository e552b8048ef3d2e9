//! The corpus.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::spawn_blocking;

use crate::analysis::question_words;
use crate::chunk::{self, Chunk};
use crate::error::{CorpusError, OpenError};
use crate::index::{
    Applied, Change, Document, Hit, Index, MAX_SOURCE, Source, WriteRequest, Writer,
};

/// Maximum size of a document's text, in bytes.
pub const MAX_DOCUMENT: usize = 4 << 20;
/// Maximum number of chunks that a search returns.
pub const MAX_LIMIT: u32 = 50;
/// Maximum number of queued changes. Further callers wait for room.
const MAX_WAITING: usize = 64;
/// Origin of documents that were ingested by calls. A folder's path is never empty.
const CALL_ORIGIN: &str = "";

/// The documents of the service, for concurrent use. A search sees each document either before or
/// after a change.
#[derive(Debug)]
pub struct Corpus {
    pub(crate) index: Arc<Index>,
    /// `None` after [`close`](Self::close).
    requests: Mutex<Option<mpsc::Sender<WriteRequest>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    write_error: Arc<Mutex<Option<String>>>,
    /// One permit per core: more blocking tasks would only wait for each other.
    workers: Arc<Semaphore>,
}

/// Result of an ingest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ingested {
    /// The number of the document's chunks.
    pub chunks: u64,
    /// The number of chunks before; 0 if the document is new.
    pub replaced: u64,
    /// Whether the text differs from the version before.
    pub changed: bool,
}

impl Corpus {
    /// Opens the corpus in `dir`, or creates one if the folder is new or empty.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the folder cannot be used, another process uses it, or its index is damaged
    /// or of another version. Nothing is deleted.
    pub async fn open(dir: impl Into<PathBuf>) -> Result<Self, OpenError> {
        let dir = dir.into();
        let opening = spawn_blocking({
            let dir = dir.clone();
            move || Index::open(&dir)
        });
        // The engine may panic if a file and its checksum were both changed.
        let (index, writer) = opening.await.unwrap_or_else(|panic| {
            Err(OpenError::damaged(
                &dir,
                format!("reading it failed: {panic}"),
            ))
        })?;
        let index = Arc::new(index);
        let write_error = Arc::default();
        let (requests, receiver) = mpsc::channel(MAX_WAITING);
        let writer = Writer::new(Arc::clone(&index), writer, Arc::clone(&write_error));
        let writer = thread::Builder::new()
            .name("corpus-writer".into())
            .spawn(move || writer.run(receiver))
            .map_err(|error| OpenError::folder(&dir, error))?;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            index,
            requests: Mutex::new(Some(requests)),
            writer: Mutex::new(Some(writer)),
            write_error,
            workers: Arc::new(Semaphore::new(cores)),
        })
    }

    /// Stores `text` as the document `source`, and replaces an earlier version. Markdown is split
    /// by its headings; a source that ends in `.txt` is plain text. When this returns, the document
    /// is on disk and searches find it.
    ///
    /// # Errors
    ///
    /// [`CorpusError`] if the source or text is blank or too long ([`MAX_DOCUMENT`]), or the index
    /// cannot be written; the earlier version then stays.
    pub async fn ingest(&self, source: &str, text: String) -> Result<Ingested, CorpusError> {
        self.ingest_from(CALL_ORIGIN, source, text).await
    }

    pub(crate) async fn ingest_from(
        &self,
        origin: &str,
        source: &str,
        text: String,
    ) -> Result<Ingested, CorpusError> {
        check_source(source)?;
        if text.len() > MAX_DOCUMENT {
            return Err(CorpusError::LargeText(text.len()));
        }
        let document = self.blocking({
            let (source, origin) = (source.to_owned(), origin.to_owned());
            move |_| Document {
                digest: chunk::digest(&text),
                origin,
                chunks: chunk::split(&source, &text),
            }
        });
        let document = document.await?;
        if document.chunks.is_empty() {
            return Err(CorpusError::EmptyText(source.to_owned()));
        }
        let applied = self.apply(source, Change::Put(document)).await?;
        Ok(Ingested {
            chunks: applied.after,
            replaced: applied.before.unwrap_or(0),
            changed: applied.changed,
        })
    }

    /// Removes the document `source`, and returns the number of its chunks.
    ///
    /// # Errors
    ///
    /// [`CorpusError`] if there is no such document, or the index cannot be written.
    pub async fn prune(&self, source: &str) -> Result<u64, CorpusError> {
        check_source(source)?;
        let applied = self.apply(source, Change::Remove).await?;
        applied
            .before
            .ok_or_else(|| CorpusError::UnknownSource(source.to_owned()))
    }

    /// Returns the chunks that answer `question` best, best first, and at most `limit` of them. Of
    /// a very long question, only the first words are used.
    ///
    /// # Errors
    ///
    /// [`CorpusError`] if the question has no word to find, the limit is not 1 to [`MAX_LIMIT`], or
    /// the index cannot be read.
    pub async fn search(&self, question: &str, limit: u32) -> Result<Vec<Hit>, CorpusError> {
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(CorpusError::BadLimit(limit));
        }
        let words = question_words(question);
        if words.is_empty() {
            return Err(CorpusError::EmptyQuery);
        }
        self.blocking(move |index| index.search(&words, limit as usize))
            .await?
    }

    /// Returns the chunk with this id.
    ///
    /// # Errors
    ///
    /// [`CorpusError`] if there is no such chunk, or the index cannot be read.
    pub async fn chunk(&self, id: &str) -> Result<Chunk, CorpusError> {
        let id = id.to_owned();
        self.blocking(move |index| index.chunk(&id)?.ok_or(CorpusError::UnknownChunk(id)))
            .await?
    }

    /// Returns all documents, sorted by name.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        self.index.with_catalog(|catalog| {
            let sources = catalog.iter().map(|(source, entry)| Source {
                source: source.clone(),
                chunks: entry.chunks,
            });
            sources.collect()
        })
    }

    /// Returns the reason why the corpus cannot be changed, if the last change failed or the corpus
    /// is closed. Searches may still work.
    #[must_use]
    pub fn write_error(&self) -> Option<String> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.as_ref().is_none_or(mpsc::Sender::is_closed) {
            return Some("the writer has stopped".into());
        }
        let error = self
            .write_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        error.clone()
    }

    /// Finishes the queued changes and releases the index. Later changes fail with
    /// [`CorpusError::Closed`].
    pub async fn close(&self) {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer
            && !matches!(spawn_blocking(move || writer.join()).await, Ok(Ok(())))
        {
            tracing::error!("the writer of the corpus panicked; completed changes are on disk");
        }
    }

    /// Applies a change, and waits until it is on disk. Once queued, it is applied even if the
    /// caller stops waiting.
    pub(crate) async fn apply(&self, source: &str, change: Change) -> Result<Applied, CorpusError> {
        let requests = {
            let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
            requests.clone().ok_or(CorpusError::Closed)?
        };
        let (result, applied) = oneshot::channel();
        let request = WriteRequest {
            source: source.to_owned(),
            change,
            result,
        };
        let sent = requests.send(request).await;
        sent.map_err(|_| CorpusError::Closed)?;
        applied.await.map_err(|_| CorpusError::Closed)?
    }

    /// Runs blocking work on another thread, with at most one task per core.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Index) -> T + Send + 'static,
    ) -> Result<T, CorpusError> {
        let permit = Arc::clone(&self.workers).acquire_owned().await;
        let index = Arc::clone(&self.index);
        let work = spawn_blocking(move || {
            // Held until the work ends, even if the caller stops waiting.
            let _permit = permit;
            work(&index)
        });
        work.await
            .map_err(|error| CorpusError::Failed(error.to_string()))
    }
}

fn check_source(source: &str) -> Result<(), CorpusError> {
    match source.len() {
        _ if source.trim().is_empty() => Err(CorpusError::EmptySource),
        bytes if bytes > MAX_SOURCE => Err(CorpusError::LongSource(bytes)),
        _ => Ok(()),
    }
}
