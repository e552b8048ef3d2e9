//! The service `hecate-rag`. What it can do is in its slices, `apps/*`; none of it is listed here.

mod reading;

use std::sync::Arc;

use hecate_om::{Boot, Health, Service, StartError, hecate_service};
use hecate_rag_corpus::{Corpus, Folder};

use crate::reading::Reading;

/// Answers questions from a folder of Markdown and text files, and from documents that other services bring.
#[hecate_service(health_port = 8471, env = ["HECATE_RAG_CORPUS"])]
struct Rag {
    corpus: Arc<Corpus>,
    reading: Option<Reading>,
}

impl Service for Rag {
    async fn start(boot: &mut Boot) -> Result<Self, StartError> {
        let folder = boot
            .env("HECATE_RAG_CORPUS")
            .map(Folder::open)
            .transpose()?;
        let corpus = Arc::new(Corpus::open(boot.state_dir()?.join("index")).await?);
        boot.provide_shared(Arc::clone(&corpus));
        // The service answers from what it has kept while it reads what is new: a large folder delays nothing.
        let reading = folder.map(|folder| Reading::begin(Arc::clone(&corpus), folder));
        Ok(Self { corpus, reading })
    }

    async fn stop(&self) {
        if let Some(reading) = &self.reading {
            reading.end();
        }
        self.corpus.close().await;
    }

    /// Reading the folder is no trouble: an operator is to be called when documents cannot be kept, not at each
    /// start.
    fn health(&self) -> Health {
        let failure = || self.reading.as_ref().and_then(Reading::failure);
        match self.corpus.trouble().or_else(failure) {
            Some(trouble) => Health::degraded(format!("documents cannot be kept: {trouble}")),
            None => Health::Ok,
        }
    }
}

#[cfg(test)]
mod tests {
    use hecate_om::testing::TestMesh;
    use serde_json::{Value, json};

    use super::Rag;

    #[tokio::test]
    async fn what_one_slice_keeps_another_finds() {
        let mesh = TestMesh::start().await;
        let rag = mesh.boot::<Rag>().await;
        let document =
            json!({"source": "otters.txt", "text": "Otters hold hands while they sleep."});
        let kept = rag.procedure("rag.ingest_document");
        kept.call::<_, Value>(&document).await.unwrap();
        let found = rag.procedure("rag.search_chunks");
        let found: Value = found
            .call(&json!({"query": "sleeping otters"}))
            .await
            .unwrap();
        assert_eq!(found["chunks"][0]["source"], "otters.txt", "{found}");
        rag.stop().await;
    }

    #[tokio::test]
    async fn a_corpus_that_is_not_there_refuses_boot_by_its_path() {
        let mesh = TestMesh::start().await;
        let rag = mesh.service::<Rag>();
        let rag = rag.setting("HECATE_RAG_CORPUS", "/nowhere");
        let refused = rag.try_boot().await.unwrap_err();
        assert_eq!(refused.reasons(), ["start_failed"]);
        assert!(refused.to_string().contains("/nowhere"), "{refused}");
    }
}
