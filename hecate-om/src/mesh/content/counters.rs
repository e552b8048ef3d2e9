//! Counters of contents, and the wait for blocks in transmission.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::fetch;
use crate::metrics::CallMetrics;

/// Time after the last block after which a fetch by another node counts as complete. The wire does
/// not report the end of a fetch.
const QUIET_TIME: Duration = Duration::from_secs(2);
/// Poll interval of the check for blocks in transmission.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Counters of contents.
#[derive(Debug)]
pub(super) struct ContentCounters {
    blocks: Mutex<Blocks>,
    /// Bytes of all completed fetches.
    pub(super) fetched_bytes: AtomicU64,
    pub(super) fetches: CallMetrics,
}

/// Blocks sent to other nodes.
#[derive(Debug, Default)]
struct Blocks {
    sent: u64,
    /// Number of blocks in transmission.
    sending: usize,
    /// Time when the last block was sent.
    last_sent: Option<Instant>,
}

impl Blocks {
    /// Returns the time at which no block was sent for [`QUIET_TIME`], or `None` while a block is
    /// in transmission.
    fn quiet_at(&self, now: Instant) -> Option<Instant> {
        let quiet_at = self.last_sent.map_or(now, |sent| sent + QUIET_TIME);
        (self.sending == 0).then_some(quiet_at)
    }
}

impl Default for ContentCounters {
    fn default() -> Self {
        Self {
            blocks: Mutex::default(),
            fetched_bytes: AtomicU64::new(0),
            fetches: CallMetrics::new(&fetch::OUTCOMES),
        }
    }
}

impl ContentCounters {
    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a block in transmission until the returned guard is dropped.
    pub(super) fn start_block(&self) -> BlockGuard<'_> {
        self.blocks().sending += 1;
        BlockGuard(self)
    }

    /// Counts a sent block, and records the time.
    pub(super) fn record_block(&self) {
        let mut blocks = self.blocks();
        blocks.sent += 1;
        blocks.last_sent = Some(Instant::now());
    }

    /// Returns the number of blocks sent to other nodes.
    pub(super) fn sent_blocks(&self) -> u64 {
        self.blocks().sent
    }

    /// Returns the number of bytes of all completed fetches.
    pub(super) fn fetched_bytes(&self) -> u64 {
        self.fetched_bytes.load(Ordering::Relaxed)
    }

    /// Waits until no block was sent for [`QUIET_TIME`], or until `deadline`.
    pub(super) async fn quiet(&self, deadline: Instant) {
        loop {
            let now = Instant::now();
            let quiet_at = self.blocks().quiet_at(now);
            if now >= deadline || quiet_at.is_some_and(|at| at <= now) {
                return;
            }
            let next = quiet_at.unwrap_or(now + POLL_INTERVAL);
            tokio::time::sleep_until(next.min(deadline)).await;
        }
    }
}

/// Block in transmission.
pub(super) struct BlockGuard<'a>(&'a ContentCounters);

impl Drop for BlockGuard<'_> {
    fn drop(&mut self) {
        self.0.blocks().sending -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// Returns the time that the wait for the end of all fetches takes.
    async fn quiet(counters: &ContentCounters) -> Duration {
        let start = Instant::now();
        counters.quiet(start + LONG).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn fetches_are_complete_some_time_after_the_last_block() {
        let counters = ContentCounters::default();
        assert_eq!(quiet(&counters).await, Duration::ZERO);
        drop(counters.start_block());
        assert_eq!(quiet(&counters).await, Duration::ZERO, "nothing was sent");
        counters.record_block();
        tokio::time::advance(QUIET_TIME / 4).await;
        assert_eq!(quiet(&counters).await, QUIET_TIME / 4 * 3);
        assert_eq!(quiet(&counters).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_block_in_transmission_is_waited_for_until_the_deadline() {
        let counters = ContentCounters::default();
        let block = counters.start_block();
        assert_eq!(quiet(&counters).await, LONG);
        let sending = async {
            tokio::time::sleep(LONG / 2).await;
            counters.record_block();
            drop(block);
        };
        let (waited, ()) = tokio::join!(quiet(&counters), sending);
        assert_eq!(waited, LONG / 2 + QUIET_TIME);
    }
}
