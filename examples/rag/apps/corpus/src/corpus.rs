//! The corpus as the slices use it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::spawn_blocking;

use crate::analysis::words_of;
use crate::chunk::{self, Chunk};
use crate::error::{CorpusError, OpenError};
use crate::index::{Applied, Change, Document, Hit, Index, MAX_SOURCE, Order, Source, Writer};

/// The largest text of one document, in bytes.
pub const MAX_DOCUMENT: usize = 4 << 20;
/// The most chunks that one search returns.
pub const MAX_LIMIT: u32 = 50;
/// How many changes may wait for the writer; callers beyond that wait in turn.
const MAX_WAITING: usize = 64;
/// The origin of documents that came by call. A folder's path is never empty.
const BY_CALL: &str = "";

/// The documents of the service. Any number of tasks may read and write at once: a search sees every document
/// either before or after a change, never in between.
#[derive(Debug)]
pub struct Corpus {
    pub(crate) index: Arc<Index>,
    /// `None` once closed.
    orders: Mutex<Option<mpsc::Sender<Order>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    trouble: Arc<Mutex<Option<String>>>,
    /// As many blocking tasks as the machine has cores: more would only wait for each other.
    workers: Arc<Semaphore>,
}

/// What an ingest did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ingested {
    /// How many chunks the document now has.
    pub chunks: u64,
    /// How many it had before; 0 where it is new.
    pub replaced: u64,
    /// Whether the text differs from what was kept.
    pub changed: bool,
}

impl Corpus {
    /// Opens the corpus in `dir`, or begins one where the folder is new or empty.
    ///
    /// # Errors
    ///
    /// [`OpenError`] where the folder cannot be used, another process uses it, or the index in it is damaged or
    /// another version's. Nothing is ever deleted to get by.
    pub async fn open(dir: impl Into<PathBuf>) -> Result<Self, OpenError> {
        let dir = dir.into();
        let opening = spawn_blocking({
            let dir = dir.clone();
            move || Index::open(&dir)
        });
        // The engine may panic on files that were tampered with past their checksums.
        let (index, writer) = opening.await.unwrap_or_else(|panic| {
            Err(OpenError::damaged(
                &dir,
                format!("reading it failed: {panic}"),
            ))
        })?;
        let index = Arc::new(index);
        let trouble = Arc::default();
        let (orders, waiting) = mpsc::channel(MAX_WAITING);
        let writer = Writer::new(Arc::clone(&index), writer, Arc::clone(&trouble));
        let writer = thread::Builder::new()
            .name("corpus-writer".into())
            .spawn(move || writer.run(waiting))
            .map_err(|error| OpenError::folder(&dir, error))?;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            index,
            orders: Mutex::new(Some(orders)),
            writer: Mutex::new(Some(writer)),
            trouble,
            workers: Arc::new(Semaphore::new(cores)),
        })
    }

    /// Keeps `text` as the document `source`, in place of what the source held. Markdown is split by its
    /// headings; a source that ends in `.txt` is plain text. When this returns, the document is on disk and
    /// found by searches.
    ///
    /// # Errors
    ///
    /// A blank source or text, one too long ([`MAX_DOCUMENT`]), or an index that cannot be written; the source
    /// then holds what it held.
    pub async fn ingest(&self, source: &str, text: String) -> Result<Ingested, CorpusError> {
        self.ingest_from(BY_CALL, source, text).await
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
        let applied = self.order(source, Change::Put(document)).await?;
        Ok(Ingested {
            chunks: applied.after,
            replaced: applied.before.unwrap_or(0),
            changed: applied.changed,
        })
    }

    /// Forgets the document `source`, and returns how many chunks it had.
    ///
    /// # Errors
    ///
    /// A source that no document has, or an index that cannot be written.
    pub async fn prune(&self, source: &str) -> Result<u64, CorpusError> {
        check_source(source)?;
        let applied = self.order(source, Change::Remove).await?;
        applied
            .before
            .ok_or_else(|| CorpusError::UnknownSource(source.to_owned()))
    }

    /// The chunks that answer `question` best, best first, at most `limit` of them. The question is ordinary
    /// language; of one that is very long the first words count. None may match.
    ///
    /// # Errors
    ///
    /// A question without a word to look for, a limit outside 1 to [`MAX_LIMIT`], or an index that cannot be
    /// read.
    pub async fn search(&self, question: &str, limit: u32) -> Result<Vec<Hit>, CorpusError> {
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(CorpusError::BadLimit(limit));
        }
        let words = words_of(question);
        if words.is_empty() {
            return Err(CorpusError::EmptyQuery);
        }
        self.blocking(move |index| index.search(&words, limit as usize))
            .await?
    }

    /// The chunk with this id.
    ///
    /// # Errors
    ///
    /// An id that no chunk has, or an index that cannot be read.
    pub async fn chunk(&self, id: &str) -> Result<Chunk, CorpusError> {
        let id = id.to_owned();
        self.blocking(move |index| index.chunk(&id)?.ok_or(CorpusError::UnknownChunk(id)))
            .await?
    }

    /// All documents, by name.
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

    /// Why the corpus cannot be changed now; `None` when it can. Searching may go on all the same.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if orders.as_ref().is_none_or(mpsc::Sender::is_closed) {
            return Some("the writer has ended".into());
        }
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.clone()
    }

    /// Finishes what was ordered and lets go of the index. Changes after this fail with [`CorpusError::Closed`].
    pub async fn close(&self) {
        let taken = |orders: &Mutex<Option<_>>| {
            let mut orders = orders.lock().unwrap_or_else(PoisonError::into_inner);
            orders.take()
        };
        drop(taken(&self.orders));
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer
            && !matches!(spawn_blocking(move || writer.join()).await, Ok(Ok(())))
        {
            tracing::error!("the corpus's writer panicked; what it acknowledged is on disk");
        }
    }

    /// Has the writer make a change, and waits until it is on disk. A change that was ordered is made even when
    /// its caller stops waiting.
    pub(crate) async fn order(&self, source: &str, change: Change) -> Result<Applied, CorpusError> {
        let orders = {
            let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
            orders.clone().ok_or(CorpusError::Closed)?
        };
        let (done, applied) = oneshot::channel();
        let order = Order {
            source: source.to_owned(),
            change,
            done,
        };
        orders.send(order).await.map_err(|_| CorpusError::Closed)?;
        applied.await.map_err(|_| CorpusError::Closed)?
    }

    /// Runs blocking work beside the runtime, no more of it at once than there are cores.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Index) -> T + Send + 'static,
    ) -> Result<T, CorpusError> {
        let permit = Arc::clone(&self.workers).acquire_owned().await;
        let index = Arc::clone(&self.index);
        let work = spawn_blocking(move || {
            // Held by the work, not by who waits for it: that one may go, and the work goes on.
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
