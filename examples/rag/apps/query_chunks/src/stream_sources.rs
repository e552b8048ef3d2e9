//! `rag.stream_sources`

use futures_util::stream;
use hecate_om::{capability, stream::Stream};
use hecate_rag_corpus::Corpus;

use crate::list_sources::ListedSource;

/// Streams all documents of the corpus, sorted by name. Unlike `rag.list_sources`, it is not
/// limited by the size of a response.
#[capability("rag.stream_sources", version = 1, access = open)]
pub async fn stream_sources(corpus: &Corpus) -> impl Stream<Item = ListedSource> + use<> {
    let sources = corpus.sources().into_iter().map(|document| ListedSource {
        source: document.source,
        chunks: document.chunks,
    });
    stream::iter(sources.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    #[tokio::test]
    async fn documents_are_sorted_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let corpus = Corpus::open(dir.path()).await.unwrap();
        for source in ["b.md", "a.md"] {
            corpus.ingest(source, "words".into()).await.unwrap();
        }
        let listed = stream_sources(&corpus).await;
        let names: Vec<_> = listed.map(|listed| listed.source).collect().await;
        assert_eq!(names, ["a.md", "b.md"]);
    }
}
