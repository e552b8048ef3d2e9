//! Facts whose handlers fail as the fact says.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use hecate_om::fact::FactMetadata;
use hecate_om::{DueTime, Failure, Permanent, capability, every, subscribe};
use schemars::JsonSchema;
use serde::Deserialize;

/// Numbers of the attempts, and of the handled parcels, in order.
#[derive(Debug, Default)]
pub(crate) struct Parcels(Mutex<(Vec<u64>, Vec<u64>)>);

/// Folder of the service's state.
#[derive(Debug)]
pub(crate) struct StateFolder(pub(crate) PathBuf);

/// A parcel was sent.
#[derive(Debug, Deserialize, JsonSchema)]
struct Sent {
    number: u64,
    /// How the handler fails: `panic`, `hang`, `permanent`, or `fail`.
    #[serde(default)]
    then: String,
    /// File whose existence keeps the handler from failing.
    #[serde(default)]
    unless: Option<PathBuf>,
    /// Number of the attempt that succeeds.
    #[serde(default)]
    works_at: Option<usize>,
}

async fn handle(parcels: &Parcels, sent: Sent) -> Result<(), Failure> {
    let attempt = {
        let mut both = parcels.0.lock().unwrap_or_else(PoisonError::into_inner);
        both.0.push(sent.number);
        both.0
            .iter()
            .filter(|number| **number == sent.number)
            .count()
    };
    let works = sent.unless.is_some_and(|file| file.exists())
        || sent.works_at.is_some_and(|works_at| attempt >= works_at);
    match &*sent.then {
        _ if works => {}
        "panic" => panic!("as requested"),
        "hang" => std::future::pending().await,
        "permanent" => return Err(Permanent("as requested, \u{1b}[31mfor good").into()),
        "fail" => return Err("as requested".into()),
        _ => {}
    }
    let mut both = parcels.0.lock().unwrap_or_else(PoisonError::into_inner);
    both.1.push(sent.number);
    Ok(())
}

/// Retries at once, beside the other parcels.
#[subscribe(
    "hecate-configured/parcels/sent_v1",
    gaps = ignored,
    retries = 2,
    backoff = "1ms..10ms",
    deadline = "500ms"
)]
async fn sent(parcels: &Parcels, sent: Sent, _: &FactMetadata) -> Result<(), Failure> {
    handle(parcels, sent).await
}

/// Retries before the next parcel.
#[subscribe(
    "hecate-configured/parcels/ordered_v1",
    gaps = ignored,
    retries = 5,
    backoff = "1ms..10ms",
    order = "kept"
)]
async fn ordered(parcels: &Parcels, sent: Sent) -> Result<(), Failure> {
    handle(parcels, sent).await
}

/// Retries after up to an hour.
#[subscribe("hecate-configured/parcels/patient_v1", gaps = ignored, retries = 100, backoff = "1h..1h")]
async fn patient(parcels: &Parcels, sent: Sent) -> Result<(), Failure> {
    handle(parcels, sent).await
}

/// Fails while the file `broken` is in the state folder.
#[every("1s", retries = 1, backoff = "1ms..1ms", deadline = "10s")]
async fn count_parcels(state: &StateFolder) -> Result<(), &'static str> {
    if state.0.join("broken").exists() {
        return Err("the scales are broken");
    }
    Ok(())
}

/// Writes down the due times that this instance runs.
#[every("2s", replicas = one)]
async fn take_turn(due: DueTime, state: &StateFolder) -> std::io::Result<()> {
    let mut turns = std::fs::OpenOptions::new();
    let mut turns = turns
        .append(true)
        .create(true)
        .open(state.0.join("turns"))?;
    turns.write_all(format!("{}\n", due.unix_millis()).as_bytes())
}

/// Returns the numbers of the attempts, and of the handled parcels, in order.
#[capability("configured.parcels", version = 1, access = open, max_bytes = "1 MiB")]
async fn parcels(parcels: &Parcels) -> (Vec<u64>, Vec<u64>) {
    let both = parcels.0.lock().unwrap_or_else(PoisonError::into_inner);
    both.clone()
}
