//! Ingested documents survive a kill of the process.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::tempdir;

use crate::concurrency::generation;
use crate::open;

/// Folder of the corpus, set only in the process that is killed.
const DIR: &str = "CORPUS_TEST_DIR";
/// Number of times that the process is started and killed.
const RUNS: usize = 4;
/// Number of ingests in a run before the kill.
const ACKNOWLEDGED: usize = 6;

/// The process that is killed: it ingests documents and prints each that is stored. Does nothing in
/// an ordinary test run.
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
async fn ingested_documents_survive_a_kill() {
    let dir = tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for run in 0..RUNS {
        let mut process = start(dir.path());
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut numbers = lines.map_while(Result::ok).filter_map(|line| {
            let (_, number) = line.split_once("acknowledged ")?;
            number.parse::<usize>().ok()
        });
        // Each kill interrupts the writer at another point.
        acknowledged.extend(numbers.by_ref().take(ACKNOWLEDGED + run));
        process.kill().unwrap();
        assert_eq!(
            process.wait().unwrap().code(),
            None,
            "the process exited before the kill"
        );
        // Lines printed before the kill count, too.
        acknowledged.extend(numbers);

        let corpus = open(dir.path()).await;
        let last = *acknowledged.last().unwrap();
        assert!(acknowledged.len() >= ACKNOWLEDGED * (run + 1));
        let sources = corpus.sources();
        for n in &acknowledged {
            let source = format!("new-{n}.md");
            let stored = sources.iter().find(|stored| stored.source == source);
            assert_eq!(stored.map(|stored| stored.chunks), Some(20), "{source}");
        }
        // The document that each ingest replaces is consistent, and at least as new as the last
        // line.
        let hits = corpus.search("boulder", 50).await.unwrap();
        assert_eq!(hits.len(), 20);
        let text = &hits[0].chunk.text;
        assert!(hits.iter().all(|hit| hit.chunk.text == *text));
        let (_, stored) = text.rsplit_once("gen").unwrap();
        let stored: usize = stored.trim_end_matches("end").parse().unwrap();
        assert!(stored >= last, "{stored} is older than {last}");
        corpus.close().await;
    }
}
