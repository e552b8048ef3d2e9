//! The corpus on a disk: storage, ranking, kills, damage, and folders.

#![expect(clippy::unwrap_used, reason = "a panic in a helper fails its test")]

mod concurrency;
mod damage;
mod documents;
mod durability;
mod mirror;
mod passages;
mod ranking;

use std::path::Path;

use hecate_rag_corpus::Corpus;

async fn open(dir: &Path) -> Corpus {
    Corpus::open(dir.join("index")).await.unwrap()
}

/// Returns the sources of the hits for a question, best first.
async fn found(corpus: &Corpus, question: &str) -> Vec<String> {
    let hits = corpus.search(question, 10).await.unwrap();
    hits.into_iter().map(|hit| hit.chunk.source).collect()
}
