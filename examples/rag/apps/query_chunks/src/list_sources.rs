//! `rag.list_sources`

use hecate_om::capability;
use hecate_rag_corpus::Corpus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The documents of the corpus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourcesListed {
    /// The documents, sorted by name.
    pub sources: Vec<ListedSource>,
}

/// A document of the corpus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedSource {
    /// The document's name.
    pub source: String,
    /// The number of its chunks.
    pub chunks: u64,
}

/// Lists all documents of the corpus, sorted by name.
#[capability("rag.list_sources", version = 1, access = open, timeout = "10s")]
pub async fn list_sources(corpus: &Corpus) -> SourcesListed {
    let sources = corpus.sources().into_iter().map(|document| ListedSource {
        source: document.source,
        chunks: document.chunks,
    });
    SourcesListed {
        sources: sources.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn documents_are_sorted_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        for source in ["b.md", "a.md"] {
            corpus.ingest(source, "words".into()).await.unwrap();
        }
        let listed = list_sources(&corpus).await;
        let names: Vec<_> = listed.sources.iter().map(|s| s.source.as_str()).collect();
        assert_eq!(names, ["a.md", "b.md"]);
    }
}
