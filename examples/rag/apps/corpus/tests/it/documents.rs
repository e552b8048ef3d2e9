//! Ingesting, finding, replacing and removing documents.

use hecate_rag_corpus::{CorpusError, Ingested, MAX_DOCUMENT, Source};
use tempfile::tempdir;

use crate::{found, open};

#[tokio::test]
async fn an_ingested_document_is_found_listed_and_returned_by_id() {
    let dir = tempdir().unwrap();
    let corpus = open(dir.path()).await;
    let text = "# Boats\n\nA skiff is rowed.\n\n## Sails\n\nA ketch has two masts.\n";
    let ingested = corpus.ingest("boats.md", text.into()).await.unwrap();
    assert_eq!(
        ingested,
        Ingested {
            chunks: 2,
            replaced: 0,
            changed: true
        }
    );
    let hits = corpus
        .search("how many masts does a ketch have?", 5)
        .await
        .unwrap();
    let best = &hits[0];
    assert_eq!(best.chunk.source, "boats.md");
    assert_eq!(best.chunk.heading, "Boats > Sails");
    assert_eq!(best.chunk.text, "A ketch has two masts.");
    assert_eq!(best.excerpt, "A ketch has two masts");
    assert!(best.score > 0.0);
    assert_eq!(corpus.chunk(&best.chunk.id).await.unwrap(), best.chunk);
    let source = "boats.md".to_owned();
    assert_eq!(corpus.sources(), [Source { source, chunks: 2 }]);
}

#[tokio::test]
async fn a_second_ingest_replaces_the_first_and_the_same_text_changes_nothing() {
    let dir = tempdir().unwrap();
    let corpus = open(dir.path()).await;
    corpus
        .ingest("a", "old words\n\n# More\n\nx".into())
        .await
        .unwrap();
    let second = corpus.ingest("a", "new words".into()).await.unwrap();
    assert_eq!(
        (second.chunks, second.replaced, second.changed),
        (1, 2, true)
    );
    let third = corpus.ingest("a", "new words".into()).await.unwrap();
    assert_eq!((third.chunks, third.replaced, third.changed), (1, 1, false));
    assert_eq!(found(&corpus, "old").await, Vec::<String>::new());
    assert_eq!(found(&corpus, "words").await, ["a"]);
}

#[tokio::test]
async fn a_pruned_document_is_gone_and_cannot_be_pruned_again() {
    let dir = tempdir().unwrap();
    let corpus = open(dir.path()).await;
    corpus.ingest("a", "words".into()).await.unwrap();
    corpus.ingest("b", "words".into()).await.unwrap();
    let id = corpus.search("words", 2).await.unwrap()[0].chunk.clone();
    assert_eq!(corpus.prune(&id.source).await, Ok(1));
    assert_eq!(found(&corpus, "words").await.len(), 1);
    assert_eq!(
        corpus.chunk(&id.id).await,
        Err(CorpusError::UnknownChunk(id.id.clone()))
    );
    assert_eq!(
        corpus.prune(&id.source).await,
        Err(CorpusError::UnknownSource(id.source))
    );
}

#[tokio::test]
async fn a_closed_corpus_has_its_documents_when_opened_again() {
    let dir = tempdir().unwrap();
    let corpus = open(dir.path()).await;
    corpus.ingest("a", "words".into()).await.unwrap();
    let sources = corpus.sources();
    corpus.close().await;
    assert_eq!(
        corpus.ingest("b", "words".into()).await,
        Err(CorpusError::Closed)
    );
    assert!(corpus.write_error().is_some());
    let again = open(dir.path()).await;
    assert_eq!(again.sources(), sources);
    assert_eq!(found(&again, "words").await, ["a"]);
    assert_eq!(again.write_error(), None);
    // The digest was stored, too.
    assert!(!again.ingest("a", "words".into()).await.unwrap().changed);
}

#[tokio::test]
async fn invalid_arguments_are_refused_by_name() {
    let dir = tempdir().unwrap();
    let corpus = open(dir.path()).await;
    let ingest = |source: &str, text: String| {
        let source = source.to_owned();
        let corpus = &corpus;
        async move { corpus.ingest(&source, text).await.unwrap_err() }
    };
    assert_eq!(ingest(" ", "x".into()).await, CorpusError::EmptySource);
    assert_eq!(
        ingest(&"s".repeat(2_000), "x".into()).await,
        CorpusError::LongSource(2_000)
    );
    assert_eq!(
        ingest("a", " \n".into()).await,
        CorpusError::EmptyText("a".into())
    );
    let large = MAX_DOCUMENT + 1;
    assert_eq!(
        ingest("a", "x".repeat(large)).await,
        CorpusError::LargeText(large)
    );
    for question in ["", "  ", "?", "the"] {
        assert_eq!(
            corpus.search(question, 5).await,
            Err(CorpusError::EmptyQuery)
        );
    }
    for limit in [0, 51, u32::MAX] {
        assert_eq!(
            corpus.search("word", limit).await,
            Err(CorpusError::BadLimit(limit))
        );
    }
    assert_eq!(corpus.prune("").await, Err(CorpusError::EmptySource));
    assert_eq!(
        corpus.chunk("no such id").await,
        Err(CorpusError::UnknownChunk("no such id".into()))
    );
}

#[tokio::test]
async fn no_question_is_a_syntax_error() {
    let dir = tempdir().unwrap();
    let corpus = open(dir.path()).await;
    corpus.ingest("a", "drain the pool".into()).await.unwrap();
    for question in [
        "text:drain",
        "drain AND (",
        "\"drain",
        "drain^x ~2 [a TO",
        "nosuchfield:drain -pool +",
        "drain\0\u{202e}",
        "*drain* /dr.*n/ \\",
    ] {
        assert_eq!(found(&corpus, question).await, ["a"], "{question}");
    }
    assert_eq!(found(&corpus, &"drain ".repeat(10_000)).await, ["a"]);
}

#[tokio::test]
async fn each_part_of_a_long_document_is_found() {
    let dir = tempdir().unwrap();
    let corpus = open(dir.path()).await;
    let text: String = (0..2_000)
        .map(|n| format!("Paragraph {n} speaks of item{n} and of nothing else.\n\n"))
        .collect();
    let ingested = corpus.ingest("long.txt", text).await.unwrap();
    assert!(ingested.chunks > 50, "{ingested:?}");
    for word in ["item0", "item1000", "item1999"] {
        let hits = corpus.search(word, 50).await.unwrap();
        assert_eq!(hits.len(), 1, "{word}");
        assert!(hits[0].chunk.text.contains(&format!("{word} ")));
    }
}
