//! `rag.search_chunks`

use hecate_om::{Refusal, capability};
use hecate_rag_corpus::{Corpus, Hit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Number of chunks if the search sets no limit.
const DEFAULT_LIMIT: u32 = 10;

/// A search.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SearchChunks {
    /// The words to find.
    pub query: String,
    /// The maximum number of chunks, 1 to 50. Default: 10.
    pub limit: Option<u32>,
}

/// The chunks that match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChunksFound {
    /// The chunks, best first.
    pub chunks: Vec<FoundChunk>,
}

/// A chunk that matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoundChunk {
    /// The id, by which `rag.get_chunk_by_id` returns the whole text.
    pub id: String,
    /// The document's name.
    pub source: String,
    /// The headings above the chunk, outermost first.
    pub heading: String,
    /// The part of the text that matches best, at most 240 bytes.
    pub excerpt: String,
    /// How well the chunk matches. Scores of different searches are not comparable.
    pub score: f64,
}

/// Finds chunks by their words, and returns an excerpt of each.
///
/// Refuses with `empty_query` or `bad_limit`.
#[capability("rag.search_chunks", version = 1, access = open, max_bytes = "64 KiB", timeout = "10s")]
pub async fn search_chunks(corpus: &Corpus, search: SearchChunks) -> Result<ChunksFound, Refusal> {
    let limit = search.limit.unwrap_or(DEFAULT_LIMIT);
    let hits = corpus.search(&search.query, limit).await?;
    let chunks = hits.into_iter().map(FoundChunk::from).collect();
    Ok(ChunksFound { chunks })
}

impl From<Hit> for FoundChunk {
    fn from(hit: Hit) -> Self {
        Self {
            id: hit.chunk.id,
            source: hit.chunk.source,
            heading: hit.chunk.heading,
            excerpt: hit.excerpt,
            score: hit.score.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn chunks_are_found_with_an_excerpt() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        let text = format!(
            "{} A ketch has two masts. {}",
            "Sand. ".repeat(50),
            "Mud. ".repeat(50)
        );
        corpus.ingest("boats.md", text).await.unwrap();
        let search = |query: &str| SearchChunks {
            query: query.into(),
            limit: None,
        };
        let found = search_chunks(&corpus, search("masts")).await.unwrap();
        assert!(found.chunks[0].excerpt.contains("two masts"));
        assert!(found.chunks[0].excerpt.len() <= 240);
        let refusal = search_chunks(&corpus, search("")).await.unwrap_err();
        assert_eq!(refusal.code(), "empty_query");
    }
}
