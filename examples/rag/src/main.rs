//! The service `hecate-rag`. Its capabilities are in the crates under `apps/`; none is listed here.

mod import;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use hecate_om::{Boot, Health, Service, Settings, StartError, hecate_service};
use hecate_rag_corpus::{Corpus, Folder};

use crate::import::Import;

/// Settings of the service.
#[derive(Debug, Settings)]
struct RagSettings {
    /// Folder of the documents to import at each start and reload. Without it, only calls add
    /// documents.
    #[settings(reload)]
    corpus: Option<PathBuf>,
}

/// Answers questions from a folder of Markdown and text files, and from documents that other
/// services send.
#[hecate_service(health_port = 8471, settings = RagSettings)]
struct Rag {
    corpus: Arc<Corpus>,
    import: Mutex<Option<Import>>,
}

impl Rag {
    /// Replaces the import, and stops the previous one.
    fn set_import(&self, import: Option<Import>) {
        let mut current = self.import.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(previous) = std::mem::replace(&mut *current, import) {
            previous.abort();
        }
    }
}

impl Service for Rag {
    async fn start(boot: &mut Boot) -> Result<Self, StartError> {
        let settings: &RagSettings = boot.settings();
        let folder = settings.corpus.as_ref().map(Folder::open).transpose()?;
        let corpus = Arc::new(Corpus::open(boot.state_dir()?.join("index")).await?);
        boot.provide_shared(Arc::clone(&corpus));
        // In the background: the service answers from its index while a large folder is imported.
        let import = folder.map(|folder| Import::start(Arc::clone(&corpus), folder));
        Ok(Self {
            corpus,
            import: Mutex::new(import),
        })
    }

    /// Imports the folder again, or another one.
    async fn reload(&self, settings: &RagSettings) -> Result<(), StartError> {
        let folder = settings.corpus.as_ref().map(Folder::open).transpose()?;
        let import = folder.map(|folder| Import::start(Arc::clone(&self.corpus), folder));
        self.set_import(import);
        Ok(())
    }

    async fn stop(&self) {
        self.set_import(None);
        self.corpus.close().await;
    }

    /// Degraded if documents cannot be stored. A running import is not a problem.
    fn health(&self) -> Health {
        let import_error = || {
            let import = self.import.lock().unwrap_or_else(PoisonError::into_inner);
            import.as_ref().and_then(Import::error)
        };
        match self.corpus.write_error().or_else(import_error) {
            Some(error) => Health::degraded(format!("documents cannot be stored: {error}")),
            None => Health::Ok,
        }
    }
}

#[cfg(test)]
mod tests {
    use hecate_om::fact::{Delivery, Fact as _};
    use hecate_om::testing::TestMesh;
    use hecate_rag_embed_corpus::ingest_document::DocumentStored;
    use serde_json::{Value, json};

    use super::{Rag, RagSettings};

    #[tokio::test]
    async fn a_document_ingested_by_one_crate_is_found_by_another() {
        let mesh = TestMesh::start().await;
        let rag = mesh.boot_with::<Rag>(RagSettings { corpus: None }).await;
        let document =
            json!({"source": "otters.txt", "text": "Otters hold hands while they sleep."});
        let ingest = rag.procedure("rag.ingest_document");
        ingest.call::<_, Value>(&document).await.unwrap();
        let search = rag.procedure("rag.search_chunks");
        let found: Value = search
            .call(&json!({"query": "sleeping otters"}))
            .await
            .unwrap();
        assert_eq!(found["chunks"][0]["source"], "otters.txt", "{found}");
        rag.stop().await;
    }

    #[tokio::test]
    async fn a_document_that_is_stored_is_published_unless_its_text_is_known() {
        let mesh = TestMesh::start().await;
        let rag = mesh.boot::<Rag>().await;
        let facts = mesh
            .caller()
            .subscribe::<DocumentStored>(DocumentStored::TOPIC);
        let mut facts = facts.unwrap();
        facts.subscribed().await;
        for (source, text) in [("a.txt", "x"), ("a.txt", "x"), ("b.txt", "y")] {
            let document = json!({"source": source, "text": text});
            let ingest = rag.procedure("rag.ingest_document");
            ingest.call::<_, Value>(&document).await.unwrap();
        }
        for source in ["a.txt", "b.txt"] {
            let (delivery, metadata) = facts.next().await.unwrap();
            let stored = DocumentStored {
                source: source.into(),
                chunks: 1,
            };
            assert_eq!(delivery, Delivery::Fact(stored));
            assert!(metadata.id().is_some());
        }
        rag.stop().await;
    }

    #[tokio::test]
    async fn a_missing_corpus_folder_refuses_boot_and_is_named() {
        let mesh = TestMesh::start().await;
        let rag = mesh.service::<Rag>();
        let rag = rag.setting("RAG_CORPUS", "/nowhere");
        let refused = rag.try_boot().await.unwrap_err();
        assert_eq!(refused.reasons(), ["start_failed"]);
        assert!(refused.to_string().contains("/nowhere"), "{refused}");
    }
}
