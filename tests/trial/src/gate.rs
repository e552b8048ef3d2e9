//! A capability that waits until the test opens a gate.

use hecate_om::capability;
use tokio::sync::Semaphore;

/// A gate that lets through as many calls as it was opened for.
#[derive(Debug)]
pub(crate) struct Gate(Semaphore);

impl Default for Gate {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

/// Waits at the gate, one call at a time.
#[capability("trial.wait_at_gate", version = 1, access = open, concurrency = 1)]
async fn wait_at_gate(gate: &Gate, number: u64) -> u64 {
    if let Ok(permit) = gate.0.acquire().await {
        permit.forget();
    }
    number
}

/// Opens the gate for this many calls.
#[capability("trial.open_gate", version = 1, access = open)]
async fn open_gate(gate: &Gate, calls: u32) {
    gate.0.add_permits(calls as usize);
}
