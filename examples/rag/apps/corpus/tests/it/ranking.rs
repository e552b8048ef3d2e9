//! Ranking: the passage that answers a question comes first.

use hecate_rag_corpus::Corpus;
use tempfile::{TempDir, tempdir};

use crate::{open, passages};

const DOCUMENTS: [(&str, &str); 4] = [
    ("README.md", passages::README),
    ("operations.md", passages::OPERATIONS),
    ("configuration.md", passages::CONFIGURATION),
    ("changes.txt", passages::CHANGES),
];

async fn corpus() -> (TempDir, Corpus) {
    let dir = tempdir().unwrap();
    let corpus = open(dir.path()).await;
    for (source, text) in DOCUMENTS {
        corpus.ingest(source, text.into()).await.unwrap();
    }
    (dir, corpus)
}

#[tokio::test]
async fn the_answering_passage_comes_first() {
    let (_dir, corpus) = corpus().await;
    for (question, source, heading) in [
        (
            "what happens when a service drains?",
            "operations.md",
            "Operating a service > Drain",
        ),
        (
            "How do I drain a service?",
            "operations.md",
            "Operating a service > Drain",
        ),
        (
            "which environment variable sets how long the draining may last",
            "configuration.md",
            "Configuration > Drain and shutdown",
        ),
        (
            "how are releases signed?",
            "operations.md",
            "Operating a service > Releases",
        ),
        (
            "the health port is already taken",
            "operations.md",
            "Operating a service > Health",
        ),
        ("when were retries added", "changes.txt", ""),
    ] {
        let hits = corpus.search(question, 5).await.unwrap();
        let best = (
            hits[0].chunk.source.as_str(),
            hits[0].chunk.heading.as_str(),
        );
        let order: Vec<_> = hits
            .iter()
            .map(|hit| (&hit.chunk.source, &hit.chunk.heading, hit.score))
            .collect();
        assert_eq!(best, (source, heading), "{question}: {order:?}");
    }
}

#[tokio::test]
async fn hits_are_sorted_by_score_and_limited() {
    let (_dir, corpus) = corpus().await;
    for limit in [1, 3] {
        let hits = corpus.search("service", limit).await.unwrap();
        assert_eq!(hits.len(), limit as usize);
        assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
    }
}

#[tokio::test]
async fn all_forms_of_a_word_are_found() {
    let (_dir, corpus) = corpus().await;
    let best = |question| {
        let corpus = &corpus;
        async move {
            corpus.search(question, 1).await.unwrap()[0]
                .chunk
                .id
                .clone()
        }
    };
    let drain = best("drain").await;
    for form in ["draining", "DRAINED", "drains"] {
        assert_eq!(best(form).await, drain, "{form}");
    }
}

#[tokio::test]
async fn an_excerpt_contains_the_words_of_the_question() {
    let (_dir, corpus) = corpus().await;
    let hits = corpus
        .search("exit code after a second signal", 1)
        .await
        .unwrap();
    assert!(hits[0].excerpt.contains("second signal"), "{:?}", hits[0]);
    assert!(hits[0].excerpt.len() <= 240);
    assert!(hits[0].chunk.text.contains(&hits[0].excerpt));
}
