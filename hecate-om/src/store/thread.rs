//! The thread that opens, reads and writes the file of a store.

use redb::{Database, ReadTransaction, ReadableDatabase as _, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::{Create, Open, StoreError};

/// Maximum number of writes in one commit.
const MAX_GROUP: usize = 256;

/// A job of the thread.
pub(super) enum Job {
    Write(Box<dyn Write>),
    Read(Box<dyn Read>),
}

/// A write that waits for its commit.
pub(super) trait Write: Send {
    /// Writes in the transaction.
    fn apply(&mut self, transaction: &WriteTransaction) -> Result<(), StoreError>;
    /// Reports the outcome of the commit.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

/// A read.
pub(super) trait Read: Send {
    fn run(self: Box<Self>, database: Result<Option<&Database>, StoreError>);
}

pub(super) struct Writing<T, W> {
    pub(super) write: W,
    pub(super) output: Option<T>,
    pub(super) reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, W> Write for Writing<T, W>
where
    T: Send,
    W: FnMut(&WriteTransaction) -> Result<T, redb::Error> + Send,
{
    fn apply(&mut self, transaction: &WriteTransaction) -> Result<(), StoreError> {
        self.output = Some((self.write)(transaction).map_err(StoreError::new)?);
        Ok(())
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let output = self
            .output
            .ok_or_else(|| StoreError::new("the write did not run"));
        // An error means that the writer does not wait any more.
        let _ = self.reply.send(committed.and(output));
    }
}

pub(super) struct Reading<T, R> {
    pub(super) read: R,
    pub(super) reply: oneshot::Sender<Result<Option<T>, StoreError>>,
}

impl<T, R> Read for Reading<T, R>
where
    T: Send,
    R: FnOnce(&ReadTransaction) -> Result<T, redb::Error> + Send,
{
    fn run(self: Box<Self>, database: Result<Option<&Database>, StoreError>) {
        let Self { read, reply } = *self;
        let output = database.and_then(|database| {
            let Some(database) = database else {
                return Ok(None);
            };
            let transaction = database.begin_read().map_err(StoreError::new)?;
            read(&transaction).map(Some).map_err(StoreError::new)
        });
        // An error means that the reader does not wait any more.
        let _ = reply.send(output);
    }
}

/// Runs jobs until all senders are dropped, and then closes the file.
pub(super) fn run(open: &Open, mut jobs: mpsc::Receiver<Job>) {
    let mut file = OpenFile {
        open,
        database: None,
    };
    while let Some(job) = jobs.blocking_recv() {
        let mut writes = Vec::new();
        let mut next = Some(job);
        while let Some(job) = next {
            match job {
                Job::Write(write) => writes.push(write),
                // Sees the writes that were sent before it.
                Job::Read(read) => {
                    file.write(std::mem::take(&mut writes));
                    file.read(read);
                }
            }
            next = (writes.len() < MAX_GROUP)
                .then(|| jobs.try_recv().ok())
                .flatten();
        }
        file.write(writes);
    }
}

/// The file, open from its first use until an error.
struct OpenFile<'a> {
    open: &'a Open,
    database: Option<Database>,
}

impl OpenFile<'_> {
    fn database(&mut self, create: Create) -> Result<Option<&Database>, StoreError> {
        if self.database.is_none() {
            self.database = (self.open)(create)?;
        }
        Ok(self.database.as_ref())
    }

    fn read(&mut self, read: Box<dyn Read>) {
        read.run(self.database(Create::Never));
    }

    /// Writes all in one commit. If that fails, each one gets its own commit.
    fn write(&mut self, mut writes: Vec<Box<dyn Write>>) {
        if writes.is_empty() {
            return;
        }
        if let Err(error) = self.commit(&mut writes) {
            if let [_] = writes[..] {
                finish(writes, &Err(error));
            } else {
                for write in writes {
                    self.write(vec![write]);
                }
            }
        } else {
            finish(writes, &Ok(()));
        }
    }

    fn commit(&mut self, writes: &mut [Box<dyn Write>]) -> Result<(), StoreError> {
        let database = self.database(Create::Missing)?;
        let database = database.ok_or_else(|| StoreError::new("the file was not created"))?;
        let committed = commit(database, writes);
        if committed.is_err() {
            // After an error of the disk, a database refuses all further writes.
            self.database = None;
        }
        committed
    }
}

fn commit(database: &Database, writes: &mut [Box<dyn Write>]) -> Result<(), StoreError> {
    let mut transaction = database.begin_write().map_err(StoreError::new)?;
    transaction.set_two_phase_commit(true);
    for write in writes {
        // Dropping the transaction aborts it.
        write.apply(&transaction)?;
    }
    transaction.commit().map_err(StoreError::new)
}

fn finish(writes: Vec<Box<dyn Write>>, committed: &Result<(), StoreError>) {
    for write in writes {
        write.finish(committed.clone());
    }
}
