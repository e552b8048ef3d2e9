//! Contents: bytes too large for a frame, addressed by content id as in macula (decision D27).
//!
//! The node that shares a content stores it, announces it in the DHT, and serves it in chunks. The
//! node that fetches the content verifies every block by the id.
//!
//! The SDK's pool also shares and fetches contents. This module works on each link instead, because
//! the pool lacks the following: an announcement is renewed as soon as a link is replaced, not half
//! an hour later; a fetch reports progress, continues at another node after a failure, and has a
//! timeout for each block; and a drain waits for fetches in progress.

mod error;
mod fetch;
mod fetch_round;
mod id;
mod local;
mod peer;
mod peer_limits;
mod server;
mod share;
mod store;

pub use error::ContentError;
pub use fetch::{Fetch, Fetchable};
pub use id::{Content, ContentIdError};
pub use local::{VerifiedRoot, verify_block, verify_root};
pub use share::Shared;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use macula_rust::cbor::Value;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::mesh::connection::Connection;
use crate::metrics::CallMetrics;
use peer_limits::PeerLimits;
use server::{ContentServer, ServingStation};
use store::{ContentStore, StoredContent};

/// Maximum number of concurrent announcements and withdrawals.
const MAX_ANNOUNCING: usize = 4;
/// Timeout of a drain for all withdrawals.
const WITHDRAW_TIMEOUT: Duration = Duration::from_secs(5);
/// Time after the last block after which a fetch by another node counts as complete. The wire does
/// not report the end of a fetch.
const QUIET_TIME: Duration = Duration::from_secs(2);
/// Poll interval of the check for blocks in transmission.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Shared contents of a node, and the state of the node's fetches.
#[derive(Debug)]
pub(crate) struct Contents {
    connection: Connection,
    store: Arc<ContentStore>,
    counters: Arc<ContentCounters>,
    peer_limits: PeerLimits,
    /// Station that the announcements name.
    station: watch::Sender<Option<ServingStation>>,
    server_started: Once,
    announcing: TaskTracker,
    announce_permits: Arc<Semaphore>,
    serving: TaskTracker,
    stop_announcing: CancellationToken,
    stop_serving: CancellationToken,
    _stop_on_drop: [DropGuard; 2],
}

/// Counters of contents.
#[derive(Debug)]
struct ContentCounters {
    /// Blocks sent to other nodes.
    sent_blocks: AtomicU64,
    /// Number of blocks in transmission.
    sending: AtomicUsize,
    /// Time when the last block was sent.
    last_sent: Mutex<Option<Instant>>,
    /// Bytes of all completed fetches.
    fetched_bytes: AtomicU64,
    fetches: CallMetrics,
}

/// Statistics of contents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContentStats {
    /// Number of shared contents.
    pub(crate) shared: usize,
    pub(crate) shared_bytes: u64,
    /// Blocks sent to other nodes.
    pub(crate) sent_blocks: u64,
    pub(crate) fetched_bytes: u64,
}

impl Contents {
    pub(super) fn new(connection: Connection) -> Self {
        let (stop_announcing, stop_serving) = (CancellationToken::new(), CancellationToken::new());
        Self {
            connection,
            store: Arc::default(),
            counters: Arc::new(ContentCounters {
                sent_blocks: AtomicU64::new(0),
                sending: AtomicUsize::new(0),
                last_sent: Mutex::default(),
                fetched_bytes: AtomicU64::new(0),
                fetches: CallMetrics::new(&fetch::OUTCOMES),
            }),
            peer_limits: PeerLimits::default(),
            station: watch::Sender::new(None),
            server_started: Once::new(),
            announcing: TaskTracker::new(),
            announce_permits: Arc::new(Semaphore::new(MAX_ANNOUNCING)),
            serving: TaskTracker::new(),
            _stop_on_drop: [
                stop_announcing.clone().drop_guard(),
                stop_serving.clone().drop_guard(),
            ],
            stop_announcing,
            stop_serving,
        }
    }

    /// Announces stored content. The first call starts the server task.
    fn announce(&self, content: Arc<StoredContent>) {
        self.server_started.call_once(|| {
            let server = ContentServer {
                store: Arc::clone(&self.store),
                counters: Arc::clone(&self.counters),
                links: self.connection.subscribe(),
                station: self.station.clone(),
                stop: self.stop_serving.clone(),
            };
            self.serving.spawn(server.run());
        });
        self.announcing.spawn(share::announce(
            content,
            Arc::clone(&self.store),
            self.station.subscribe(),
            Arc::clone(&self.announce_permits),
            self.stop_announcing.clone(),
        ));
    }

    /// Withdraws every announcement, waits for fetches in progress until `deadline`, and stops the
    /// server.
    pub(crate) async fn stop_sharing(&self, deadline: Instant) {
        self.stop_announcing.cancel();
        self.announcing.close();
        let withdrawn = tokio::time::timeout(WITHDRAW_TIMEOUT, self.announcing.wait());
        if withdrawn.await.is_err() {
            tracing::warn!(
                timeout = ?WITHDRAW_TIMEOUT,
                "not every content was withdrawn in time; announcements expire within an hour"
            );
        }
        self.counters.quiet(deadline).await;
        self.stop_serving.cancel();
        self.serving.close();
        // The server's operations on a link end with the link.
        let _ = tokio::time::timeout(WITHDRAW_TIMEOUT, self.serving.wait()).await;
    }

    pub(crate) fn stats(&self) -> ContentStats {
        let (shared, shared_bytes) = self.store.totals();
        ContentStats {
            shared,
            shared_bytes,
            sent_blocks: self.counters.sent_blocks.load(Ordering::Relaxed),
            fetched_bytes: self.counters.fetched_bytes.load(Ordering::Relaxed),
        }
    }

    /// Returns the metrics of this node's fetches.
    pub(crate) fn fetches(&self) -> &CallMetrics {
        &self.counters.fetches
    }
}

impl ContentCounters {
    /// Counts a block in transmission until the returned guard is dropped.
    fn start_block(&self) -> impl Drop + use<'_> {
        self.sending.fetch_add(1, Ordering::Relaxed);
        BlockGuard(self)
    }

    /// Counts a sent block, and records the time.
    fn record_block(&self) {
        self.sent_blocks.fetch_add(1, Ordering::Relaxed);
        *self
            .last_sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Waits until no block was sent for [`QUIET_TIME`], or until `deadline`.
    async fn quiet(&self, deadline: Instant) {
        while Instant::now() < deadline {
            let last_sent = *self
                .last_sent
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let quiet_at = match last_sent {
                Some(last_sent) => last_sent + QUIET_TIME,
                None => Instant::now(),
            };
            let is_idle = self.sending.load(Ordering::Relaxed) == 0;
            if is_idle && quiet_at <= Instant::now() {
                return;
            }
            let next = quiet_at.max(Instant::now() + POLL_INTERVAL);
            tokio::time::sleep_until(next.min(deadline)).await;
        }
    }
}

struct BlockGuard<'a>(&'a ContentCounters);

impl Drop for BlockGuard<'_> {
    fn drop(&mut self) {
        self.0.sending.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns the value as text. Erlang sends text as bytes.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests;
