//! Runs that are counted by the key that their caller gave.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hecate_om::{JsonSchema, Mesh, Refusal, capability};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// How often each key ran, and which held runs may end.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    runs: Mutex<BTreeMap<String, u64>>,
    released: watch::Sender<BTreeSet<String>>,
}

impl Tallies {
    fn runs(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once the key is released.
    pub(crate) async fn released(&self, key: &str) {
        let mut released = self.released.subscribe();
        // It fails only if the service has ended.
        let _ = released.wait_for(|keys| keys.contains(key)).await;
    }
}

/// The run to count.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Tally {
    pub(crate) key: String,
    /// Whether the run ends only after its key was released.
    pub(crate) held: bool,
}

/// Counts a run, and returns the number of runs with its key so far.
#[capability("trial.tally", version = 1, access = open)]
pub(crate) async fn tally(tallies: &Tallies, tally: Tally) -> u64 {
    let run = {
        let mut runs = tallies.runs();
        let run = runs.entry(tally.key.clone()).or_default();
        *run += 1;
        *run
    };
    if tally.held {
        tallies.released(&tally.key).await;
    }
    run
}

/// Returns how often `trial.tally` ran with the key.
#[capability("trial.tallied", version = 1, access = open)]
async fn tallied(tallies: &Tallies, key: String) -> u64 {
    tallies.runs().get(&key).copied().unwrap_or(0)
}

/// Lets the held runs with the key end, including future ones.
#[capability("trial.release", version = 1, access = open)]
async fn release(tallies: &Tallies, key: String) {
    tallies.released.send_modify(|keys| {
        keys.insert(key);
    });
}

/// A call of another service's `trial.tally`, with its options.
#[derive(Debug, Deserialize, JsonSchema)]
struct AskTally {
    org: String,
    tally: Tally,
    idempotent: bool,
    milliseconds: u64,
}

/// Calls `trial.tally` of another service.
#[capability("trial.ask_tally", version = 1, access = open, timeout = "2m")]
async fn ask_tally(mesh: &Mesh, ask: AskTally) -> Result<u64, Refusal> {
    let call = mesh
        .call::<tally>(&ask.tally)
        .org(ask.org)
        .timeout(Duration::from_millis(ask.milliseconds));
    let call = if ask.idempotent {
        call.idempotent()
    } else {
        call
    };
    Ok(call.await?)
}

/// A file of the runs, one line each, which survives the process.
#[derive(Debug)]
pub(crate) struct Notes(Mutex<File>);

impl Notes {
    pub(crate) fn open(dir: &Path) -> std::io::Result<Self> {
        let mut append = OpenOptions::new();
        let file = append.create(true).append(true).open(dir.join("notes"))?;
        Ok(Self(Mutex::new(file)))
    }
}

/// Records the number and returns it.
#[capability("trial.note", version = 1, access = open)]
async fn note(notes: &Notes, number: u64) -> Result<u64, Refusal> {
    let mut file = notes.0.lock().unwrap_or_else(PoisonError::into_inner);
    file.write_all(format!("{number}\n").as_bytes())
        .map_err(|error| {
            Refusal::new("not_noted", "the run cannot be written down").log(error.to_string())
        })?;
    Ok(number)
}
