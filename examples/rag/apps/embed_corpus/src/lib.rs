//! Takes documents into the corpus and out of it: `rag.ingest_document`, `rag.prune_chunks`.

pub mod ingest_document;
pub mod prune_chunks;
