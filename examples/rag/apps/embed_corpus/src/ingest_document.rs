//! `rag.ingest_document`

use hecate_om::{Mesh, Refusal, capability, fact};
use hecate_rag_corpus::{Corpus, Ingested};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::audit;

/// A document to store.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IngestDocument {
    /// The document's name, such as `guides/drain.md`. It identifies the document.
    pub source: String,
    /// The text: Markdown, or plain text if the source ends in `.txt`.
    pub text: String,
}

/// The stored document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentIngested {
    /// The document's name.
    pub source: String,
    /// The number of its chunks.
    pub chunks: u64,
    /// The number of chunks of the version that it replaced; 0 if the document is new.
    pub replaced: u64,
    /// Whether the text differs from the version before.
    pub changed: bool,
}

/// A document was stored, and its text differs from the version before.
#[fact("hecate-rag/rag/document_stored_v1")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentStored {
    /// The document's name.
    pub source: String,
    /// The number of its chunks.
    pub chunks: u64,
}

/// Stores a document, and replaces an earlier one of the same source. When the call returns, the
/// document is on disk and can be found.
///
/// Publishes `DocumentStored` if the text is new.
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
    layers = [audit],
)]
pub async fn ingest_document(
    mesh: &Mesh,
    corpus: &Corpus,
    document: IngestDocument,
) -> Result<DocumentIngested, Refusal> {
    let ingested = ingest(corpus, document).await?;
    if ingested.changed {
        // In the background: a failure is logged and counted, and the document is stored already.
        mesh.publish(&DocumentStored {
            source: ingested.source.clone(),
            chunks: ingested.chunks,
        });
    }
    Ok(ingested)
}

async fn ingest(corpus: &Corpus, document: IngestDocument) -> Result<DocumentIngested, Refusal> {
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
    async fn the_response_has_the_number_of_chunks() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        let store = |text: &str| {
            let document = IngestDocument {
                source: "a.md".into(),
                text: text.into(),
            };
            ingest(&corpus, document)
        };
        let ingested = store("# One\n\nx\n\n# Two\n\ny").await.unwrap();
        assert_eq!((ingested.chunks, ingested.replaced), (2, 0));
        let ingested = store("# One\n\nx").await.unwrap();
        assert_eq!((ingested.chunks, ingested.replaced), (1, 2));
        assert!(!store("# One\n\nx").await.unwrap().changed);
        assert_eq!(store(" ").await.unwrap_err().code(), "empty_text");
    }
}
