//! `rag.prune_chunks`

use hecate_om::{Refusal, capability};
use hecate_rag_corpus::Corpus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::audit;

/// A document to remove.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PruneChunks {
    /// The document's name.
    pub source: String,
}

/// The removed document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChunksPruned {
    /// The document's name.
    pub source: String,
    /// The number of its chunks.
    pub chunks: u64,
}

/// Removes a document with all its chunks. A document from the service's folder is imported again
/// at the next start.
///
/// Only the nodes in `RAG_CURATORS` may call it.
///
/// Refuses with `empty_source` or `unknown_source`.
#[capability(
    "rag.prune_chunks",
    version = 1,
    access = nodes(setting("RAG_CURATORS")),
    max_bytes = "4 KiB",
    timeout = "60s",
    layers = [audit],
)]
pub async fn prune_chunks(corpus: &Corpus, request: PruneChunks) -> Result<ChunksPruned, Refusal> {
    let PruneChunks { source } = request;
    let chunks = corpus.prune(&source).await?;
    Ok(ChunksPruned { source, chunks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_is_removed_once() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        corpus.ingest("a.md", "words".into()).await.unwrap();
        let request = PruneChunks {
            source: "a.md".into(),
        };
        let pruned = prune_chunks(&corpus, request.clone()).await.unwrap();
        assert_eq!(pruned.chunks, 1);
        let refusal = prune_chunks(&corpus, request).await.unwrap_err();
        assert_eq!(refusal.code(), "unknown_source");
    }
}
