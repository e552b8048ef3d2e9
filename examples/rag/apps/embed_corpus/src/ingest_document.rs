//! `rag.ingest_document`

use hecate_om::{Refusal, capability};
use hecate_rag_corpus::{Corpus, Ingested};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A document to be kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IngestDocument {
    /// The document's name, by which it is replaced and pruned: `guides/drain.md`.
    pub source: String,
    /// Its text: Markdown, or plain text where the source ends in `.txt`.
    pub text: String,
}

/// What became of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentIngested {
    /// The document's name.
    pub source: String,
    /// How many chunks it was split into.
    pub chunks: u64,
    /// How many chunks of an earlier version it replaced; 0 where the document is new.
    pub replaced: u64,
    /// Whether the text differs from what was kept before.
    pub changed: bool,
}

/// Keeps a document, in place of an earlier one of the same source. When the answer comes, the document is on
/// disk and can be found.
///
/// Refuses with `empty_source`, `source_too_long`, `empty_text` or `text_too_large` (4 MiB).
#[capability(
    "rag.ingest_document",
    version = 1,
    access = open,
    // The largest text, and room for its source.
    max_bytes = "4160 KiB",
    timeout = "60s",
    concurrency = 16,
)]
pub async fn ingest_document(
    corpus: &Corpus,
    document: IngestDocument,
) -> Result<DocumentIngested, Refusal> {
    let IngestDocument { source, text } = document;
    let Ingested {
        chunks,
        replaced,
        changed,
    } = corpus.ingest(&source, text).await?;
    Ok(DocumentIngested {
        source,
        chunks,
        replaced,
        changed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_is_acknowledged_with_its_chunks() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        let ingest = |text: &str| {
            let document = IngestDocument {
                source: "a.md".into(),
                text: text.into(),
            };
            ingest_document(&corpus, document)
        };
        let ingested = ingest("# One\n\nx\n\n# Two\n\ny").await.unwrap();
        assert_eq!((ingested.chunks, ingested.replaced), (2, 0));
        let ingested = ingest("# One\n\nx").await.unwrap();
        assert_eq!((ingested.chunks, ingested.replaced), (1, 2));
        assert!(!ingest("# One\n\nx").await.unwrap().changed);
        assert_eq!(ingest(" ").await.unwrap_err().code(), "empty_text");
    }
}
