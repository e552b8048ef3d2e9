//! The corpus of `hecate-rag`: documents, split into passages that are stored on disk and ranked by
//! how well they answer a question. The crates with the service's capabilities share it.
//!
//! A document is identified by its source, a name such as `guides/drain.md`. [`Corpus::ingest`]
//! splits its text by heading and paragraph into [`Chunk`]s, and replaces those of an earlier
//! version atomically. When it returns, the document is on disk and survives a loss of power.

mod analysis;
mod chunk;
mod corpus;
mod error;
mod folder;
mod index;
mod mirror;
mod refusal;

pub use chunk::Chunk;
pub use corpus::{Corpus, Ingested, MAX_DOCUMENT, MAX_LIMIT};
pub use error::{CorpusError, FolderError, OpenError};
pub use folder::Folder;
pub use index::{Hit, Source};
pub use mirror::Mirrored;
