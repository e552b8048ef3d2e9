//! What was acknowledged outlives a process that is killed.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::tempdir;

use crate::concurrency::generation;
use crate::open;

/// Where the process to be killed keeps its corpus. Set only there.
const DIR: &str = "CORPUS_TEST_DIR";
/// How often the process is started and killed.
const LIVES: usize = 4;
/// How many ingests are acknowledged in one life before it is killed.
const ACKNOWLEDGED: usize = 6;

/// The process to be killed: ingests without end and says each time that it was told so. Does nothing in an
/// ordinary run.
#[tokio::test]
async fn ingests_until_killed() {
    let Some(dir) = env::var_os(DIR).map(PathBuf::from) else {
        return;
    };
    let corpus = open(&dir).await;
    let from = corpus.sources().len();
    for n in from.. {
        corpus
            .ingest(&format!("new-{n}.md"), generation(n))
            .await
            .unwrap();
        let same = generation(n).replace("pebble", "boulder");
        corpus.ingest("same.md", same).await.unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "acknowledged {n}").unwrap();
        out.flush().unwrap();
    }
}

fn start(dir: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "durability::ingests_until_killed", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn acknowledged_documents_outlive_a_kill() {
    let dir = tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for life in 0..LIVES {
        let mut process = start(dir.path());
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut numbers = lines.map_while(Result::ok).filter_map(|line| {
            let (_, number) = line.split_once("acknowledged ")?;
            number.parse::<usize>().ok()
        });
        // The kill falls at another point of the writer's work each time.
        acknowledged.extend(numbers.by_ref().take(ACKNOWLEDGED + life));
        process.kill().unwrap();
        assert_eq!(
            process.wait().unwrap().code(),
            None,
            "it did not live until the kill"
        );
        // What it had said by then counts, too.
        acknowledged.extend(numbers);

        let corpus = open(dir.path()).await;
        let last = *acknowledged.last().unwrap();
        assert!(acknowledged.len() >= ACKNOWLEDGED * (life + 1));
        let sources = corpus.sources();
        for n in &acknowledged {
            let source = format!("new-{n}.md");
            let kept = sources.iter().find(|kept| kept.source == source);
            assert_eq!(kept.map(|kept| kept.chunks), Some(20), "{source}");
        }
        // The document that was replaced all the time is whole, and no older than was acknowledged.
        let hits = corpus.search("boulder", 50).await.unwrap();
        assert_eq!(hits.len(), 20);
        let text = &hits[0].chunk.text;
        assert!(hits.iter().all(|hit| hit.chunk.text == *text));
        let (_, kept) = text.rsplit_once("gen").unwrap();
        let kept: usize = kept.trim_end_matches("end").parse().unwrap();
        assert!(kept >= last, "{kept} is older than {last}");
        corpus.close().await;
    }
}
