//! Handlers that block their thread.

use std::time::Duration;

use hecate_om::capability;

/// Blocks every thread of the runtime for this many milliseconds.
#[capability("trial.block_runtime", version = 1, access = open)]
async fn block_runtime(milliseconds: u64) -> u64 {
    let block = move || std::thread::sleep(Duration::from_millis(milliseconds));
    for _ in 0..tokio::runtime::Handle::current().metrics().num_workers() {
        tokio::spawn(async move { block() });
    }
    block();
    milliseconds
}

/// Blocks its thread until the process ends.
pub(crate) fn block_forever(what: &str) -> ! {
    eprintln!("{what} blocks its thread, as requested");
    loop {
        std::thread::park();
    }
}
