//! What can go wrong, for callers and for operators.

use std::io;
use std::path::{Path, PathBuf};

use crate::corpus::{MAX_DOCUMENT, MAX_LIMIT};
use crate::index::MAX_SOURCE;

/// Why the corpus did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// The source's name is blank.
    #[error("the source is empty; name the document, as in `guides/drain.md`")]
    EmptySource,
    /// The source's name is too long to be one.
    #[error("the source's name has {0} bytes; at most {MAX_SOURCE} are allowed")]
    LongSource(usize),
    /// The text holds nothing to read.
    #[error("the text of `{0}` holds nothing to read")]
    EmptyText(String),
    /// The text is too large for one document.
    #[error("the text has {0} bytes; at most {MAX_DOCUMENT} are allowed, so split the document")]
    LargeText(usize),
    /// The question holds no word to look for.
    #[error("there is no word to look for")]
    EmptyQuery,
    /// The limit is out of range.
    #[error("the limit is {0}; it must be from 1 to {MAX_LIMIT}")]
    BadLimit(u32),
    /// No chunk has this id.
    #[error("no chunk has the id `{0}`; it may have been replaced since it was found")]
    UnknownChunk(String),
    /// No document has this source.
    #[error("no document has the source `{0}`; `rag.list_sources` names them all")]
    UnknownSource(String),
    /// The index could not be read or written; nothing was changed. The text is for the operator.
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

/// Why the index did not open. What is on disk was left as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder cannot be made or used.
    #[error("the index folder `{}` cannot be used: {error}; make it a folder that the service may write", dir.display())]
    Folder {
        /// The index's folder.
        dir: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another process holds the index.
    #[error(
        "the index in `{}` is in use by another process; stop the other `hecate-rag`, or give this one a state folder of its own by HECATE_STATE_DIR",
        dir.display()
    )]
    Locked {
        /// The index's folder.
        dir: PathBuf,
    },
    /// The index was written by a version with another form of it.
    #[error(
        "the index in `{}` was written by another version of the service ({detail}); run that version, or move the folder away and start again: {RECOVERY}",
        dir.display()
    )]
    OtherVersion {
        /// The index's folder.
        dir: PathBuf,
        /// How the forms differ.
        detail: String,
    },
    /// Files of the index are missing or not what was written.
    #[error(
        "the index in `{}` is damaged ({detail}); restore the folder from a backup, or move it away and start again: {RECOVERY}",
        dir.display()
    )]
    Damaged {
        /// The index's folder.
        dir: PathBuf,
        /// Which part, and what is wrong with it.
        detail: String,
    },
}

/// What starting over costs.
const RECOVERY: &str = "the folder HECATE_RAG_CORPUS is then read anew, and documents that were ingested by call must be ingested again";

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

/// Why a folder of documents cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the corpus folder `{}` cannot be read: {error}; name an existing folder that the service may read", path.display())]
pub struct FolderError {
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}
