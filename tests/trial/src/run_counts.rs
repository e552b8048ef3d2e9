//! Runs, counted by the key in the request.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hecate_om::{JsonSchema, Mesh, Refusal, capability};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Number of runs by key, and the keys whose held runs may end.
#[derive(Debug, Default)]
pub(crate) struct RunCounts {
    runs: Mutex<BTreeMap<String, u64>>,
    released: watch::Sender<BTreeSet<String>>,
}

impl RunCounts {
    fn runs(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once the key is released.
    pub(crate) async fn released(&self, key: &str) {
        let mut released = self.released.subscribe();
        // An error means that the service has stopped.
        let _ = released.wait_for(|keys| keys.contains(key)).await;
    }
}

/// The run to count.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Run {
    pub(crate) key: String,
    /// Whether the run ends only after its key was released.
    pub(crate) held: bool,
}

/// Counts a run, and returns the number of runs with its key so far.
#[capability("trial.record_run", version = 1, access = open)]
pub(crate) async fn record_run(counts: &RunCounts, run: Run) -> u64 {
    let count = {
        let mut runs = counts.runs();
        let count = runs.entry(run.key.clone()).or_default();
        *count += 1;
        *count
    };
    if run.held {
        counts.released(&run.key).await;
    }
    count
}

/// Counts and notes a run, once for each key of its requests.
#[capability("trial.record_once", version = 1, access = open, dedupe = "10m")]
async fn record_once(counts: &RunCounts, notes: &Notes, run: Run) -> Result<u64, Refusal> {
    notes.add(&run.key)?;
    Ok(record_run(counts, run).await)
}

/// Counts and notes a run, once for each key of its requests, even if the service restarts.
#[capability("trial.record_once_ever", version = 1, access = open, dedupe = disk("10m"))]
async fn record_once_ever(counts: &RunCounts, notes: &Notes, run: Run) -> Result<u64, Refusal> {
    notes.add(&run.key)?;
    Ok(record_run(counts, run).await)
}

/// Returns how often `trial.record_run` ran with the key.
#[capability("trial.run_count", version = 1, access = open)]
async fn run_count(counts: &RunCounts, key: String) -> u64 {
    counts.runs().get(&key).copied().unwrap_or(0)
}

/// Ends the held runs with the key, and lets later ones end at once.
#[capability("trial.release", version = 1, access = open)]
async fn release(counts: &RunCounts, key: String) {
    counts.released.send_modify(|keys| {
        keys.insert(key);
    });
}

/// A call of another service's `trial.record_run`, with its options.
#[derive(Debug, Deserialize, JsonSchema)]
struct RemoteRun {
    org: String,
    run: Run,
    idempotent: bool,
    timeout_ms: u64,
}

/// Calls `trial.record_run` of another service.
#[capability("trial.call_record_run", version = 1, access = open, timeout = "2m")]
async fn call_record_run(mesh: &Mesh, request: RemoteRun) -> Result<u64, Refusal> {
    let call = mesh
        .call::<record_run>(&request.run)
        .org(request.org)
        .timeout(Duration::from_millis(request.timeout_ms));
    let call = if request.idempotent {
        call.idempotent()
    } else {
        call
    };
    Ok(call.await?)
}

/// A file with one line for each run, which survives the process.
#[derive(Debug)]
pub(crate) struct Notes(Mutex<File>);

impl Notes {
    pub(crate) fn open(dir: &Path) -> std::io::Result<Self> {
        let mut append = OpenOptions::new();
        let file = append.create(true).append(true).open(dir.join("notes"))?;
        Ok(Self(Mutex::new(file)))
    }

    fn add(&self, line: &str) -> Result<(), Refusal> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{line}\n").as_bytes())
            .map_err(|error| {
                Refusal::new("not_noted", "the run cannot be recorded").log(error.to_string())
            })
    }
}

/// Records the number and returns it.
#[capability("trial.note", version = 1, access = open)]
async fn note(notes: &Notes, number: u64) -> Result<u64, Refusal> {
    notes.add(&number.to_string())?;
    Ok(number)
}
