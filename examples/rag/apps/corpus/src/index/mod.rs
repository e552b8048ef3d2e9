//! The index on disk: opened, searched, and written by one writer.

mod catalog;
mod schema;
mod search;
mod writer;

pub use catalog::Source;
pub use search::Hit;

pub(crate) use catalog::{Catalog, Entry};
pub(crate) use writer::{Applied, Change, Document, Order, Writer};

use std::fs;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use tantivy::directory::MmapDirectory;
use tantivy::directory::error::{LockError, OpenReadError};
use tantivy::{IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError};

use self::schema::Fields;
use crate::analysis::Word;
use crate::chunk::Chunk;
use crate::error::{CorpusError, OpenError};

/// The longest source, in bytes. The engine keeps no key beyond 65,530 bytes, and silently.
pub(crate) const MAX_SOURCE: usize = 1_024;
/// What the writer may gather in memory before it writes a segment of its own accord, in bytes.
const WRITER_MEMORY: usize = 64 << 20;

/// An open index. Everything here blocks on the disk.
pub(crate) struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    catalog: RwLock<Catalog>,
}

impl Index {
    /// Opens the index in `dir`, or makes one where the folder is new or empty, and takes hold of it against
    /// other processes.
    ///
    /// What an end without warning left behind (a lock file, segments that were never committed) does no harm.
    /// Everything that was committed is read once and compared with its checksums: an index that was damaged
    /// is better refused now than found out by a caller.
    pub(crate) fn open(dir: &Path) -> Result<(Self, IndexWriter), OpenError> {
        let (schema, fields) = Fields::schema();
        make_dir(dir).map_err(|error| OpenError::folder(dir, error))?;
        let directory = MmapDirectory::open(dir)
            .map_err(|error| OpenError::folder(dir, std::io::Error::other(error)))?;
        let new = match tantivy::Index::exists(&directory) {
            Ok(exists) => !exists,
            Err(error) => return Err(OpenError::damaged(dir, error.to_string())),
        };
        if new {
            refuse_strays(dir)?;
        }
        let mut index = if new {
            tantivy::Index::create(directory, schema.clone(), IndexSettings::default())
        } else {
            tantivy::Index::open(directory)
        }
        .map_err(|error| failed(dir, error))?;
        if index.schema() != schema {
            let detail = "it keeps other fields of a chunk".to_owned();
            let dir = dir.to_owned();
            return Err(OpenError::OtherVersion { dir, detail });
        }
        index.set_tokenizers(Fields::tokenizers());
        let damaged = index
            .validate_checksum()
            .map_err(|error| failed(dir, error))?;
        if let Some(file) = damaged.iter().min() {
            let detail = format!("`{}` is not what was written", file.display());
            return Err(OpenError::damaged(dir, detail));
        }
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(|error: TantivyError| failed(dir, error))?;
        let catalog = catalog::read(&reader.searcher()).map_err(|error| failed(dir, error))?;
        let writer = writer_of(&index).map_err(|error| failed(dir, error))?;
        let index = Self {
            index,
            reader,
            fields,
            catalog: RwLock::new(catalog),
        };
        Ok((index, writer))
    }

    /// The `limit` best chunks for these words.
    pub(crate) fn search(&self, words: &[Word], limit: usize) -> Result<Vec<Hit>, CorpusError> {
        Ok(search::ranked(
            &self.reader.searcher(),
            self.fields,
            words,
            limit,
        )?)
    }

    /// The chunk of this id.
    pub(crate) fn chunk(&self, id: &str) -> Result<Option<Chunk>, CorpusError> {
        Ok(search::by_id(&self.reader.searcher(), self.fields, id)?)
    }

    /// Looks into the catalog.
    pub(crate) fn with_catalog<T>(&self, look: impl FnOnce(&Catalog) -> T) -> T {
        look(&self.catalog.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change_catalog(&self, change: impl FnOnce(&mut Catalog)) {
        change(&mut self.catalog.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Index")
            .field(self.index.directory())
            .finish()
    }
}

/// One indexing thread: the service shares its machine, and one keeps up with the disk.
fn writer_of(index: &tantivy::Index) -> tantivy::Result<IndexWriter> {
    index.writer_with_num_threads(1, WRITER_MEMORY)
}

/// Makes the folder, and its name durable: the first ingest must not be lost with it.
fn make_dir(dir: &Path) -> std::io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    match dir.parent() {
        Some(parent) if cfg!(unix) && !parent.as_os_str().is_empty() => {
            fs::File::open(parent)?.sync_all()
        }
        _ => Ok(()),
    }
}

/// Refuses a folder that holds no index but other files: segments whose list is gone, or someone else's folder.
/// The engine would begin anew there and clear away the segments it does not know.
fn refuse_strays(dir: &Path) -> Result<(), OpenError> {
    let entries = fs::read_dir(dir).map_err(|error| OpenError::folder(dir, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| OpenError::folder(dir, error))?;
        let name = entry.file_name();
        // The engine's own beginnings: locks, the list of files, a list not yet renamed.
        if !name.as_encoded_bytes().starts_with(b".") {
            let detail = format!("`{}` is there, but no `meta.json`", name.display());
            return Err(OpenError::damaged(dir, detail));
        }
    }
    Ok(())
}

fn failed(dir: &Path, error: TantivyError) -> OpenError {
    match error {
        TantivyError::LockFailure(LockError::LockBusy, _) => OpenError::Locked { dir: dir.into() },
        TantivyError::LockFailure(LockError::IoError(error), _) => {
            OpenError::folder(dir, std::io::Error::new(error.kind(), error.to_string()))
        }
        TantivyError::IncompatibleIndex(detail)
        | TantivyError::OpenReadError(OpenReadError::IncompatibleIndex(detail)) => {
            OpenError::OtherVersion {
                dir: dir.into(),
                detail: format!("{detail:?}"),
            }
        }
        error => OpenError::damaged(dir, error.to_string()),
    }
}
