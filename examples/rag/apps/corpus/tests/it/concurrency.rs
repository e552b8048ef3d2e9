//! Concurrent readers and writers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::tempdir;
use tokio::task::JoinSet;

use crate::{found, open};

/// Returns a document whose sections all name its generation.
pub(crate) fn generation(n: usize) -> String {
    (0..20)
        .map(|part| format!("# Part {part}\n\nthe pebble of generation gen{n}end\n\n"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_search_sees_exactly_one_generation_of_a_document() {
    let dir = tempdir().unwrap();
    let corpus = Arc::new(open(dir.path()).await);
    corpus.ingest("doc.md", generation(0)).await.unwrap();
    let writing = Arc::new(AtomicBool::new(true));
    let mut readers = JoinSet::new();
    for _ in 0..3 {
        let (corpus, writing) = (Arc::clone(&corpus), Arc::clone(&writing));
        readers.spawn(async move {
            let mut searches = 0u32;
            while writing.load(Ordering::Relaxed) || searches == 0 {
                let hits = corpus.search("pebble", 50).await.unwrap();
                assert_eq!(hits.len(), 20);
                assert!(hits.iter().all(|hit| hit.chunk.text == hits[0].chunk.text));
                searches += 1;
            }
        });
    }
    for n in 1..=20 {
        let ingested = corpus.ingest("doc.md", generation(n)).await.unwrap();
        assert_eq!((ingested.chunks, ingested.replaced), (20, 20));
        // The next search finds what was ingested.
        let best = &corpus.search("pebble", 1).await.unwrap()[0];
        assert!(best.chunk.text.contains(&format!("gen{n}end")));
    }
    writing.store(false, Ordering::Relaxed);
    while let Some(reader) = readers.join_next().await {
        reader.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writers_lose_nothing() {
    let dir = tempdir().unwrap();
    let corpus = Arc::new(open(dir.path()).await);
    let mut writers = JoinSet::new();
    for n in 0..200 {
        let corpus = Arc::clone(&corpus);
        writers.spawn(async move {
            let source = format!("doc-{n}");
            corpus
                .ingest(&source, format!("granite number{n}end"))
                .await
                .unwrap();
            if n % 4 == 0 {
                corpus.prune(&source).await.unwrap();
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    assert_eq!(corpus.sources().len(), 150);
    for n in [0, 1, 2, 3, 199] {
        let hits = found(&corpus, &format!("number{n}end")).await;
        assert_eq!(hits.len(), usize::from(n % 4 != 0), "{n}");
    }
    corpus.close().await;
    let again = open(dir.path()).await;
    assert_eq!(again.sources(), corpus.sources());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancelled_ingest_leaves_the_corpus_consistent() {
    let dir = tempdir().unwrap();
    let corpus = Arc::new(open(dir.path()).await);
    for n in 0..20 {
        let corpus = Arc::clone(&corpus);
        let ingest = tokio::spawn(async move { corpus.ingest("doc.md", generation(n)).await });
        tokio::task::yield_now().await;
        ingest.abort();
    }
    let ingested = corpus.ingest("doc.md", generation(99)).await.unwrap();
    assert_eq!(ingested.chunks, 20);
    let hits = corpus.search("pebble", 50).await.unwrap();
    assert_eq!(hits.len(), 20);
    assert!(hits.iter().all(|hit| hit.chunk.text.contains("gen99end")));
}
