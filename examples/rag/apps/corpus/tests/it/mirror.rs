//! Synchronization with a folder.

use std::fs;
use std::path::Path;

use hecate_rag_corpus::{Corpus, Folder, MAX_DOCUMENT, Mirrored};
use tempfile::tempdir;

use crate::{found, open};

fn write(root: &Path, file: &str, text: impl AsRef<[u8]>) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn sources(corpus: &Corpus) -> Vec<String> {
    corpus
        .sources()
        .into_iter()
        .map(|document| document.source)
        .collect()
}

async fn mirror(corpus: &Corpus, root: &Path) -> (u64, u64, u64, u64) {
    let folder = Folder::open(root).unwrap();
    let Mirrored {
        ingested,
        unchanged,
        skipped,
        pruned,
        ..
    } = corpus.mirror(&folder).await.unwrap();
    (ingested, unchanged, skipped, pruned)
}

#[tokio::test]
async fn documents_of_all_subfolders_are_ingested_and_nothing_else() {
    let (dir, root) = (tempdir().unwrap(), tempdir().unwrap());
    let root = root.path();
    for file in ["a.md", "b/c.Markdown", "b/d e/f.TXT"] {
        write(root, file, "granite");
    }
    for file in [
        "code.rs",
        "md",
        ".git/x.md",
        ".hidden.md",
        "target/x.md",
        "b/node_modules/p/x.md",
    ] {
        write(root, file, "granite");
    }
    write(root, "blank.md", "\n");
    write(root, "target.md", "granite");
    let corpus = open(dir.path()).await;
    assert_eq!(mirror(&corpus, root).await, (4, 0, 0, 0));
    assert_eq!(
        sources(&corpus),
        ["a.md", "b/c.Markdown", "b/d e/f.TXT", "target.md"]
    );
    assert_eq!(found(&corpus, "granite").await.len(), 4);
}

#[tokio::test]
async fn only_changed_files_are_ingested_again_and_removed_files_are_pruned() {
    let (dir, root) = (tempdir().unwrap(), tempdir().unwrap());
    let root = root.path();
    for n in 0..5 {
        write(root, &format!("{n}.md"), format!("granite {n}"));
    }
    let corpus = open(dir.path()).await;
    corpus.ingest("by-call.md", "granite".into()).await.unwrap();
    assert_eq!(mirror(&corpus, root).await, (5, 0, 0, 0));
    corpus.close().await;

    fs::remove_file(root.join("0.md")).unwrap();
    write(root, "1.md", "basalt");
    write(root, "2.md", "");
    write(root, "new/5.md", "granite");
    let corpus = open(dir.path()).await;
    assert_eq!(mirror(&corpus, root).await, (2, 2, 0, 2));
    assert_eq!(
        sources(&corpus),
        ["1.md", "3.md", "4.md", "by-call.md", "new/5.md"]
    );
    assert_eq!(found(&corpus, "basalt").await, ["1.md"]);
}

#[tokio::test]
async fn documents_of_another_folder_remain() {
    let (dir, first, second) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    write(first.path(), "one.md", "granite");
    write(first.path(), "both.md", "granite");
    write(second.path(), "both.md", "granite");
    let corpus = open(dir.path()).await;
    mirror(&corpus, first.path()).await;
    assert_eq!(mirror(&corpus, second.path()).await, (1, 0, 0, 0));
    // The document now belongs to the second folder, so it is not pruned.
    fs::remove_file(first.path().join("both.md")).unwrap();
    assert_eq!(mirror(&corpus, first.path()).await, (0, 1, 0, 0));
    assert_eq!(sources(&corpus), ["both.md", "one.md"]);
}

#[tokio::test]
async fn an_unreadable_file_is_skipped_and_its_earlier_version_stays() {
    let (dir, root) = (tempdir().unwrap(), tempdir().unwrap());
    let root = root.path();
    write(root, "good.md", "granite");
    write(root, "spoilt.md", "granite");
    let corpus = open(dir.path()).await;
    mirror(&corpus, root).await;
    write(root, "spoilt.md", b"granite \xff\xfe");
    write(root, "large.md", "x".repeat(MAX_DOCUMENT + 1));
    write(root, "other.md", "granite");
    assert_eq!(mirror(&corpus, root).await, (1, 1, 2, 0));
    assert_eq!(sources(&corpus), ["good.md", "other.md", "spoilt.md"]);
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_links_are_followed_only_within_the_folder() {
    use std::os::unix::fs::symlink;
    let (dir, root, outside) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    let root = root.path();
    write(outside.path(), "secret.md", "granite");
    write(root, ".data/real.md", "granite");
    symlink(".data/real.md", root.join("inside.md")).unwrap();
    symlink(outside.path(), root.join("outside")).unwrap();
    symlink(outside.path().join("secret.md"), root.join("secret.md")).unwrap();
    symlink("nowhere.md", root.join("broken.md")).unwrap();
    symlink(".", root.join("loop")).unwrap();
    let corpus = open(dir.path()).await;
    let (ingested, ..) = mirror(&corpus, root).await;
    assert_eq!(ingested, 1);
    assert_eq!(sources(&corpus), ["inside.md"]);
}

#[test]
fn a_missing_folder_is_named() {
    let error = Folder::open("/no/such/folder").unwrap_err().to_string();
    assert!(error.contains("`/no/such/folder`"), "{error}");
}

#[test]
fn a_file_is_refused_as_a_folder() {
    let dir = tempdir().unwrap();
    write(dir.path(), "a.md", "x");
    assert!(Folder::open(dir.path().join("a.md")).is_err());
}
