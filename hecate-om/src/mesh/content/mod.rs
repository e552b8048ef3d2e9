//! What is too large for a frame, by its content id, as macula has it (D27): the node that shares a content keeps it,
//! announces it in the DHT, and gives it, a chunk at a time, to whoever asks; who fetches checks all of it by the id.
//!
//! The SDK's pool does the same on its own. It is done here on each link, for what the pool does not offer: an
//! announcement is made again as soon as a link is, and not half an hour later; a fetch says how far it is, goes on at
//! another node where one fails, and bounds a single block, too; and the drain knows what is still being given.

mod ask;
mod error;
mod fetch;
mod id;
mod peers;
mod round;
mod serve;
mod share;
mod shelf;

pub use error::ContentError;
pub use fetch::{Fetch, Fetchable};
pub use id::{Content, ContentIdError};
pub use share::Shared;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use macula_rust::cbor::Value;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::mesh::{Link, Mesh};
use crate::metrics::CallMetrics;
use peers::Peers;
use serve::{Giver, Site};
use shelf::{Kept, Shelf};

/// How many announcements are made at once, and how many withdrawn.
const ANNOUNCED_AT_ONCE: usize = 4;
/// How long withdrawing the announcements may take while draining.
const WITHDRAW: Duration = Duration::from_secs(5);
/// How long after the last block that was given a fetch counts as over: who gives is not told.
const QUIET: Duration = Duration::from_secs(2);
/// How long before it is looked again whether one is still being given.
const LOOK: Duration = Duration::from_millis(100);

const ABSENT: &str = "no station is configured (HECATE_MESH=optional)";
const AWAY: &str = "no station could be reached in time";
const ENDING: &str = "the service is shutting down";

/// The contents of a node: what it shares and what it fetches.
#[derive(Debug)]
pub(super) struct Contents {
    shelf: Arc<Shelf>,
    counts: Arc<Counts>,
    sites: watch::Sender<Option<Site>>,
    announcing: TaskTracker,
    giving: TaskTracker,
    started: Once,
    peers: Peers,
    turns: Arc<Semaphore>,
    /// Ends the announcements, then the giving.
    end: CancellationToken,
    gone: CancellationToken,
    _dropped: [DropGuard; 2],
}

/// What is counted of contents.
#[derive(Debug)]
pub(crate) struct Counts {
    /// Blocks given to others.
    given: AtomicU64,
    /// Those being given now.
    giving: AtomicUsize,
    /// The bytes of contents fetched whole.
    fetched_bytes: AtomicU64,
    /// When a block was last given.
    last: Mutex<Option<Instant>>,
    fetches: CallMetrics,
}

/// What there is to say of contents now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContentsNow {
    /// The contents shared.
    pub(crate) shared: usize,
    /// Their bytes.
    pub(crate) shared_bytes: u64,
    /// The blocks given.
    pub(crate) given: u64,
    /// The bytes fetched.
    pub(crate) fetched_bytes: u64,
}

impl Contents {
    pub(super) fn new() -> Self {
        let (end, gone) = (CancellationToken::new(), CancellationToken::new());
        Self {
            shelf: Arc::default(),
            counts: Arc::new(Counts {
                given: AtomicU64::new(0),
                giving: AtomicUsize::new(0),
                fetched_bytes: AtomicU64::new(0),
                last: Mutex::default(),
                fetches: CallMetrics::new(&fetch::OUTCOMES),
            }),
            sites: watch::Sender::new(None),
            announcing: TaskTracker::new(),
            giving: TaskTracker::new(),
            started: Once::new(),
            peers: Peers::default(),
            turns: Arc::new(Semaphore::new(ANNOUNCED_AT_ONCE)),
            _dropped: [end.clone().drop_guard(), gone.clone().drop_guard()],
            end,
            gone,
        }
    }

    /// Announces a content that is on the shelf; the first also begins the giving.
    fn announce(&self, kept: Arc<Kept>, links: &watch::Receiver<Link>) {
        self.started.call_once(|| {
            let giver = Giver {
                shelf: Arc::clone(&self.shelf),
                counts: Arc::clone(&self.counts),
                links: links.clone(),
                sites: self.sites.clone(),
                end: self.gone.clone(),
            };
            self.giving.spawn(giver.give());
        });
        self.announcing.spawn(share::announce(
            kept,
            Arc::clone(&self.shelf),
            self.sites.subscribe(),
            Arc::clone(&self.turns),
            self.end.clone(),
        ));
    }
}

impl Mesh {
    /// Withdraws every announcement, lets the fetches under way end, until then at the latest, and gives no more. Nothing
    /// is shared afterwards.
    pub(crate) async fn stop_sharing(&self, until: Instant) {
        let contents = &self.content;
        contents.end.cancel();
        contents.announcing.close();
        if tokio::time::timeout(WITHDRAW, contents.announcing.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "not every content was withdrawn within {WITHDRAW:?}; the others lapse within an hour"
            );
        }
        contents.counts.quiet(until).await;
        contents.gone.cancel();
        contents.giving.close();
        // What it still waits for on a link ends with the link.
        let _ = tokio::time::timeout(WITHDRAW, contents.giving.wait()).await;
    }

    /// What there is to say of contents now.
    pub(crate) fn contents(&self) -> ContentsNow {
        let (shared, shared_bytes) = self.content.shelf.amount();
        let counts = &self.content.counts;
        ContentsNow {
            shared,
            shared_bytes,
            given: counts.given.load(Ordering::Relaxed),
            fetched_bytes: counts.fetched_bytes.load(Ordering::Relaxed),
        }
    }

    /// How the fetches went.
    pub(crate) fn fetches(&self) -> &CallMetrics {
        &self.content.counts.fetches
    }
}

impl Counts {
    /// Counts a block that is being given, until it is dropped.
    fn giving(&self) -> impl Drop + use<'_> {
        self.giving.fetch_add(1, Ordering::Relaxed);
        Giving(self)
    }

    /// Counts a block that was given.
    fn gave(&self) {
        self.given.fetch_add(1, Ordering::Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Waits until nothing has been given for a while; until then at the latest.
    async fn quiet(&self, until: Instant) {
        while Instant::now() < until {
            let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let quiet_at = match last {
                Some(last) => last + QUIET,
                None => Instant::now(),
            };
            let idle = self.giving.load(Ordering::Relaxed) == 0;
            if idle && quiet_at <= Instant::now() {
                return;
            }
            // One that is still being given is looked at again soon.
            let next = quiet_at.max(Instant::now() + LOOK);
            tokio::time::sleep_until(next.min(until)).await;
        }
    }
}

struct Giving<'a>(&'a Counts);

impl Drop for Giving<'_> {
    fn drop(&mut self) {
        self.0.giving.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A text, which Erlang sends as bytes.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests;
