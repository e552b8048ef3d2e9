//! The corpus of `hecate-rag`: documents split into passages, kept on disk and ranked by how well they answer a
//! question. The three slices of the service share it; it knows nothing of the capabilities they offer.
//!
//! A document is known by its source, a name such as `guides/drain.md`. [`Corpus::ingest`] splits its text by
//! heading and paragraph into [`Chunk`]s and replaces what the source held before, wholly or not at all. A
//! returned `ingest` is on disk: it outlives the process and the machine's power.

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
