//! Embedded store: a file with tables, written by one thread.
//!
//! A write has happened once it returns: it survives the end of the process and a loss of power.
//! Writes that arrive together share one commit. A commit is in two phases, so that no interrupted
//! write can be taken for a complete one. After an error, such as a full disk, nothing of the write
//! remains, and the file is opened again for the next one.

mod file;
mod thread;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use redb::{Database, ReadTransaction, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use thread::{Job, Reading, Writing};

/// Maximum number of jobs that wait for the thread. Further ones wait to be accepted.
const MAX_JOBS: usize = 1_024;

/// Error of a store, as text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct StoreError(Arc<str>);

impl StoreError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string().into())
    }
}

/// Opens the database. Returns `Ok(None)` if the file is missing and is not to be created.
type Open = dyn Fn(Create) -> Result<Option<Database>, StoreError> + Send + Sync;

/// Whether a missing file is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Create {
    Missing,
    Never,
}

/// Handle of a store. Its thread starts with the first read or write.
pub(crate) struct Store {
    open: Arc<Open>,
    thread: Mutex<Option<Thread>>,
    name: PathBuf,
}

struct Thread {
    jobs: mpsc::Sender<Job>,
    ended: oneshot::Receiver<()>,
}

impl Store {
    /// Returns the store in the file at `path`. The file, and its folder, are created by the first
    /// write.
    pub(crate) fn new(path: &Path) -> Self {
        let file = path.to_owned();
        let open = move |create| file::open(&file, create);
        Self::with(Arc::new(open), path.to_owned())
    }

    fn with(open: Arc<Open>, name: PathBuf) -> Self {
        Self {
            open,
            thread: Mutex::default(),
            name,
        }
    }

    /// Runs `write` in a transaction, and returns once the transaction is on disk. `write` runs
    /// again if another write of the same commit fails.
    ///
    /// # Errors
    ///
    /// If the transaction failed. Nothing of it remains.
    pub(crate) async fn write<T, W>(&self, write: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnMut(&WriteTransaction) -> Result<T, redb::Error> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        let job = Job::Write(Box::new(Writing {
            write,
            output: None,
            reply,
        }));
        self.send(job).await?;
        result.await.unwrap_or_else(|_| Err(self.stopped()))
    }

    /// Runs `read` on the store's contents. Returns `None` if there is no file yet.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub(crate) async fn read<T, R>(&self, read: R) -> Result<Option<T>, StoreError>
    where
        T: Send + 'static,
        R: FnOnce(&ReadTransaction) -> Result<T, redb::Error> + Send + 'static,
    {
        let (reply, result) = oneshot::channel();
        self.send(Job::Read(Box::new(Reading { read, reply })))
            .await?;
        result.await.unwrap_or_else(|_| Err(self.stopped()))
    }

    /// Waits for the jobs that were accepted, and closes the file. A later job opens it again.
    pub(crate) async fn close(&self) {
        let thread = self.lock().take();
        if let Some(Thread { jobs, ended }) = thread {
            drop(jobs);
            // An error means that the thread has ended, too.
            let _ = ended.await;
        }
    }

    async fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs()?;
        jobs.send(job).await.map_err(|_| self.stopped())
    }

    /// Returns the sender of jobs. Starts the thread if needed.
    fn jobs(&self) -> Result<mpsc::Sender<Job>, StoreError> {
        let mut thread = self.lock();
        if let Some(thread) = &*thread
            && !thread.jobs.is_closed()
        {
            return Ok(thread.jobs.clone());
        }
        let (jobs, waiting) = mpsc::channel(MAX_JOBS);
        let (ending, ended) = oneshot::channel();
        let open = Arc::clone(&self.open);
        std::thread::Builder::new()
            .name("store".into())
            .spawn(move || {
                thread::run(&*open, waiting);
                // Nobody waits for the end.
                let _ = ending.send(());
            })
            .map_err(StoreError::new)?;
        *thread = Some(Thread {
            jobs: jobs.clone(),
            ended,
        });
        Ok(jobs)
    }

    fn stopped(&self) -> StoreError {
        StoreError::new(format_args!(
            "the thread of the store `{}` has ended",
            self.name.display()
        ))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Thread>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.name.display())
    }
}

#[cfg(test)]
mod tests;
