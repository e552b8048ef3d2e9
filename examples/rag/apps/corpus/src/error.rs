//! Errors, for callers and operators.

use std::io;
use std::path::{Path, PathBuf};

use crate::corpus::{MAX_DOCUMENT, MAX_LIMIT};
use crate::index::MAX_SOURCE;

/// Reason why an operation on the corpus failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// The source is blank.
    #[error("the source is empty; name the document, as in `guides/drain.md`")]
    EmptySource,
    /// The source is too long.
    #[error("the source's name has {0} bytes; at most {MAX_SOURCE} are allowed")]
    LongSource(usize),
    /// The text is empty apart from comments and metadata.
    #[error("the text of `{0}` is empty")]
    EmptyText(String),
    /// The text is too large for one document.
    #[error("the text has {0} bytes; at most {MAX_DOCUMENT} are allowed, so split the document")]
    LargeText(usize),
    /// The question has no word to find.
    #[error("the question has no word to find")]
    EmptyQuery,
    /// The limit is out of range.
    #[error("the limit is {0}; it must be from 1 to {MAX_LIMIT}")]
    BadLimit(u32),
    /// No chunk has this id.
    #[error("no chunk has the id `{0}`; it may have been replaced since it was found")]
    UnknownChunk(String),
    /// No document has this source.
    #[error("no document has the source `{0}`; `rag.list_sources` lists them")]
    UnknownSource(String),
    /// The index could not be read or written, and is unchanged. The text is for operators.
    #[error("the index failed: {0}")]
    Failed(String),
    /// The corpus was closed.
    #[error("the corpus is closed")]
    Closed,
}

impl From<tantivy::TantivyError> for CorpusError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Reason why the index could not be opened. Its files are unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder cannot be created or used.
    #[error("the index folder `{}` cannot be used: {error}; make it writable by the service", dir.display())]
    Folder {
        /// The index's folder.
        dir: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// Another process uses the index.
    #[error(
        "the index in `{}` is in use by another process; stop the other `hecate-rag`, or set HECATE_STATE_DIR to another state folder",
        dir.display()
    )]
    Locked {
        /// The index's folder.
        dir: PathBuf,
    },
    /// The index was written by a version of the service with another format.
    #[error(
        "the index in `{}` was written by another version of the service ({detail}); run that version, or move the folder away and start again: {RECOVERY}",
        dir.display()
    )]
    OtherVersion {
        /// The index's folder.
        dir: PathBuf,
        /// Difference of the formats.
        detail: String,
    },
    /// Files of the index are missing or changed.
    #[error(
        "the index in `{}` is damaged ({detail}); restore the folder from a backup, or move it away and start again: {RECOVERY}",
        dir.display()
    )]
    Damaged {
        /// The index's folder.
        dir: PathBuf,
        /// The file, and what is wrong with it.
        detail: String,
    },
}

/// Text about the recovery after the index was moved away.
const RECOVERY: &str = "the folder RAG_CORPUS is then imported again, and documents that were ingested by call must be ingested again";

impl OpenError {
    pub(crate) fn folder(dir: &Path, error: io::Error) -> Self {
        let dir = dir.to_owned();
        Self::Folder { dir, error }
    }

    pub(crate) fn damaged(dir: &Path, detail: impl Into<String>) -> Self {
        Self::Damaged {
            dir: dir.to_owned(),
            detail: detail.into(),
        }
    }
}

/// Reason why a folder of documents cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the corpus folder `{}` cannot be read: {error}; set RAG_CORPUS to a folder that the service can read", path.display())]
pub struct FolderError {
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}
