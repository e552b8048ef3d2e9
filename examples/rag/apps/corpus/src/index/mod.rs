//! The index on disk.

mod catalog;
mod schema;
mod search;
mod writer;

pub use catalog::Source;
pub use search::Hit;

pub(crate) use catalog::{Catalog, Entry};
pub(crate) use writer::{Applied, Change, Document, WriteRequest, Writer};

use std::fs;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use tantivy::directory::MmapDirectory;
use tantivy::directory::error::{LockError, OpenReadError};
use tantivy::{IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError};

use self::schema::Fields;
use crate::chunk::Chunk;
use crate::error::{CorpusError, OpenError};

/// Maximum size of a source, in bytes. The engine silently drops keys over 65,530 bytes.
pub(crate) const MAX_SOURCE: usize = 1_024;
/// Memory limit of the writer, in bytes. Beyond it, a segment is written before the commit.
const WRITER_MEMORY: usize = 64 << 20;

/// An open index. Its methods block on the disk.
pub(crate) struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    catalog: RwLock<Catalog>,
}

impl Index {
    /// Opens and locks the index in `dir`, or creates one if the folder is new or empty.
    ///
    /// All committed files are compared with their checksums, so that a damaged index is refused
    /// here and not found by a caller. Leftovers of a killed process (a lock file, uncommitted
    /// segments) are ignored.
    pub(crate) fn open(dir: &Path) -> Result<(Self, IndexWriter), OpenError> {
        let (schema, fields) = Fields::schema();
        create_dir(dir).map_err(|error| OpenError::folder(dir, error))?;
        let directory = MmapDirectory::open(dir)
            .map_err(|error| OpenError::folder(dir, std::io::Error::other(error)))?;
        let new = match tantivy::Index::exists(&directory) {
            Ok(exists) => !exists,
            Err(error) => return Err(OpenError::damaged(dir, error.to_string())),
        };
        if new {
            refuse_other_files(dir)?;
        }
        let mut index = if new {
            tantivy::Index::create(directory, schema.clone(), IndexSettings::default())
        } else {
            tantivy::Index::open(directory)
        }
        .map_err(|error| open_error(dir, error))?;
        if index.schema() != schema {
            let detail = "it has other fields".to_owned();
            let dir = dir.to_owned();
            return Err(OpenError::OtherVersion { dir, detail });
        }
        index.set_tokenizers(Fields::tokenizers());
        let damaged = index
            .validate_checksum()
            .map_err(|error| open_error(dir, error))?;
        if let Some(file) = damaged.iter().min() {
            let detail = format!("the checksum of `{}` does not match", file.display());
            return Err(OpenError::damaged(dir, detail));
        }
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(|error: TantivyError| open_error(dir, error))?;
        let catalog = catalog::read(&reader.searcher()).map_err(|error| open_error(dir, error))?;
        let writer = create_writer(&index).map_err(|error| open_error(dir, error))?;
        let index = Self {
            index,
            reader,
            fields,
            catalog: RwLock::new(catalog),
        };
        Ok((index, writer))
    }

    /// Returns the `limit` best chunks for these words, best first.
    pub(crate) fn search(&self, words: &[String], limit: usize) -> Result<Vec<Hit>, CorpusError> {
        Ok(search::search(
            &self.reader.searcher(),
            self.fields,
            words,
            limit,
        )?)
    }

    /// Returns the chunk with this id.
    pub(crate) fn chunk(&self, id: &str) -> Result<Option<Chunk>, CorpusError> {
        Ok(search::find_by_id(
            &self.reader.searcher(),
            self.fields,
            id,
        )?)
    }

    /// Runs `read` with the catalog.
    pub(crate) fn with_catalog<T>(&self, read: impl FnOnce(&Catalog) -> T) -> T {
        read(&self.catalog.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn update_catalog(&self, change: impl FnOnce(&mut Catalog)) {
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

/// Creates a writer with one indexing thread, which keeps up with the disk.
fn create_writer(index: &tantivy::Index) -> tantivy::Result<IndexWriter> {
    index.writer_with_num_threads(1, WRITER_MEMORY)
}

/// Creates the folder, and syncs its parent so that a loss of power does not lose it.
fn create_dir(dir: &Path) -> std::io::Result<()> {
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

/// Refuses a folder with other files than an index: segments without their list, or files of
/// another program. The engine would create a new index there and delete segments that it does not
/// know.
fn refuse_other_files(dir: &Path) -> Result<(), OpenError> {
    let entries = fs::read_dir(dir).map_err(|error| OpenError::folder(dir, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| OpenError::folder(dir, error))?;
        let name = entry.file_name();
        // Files of a new index: locks, the list of files, and its temporary file.
        if !name.as_encoded_bytes().starts_with(b".") {
            let detail = format!("`{}` exists, but `meta.json` does not", name.display());
            return Err(OpenError::damaged(dir, detail));
        }
    }
    Ok(())
}

fn open_error(dir: &Path, error: TantivyError) -> OpenError {
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
