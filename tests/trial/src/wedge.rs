//! A capability that does what no handler may.

use std::time::Duration;

use hecate_om::capability;

/// Blocks every thread of the runtime for so many milliseconds.
#[capability("trial.wedge", version = 1, access = open)]
async fn wedge(milliseconds: u64) -> u64 {
    let block = move || std::thread::sleep(Duration::from_millis(milliseconds));
    for _ in 0..tokio::runtime::Handle::current().metrics().num_workers() {
        tokio::spawn(async move { block() });
    }
    block();
    milliseconds
}
