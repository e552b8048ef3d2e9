//! What a process holds: tasks, and allocations that have not been freed.

use std::alloc::System;
use std::sync::Arc;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::runtime::Handle;

use crate::history::{Held, Journal, Record};

/// The allocator of every process, which counts.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Interval between two records.
const INTERVAL: Duration = Duration::from_millis(500);

/// Returns what this process holds.
fn held(runtime: &Handle) -> Held {
    let heap = ALLOCATOR.stats();
    let difference = |more: usize, less: usize| more.saturating_sub(less) as u64;
    Held {
        tasks: runtime.metrics().num_alive_tasks() as u64,
        allocations: difference(heap.allocations, heap.deallocations),
        bytes: difference(heap.bytes_allocated, heap.bytes_deallocated),
    }
}

/// Starts the thread that records what this process holds.
pub fn record_held(journal: Arc<Journal>, runtime: Handle) {
    std::thread::spawn(move || {
        loop {
            journal.write(Record::Held(held(&runtime)));
            std::thread::sleep(INTERVAL);
        }
    });
}
