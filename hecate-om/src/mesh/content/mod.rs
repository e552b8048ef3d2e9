//! Contents: bytes too large for a frame, addressed by content id as in macula (decision D27).
//!
//! The node that shares a content stores it, announces it in the DHT, and serves it in chunks. The
//! node that fetches the content verifies every block by the id.
//!
//! The SDK's pool also shares and fetches contents. This module works on each link instead, because
//! the pool lacks the following: an announcement is renewed as soon as a link is replaced, not half
//! an hour later; a fetch reports progress, continues at another node after a failure, and has a
//! timeout for each block; and a drain waits for fetches in progress.

mod counters;
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

use std::sync::{Arc, Once};
use std::time::Duration;

use macula_rust::cbor::Value;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::mesh::connection::Connection;
use crate::metrics::CallMetrics;
use counters::ContentCounters;
use peer_limits::PeerLimits;
use server::{ContentServer, ServingStation};
use store::{ContentStore, StoredContent};

/// Maximum number of concurrent announcements and withdrawals.
const MAX_ANNOUNCING: usize = 4;
/// Timeout of a drain for all withdrawals.
const WITHDRAW_TIMEOUT: Duration = Duration::from_secs(5);

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
            counters: Arc::default(),
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
            sent_blocks: self.counters.sent_blocks(),
            fetched_bytes: self.counters.fetched_bytes(),
        }
    }

    /// Returns the metrics of this node's fetches.
    pub(crate) fn fetches(&self) -> &CallMetrics {
        &self.counters.fetches
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
