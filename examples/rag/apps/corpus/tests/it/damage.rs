//! Damaged and foreign files: refused with advice, never deleted.

use std::fs;
use std::path::{Path, PathBuf};

use hecate_rag_corpus::{Corpus, OpenError};
use tempfile::tempdir;

use crate::{found, open};

async fn closed_corpus(dir: &Path) -> PathBuf {
    let corpus = open(dir).await;
    corpus.ingest("a", "words".into()).await.unwrap();
    corpus.close().await;
    dir.join("index")
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            !path
                .file_name()
                .unwrap()
                .as_encoded_bytes()
                .starts_with(b".")
        })
        .collect();
    files.sort();
    files
}

async fn refused(index: &Path) -> OpenError {
    let before = files(index);
    let error = Corpus::open(index).await.unwrap_err();
    assert_eq!(files(index), before, "files were deleted");
    assert!(error.to_string().contains(&index.display().to_string()));
    error
}

#[tokio::test]
async fn each_changed_or_missing_committed_file_is_detected() {
    let dir = tempdir().unwrap();
    let index = closed_corpus(dir.path()).await;
    for file in files(&index) {
        let bytes = fs::read(&file).unwrap();
        let mut flipped = bytes.clone();
        flipped[0] ^= 0xff;
        let half = bytes[..bytes.len() / 2].to_vec();
        for damaged in [flipped, half, Vec::new()] {
            fs::write(&file, damaged).unwrap();
            let error = refused(&index).await;
            assert!(
                matches!(error, OpenError::Damaged { .. }),
                "{file:?}: {error}"
            );
            assert!(error.to_string().contains("move it away and start again"));
        }
        fs::remove_file(&file).unwrap();
        let error = refused(&index).await;
        assert!(
            matches!(error, OpenError::Damaged { .. }),
            "{file:?}: {error}"
        );
        fs::write(&file, &bytes).unwrap();
    }
    assert_eq!(found(&open(dir.path()).await, "words").await, ["a"]);
}

#[tokio::test]
async fn leftovers_of_an_interrupted_commit_are_ignored() {
    let dir = tempdir().unwrap();
    let index = closed_corpus(dir.path()).await;
    fs::write(index.join(".tantivy-writer.lock"), "").unwrap();
    fs::write(index.join(".tmpAbCdEf"), "{\"half\": ").unwrap();
    let stray = "00000000000000000000000000000001.store";
    fs::write(index.join(stray), "never committed").unwrap();
    let managed = index.join(".managed.json");
    let list = fs::read_to_string(&managed).unwrap();
    fs::write(&managed, list.replacen('[', &format!("[\"{stray}\","), 1)).unwrap();

    let corpus = open(dir.path()).await;
    assert_eq!(found(&corpus, "words").await, ["a"]);
    corpus.ingest("b", "words".into()).await.unwrap();
    assert_eq!(found(&corpus, "words").await.len(), 2);
}

#[tokio::test]
async fn an_index_whose_creation_was_interrupted_opens() {
    let dir = tempdir().unwrap();
    let index = dir.path().join("index");
    fs::create_dir(&index).unwrap();
    fs::write(index.join(".managed.json"), "[\"meta.json\"]").unwrap();
    fs::write(index.join(".tmpAbCdEf"), "").unwrap();
    let corpus = open(dir.path()).await;
    corpus.ingest("a", "words".into()).await.unwrap();
}

#[tokio::test]
async fn an_index_in_use_is_refused() {
    let dir = tempdir().unwrap();
    let corpus = open(dir.path()).await;
    let error = Corpus::open(dir.path().join("index")).await.unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    corpus.close().await;
    open(dir.path()).await;
}

#[tokio::test]
async fn a_folder_with_other_files_is_refused() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("thesis.tex"), "words").unwrap();
    let error = refused(dir.path()).await;
    assert!(error.to_string().contains("`thesis.tex`"), "{error}");
}

#[tokio::test]
async fn an_index_of_another_format_is_refused() {
    let dir = tempdir().unwrap();
    let index = closed_corpus(dir.path()).await;
    let meta = index.join("meta.json");
    let text = fs::read_to_string(&meta).unwrap();
    fs::write(&meta, text.replace("english_1", "english_0")).unwrap();
    let error = refused(&index).await;
    assert!(matches!(error, OpenError::OtherVersion { .. }), "{error}");
}

#[tokio::test]
async fn a_file_instead_of_the_folder_is_refused() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("index"), "").unwrap();
    let error = Corpus::open(dir.path().join("index")).await.unwrap_err();
    assert!(matches!(error, OpenError::Folder { .. }), "{error}");
}
