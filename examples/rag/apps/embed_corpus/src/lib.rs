//! Adds documents to the corpus and removes them: `rag.ingest_document`, `rag.prune_chunks`.

mod audit;
pub mod forget_document;
pub mod ingest_document;
pub mod prune_chunks;
