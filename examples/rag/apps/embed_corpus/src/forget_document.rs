//! Removes the documents that other services have deleted.

use hecate_om::{Failure, Permanent, Refusal, subscribe};
use hecate_rag_corpus::{Corpus, CorpusError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A document was deleted where it came from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DocumentDeleted {
    /// The document's name.
    pub source: String,
}

/// Removes a deleted document with all its chunks.
///
/// While the index fails, for instance on a full disk, the removal is retried.
#[subscribe(
    "hecate-rag/rag/document_deleted_v1",
    gaps = ignored,
    retries = 8,
    backoff = "1s..1m",
    deadline = "60s"
)]
pub async fn forget_document(corpus: &Corpus, deleted: DocumentDeleted) -> Result<(), Failure> {
    match corpus.prune(&deleted.source).await {
        // Removed before, or never stored.
        Ok(_) | Err(CorpusError::UnknownSource(_)) => Ok(()),
        Err(error @ (CorpusError::Failed(_) | CorpusError::Closed)) => {
            Err(Refusal::from(error).into())
        }
        Err(mistake) => Err(Permanent(mistake).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_is_forgotten_once_and_a_mistake_is_permanent() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        corpus.ingest("a.md", "words".into()).await.unwrap();
        let deleted = |source: &str| DocumentDeleted {
            source: source.into(),
        };
        forget_document(&corpus, deleted("a.md")).await.unwrap();
        assert!(corpus.prune("a.md").await.is_err());
        forget_document(&corpus, deleted("a.md")).await.unwrap();
        let failure = forget_document(&corpus, deleted("")).await.unwrap_err();
        assert!(failure.is_permanent(), "{failure:?}");
        corpus.close().await;
        let failure = forget_document(&corpus, deleted("b.md")).await.unwrap_err();
        assert!(!failure.is_permanent(), "{failure:?}");
    }
}
