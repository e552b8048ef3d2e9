//! `rag.get_chunk_by_id`

use hecate_om::{Refusal, capability};
use hecate_rag_corpus::Corpus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The chunk to return.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GetChunkById {
    /// An id that `rag.search_chunks` returned.
    pub id: String,
}

/// A chunk with its whole text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChunkFound {
    /// The chunk's id.
    pub id: String,
    /// The document's name.
    pub source: String,
    /// The headings above the chunk, outermost first.
    pub heading: String,
    /// The text of the chunk.
    pub text: String,
}

/// Returns a chunk with its whole text. Its id changes with its text and its position in the
/// document.
///
/// Refuses with `unknown_chunk`.
#[capability("rag.get_chunk_by_id", version = 1, access = open, max_bytes = "1 KiB", timeout = "10s")]
pub async fn get_chunk_by_id(
    corpus: &Corpus,
    request: GetChunkById,
) -> Result<ChunkFound, Refusal> {
    let chunk = corpus.chunk(&request.id).await?;
    Ok(ChunkFound {
        id: chunk.id,
        source: chunk.source,
        heading: chunk.heading,
        text: chunk.text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_chunk_is_returned_by_its_id() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        corpus
            .ingest("a.md", "# One\n\nwords".into())
            .await
            .unwrap();
        let id = corpus.search("words", 1).await.unwrap()[0].chunk.id.clone();
        let found = get_chunk_by_id(&corpus, GetChunkById { id }).await.unwrap();
        assert_eq!(
            (found.heading.as_str(), found.text.as_str()),
            ("One", "words")
        );
        let id = "0".repeat(32);
        let refusal = get_chunk_by_id(&corpus, GetChunkById { id })
            .await
            .unwrap_err();
        assert_eq!(refusal.code(), "unknown_chunk");
    }
}
