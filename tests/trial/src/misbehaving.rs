//! Handlers that fail in every possible way.

use std::sync::atomic::Ordering;
use std::time::Duration;

use hecate_om::{Mesh, Refusal, capability};
use serde_json::Value;

use crate::Runs;

/// Counts its runs and returns their number.
#[capability("trial.count", version = 1, access = open)]
async fn count(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}

/// Never responds, until its timeout.
#[capability("trial.never", version = 1, access = open, timeout = "300ms")]
async fn never() {
    std::future::pending::<()>().await;
}

/// Blocks its thread until a file with the given path exists, which no handler should do.
#[capability("trial.block", version = 1, access = open)]
async fn block(file: std::path::PathBuf) {
    while !file.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Panics.
#[capability("trial.panic", version = 1, access = open)]
async fn panic() -> String {
    panic!("requested panic")
}

/// Refuses with a time to retry after.
#[capability("trial.refuse", version = 1, access = open)]
async fn refuse(code: String) -> Result<(), Refusal> {
    Err(Refusal::new(code, "refused as requested").with_retry_after(Duration::from_millis(1500)))
}

/// Calls a procedure of another service.
#[capability("trial.call", version = 1, access = open)]
async fn call(mesh: &Mesh, call: (String, Value)) -> Result<Value, Refusal> {
    let (procedure, request) = call;
    Ok(mesh.procedure(procedure).call(&request).await?)
}
