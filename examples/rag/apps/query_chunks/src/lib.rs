//! Reads the corpus: `rag.search_chunks`, `rag.get_chunk_by_id`, `rag.list_sources`,
//! `rag.stream_sources`.

pub mod get_chunk_by_id;
pub mod list_sources;
pub mod search_chunks;
pub mod stream_sources;
