//! Queue of the facts to send: ordered, bounded, counted, and logged on changes.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::PublishError;
use crate::mesh::OutgoingCallMetrics;

/// How many facts may be on their way at once. Each is held until a link takes it or its time is over.
const MAX_UNDER_WAY: usize = 1_024;
/// Most bytes in the queue, as encoded on the wire. Equals the bound on received facts that wait to
/// be handled.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How many topics' failures are told apart in the log.
const TOLD_APART: usize = 64;

/// The facts on their way out.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// How publications end, by topic.
    pub(crate) tallies: OutgoingCallMetrics,
    under_way: TaskTracker,
    bytes: Arc<Semaphore>,
    /// A single permit, passed on in the order of the queue, so that facts are sent in the order of
    /// their publication.
    turn: Arc<Semaphore>,
    /// How each topic's publications fail now.
    failing: Mutex<BTreeMap<String, &'static str>>,
    aborted: AtomicU64,
    used: AtomicBool,
}

/// Capacity reserved for a fact in the outbox, until dropped.
#[derive(Debug)]
pub(super) struct Room {
    _bytes: OwnedSemaphorePermit,
    _under_way: TaskTrackerToken,
}

type Permit = Option<OwnedSemaphorePermit>;

/// A position in the outbox's queue. It resolves when it is first. Dropping it leaves the queue and
/// keeps the order of the others.
pub(super) struct Turn(Pin<Box<dyn Future<Output = Permit> + Send>>);

impl Future for Turn {
    type Output = Permit;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit> {
        self.0.poll_unpin(cx)
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turn")
    }
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            tallies: OutgoingCallMetrics::with_outcomes(&PublishError::OUTCOMES),
            under_way: TaskTracker::new(),
            bytes: Arc::new(Semaphore::new(MAX_BYTES)),
            turn: Arc::new(Semaphore::new(1)),
            failing: Mutex::default(),
            aborted: AtomicU64::new(0),
            used: AtomicBool::new(false),
        }
    }

    /// How many publications' tasks ended abnormally: upstream's `failed_publishes`, which counts no other failure.
    pub(crate) fn aborted(&self) -> u64 {
        self.aborted.load(Ordering::Relaxed)
    }

    /// How many facts are on their way.
    pub(crate) fn len(&self) -> usize {
        self.under_way.len()
    }

    /// Returns whether any fact was ever queued.
    pub(crate) fn was_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    /// Waits until none is.
    pub(crate) async fn idle(&self) {
        self.under_way.close();
        self.under_way.wait().await;
        // What is published after is sent as well.
        self.under_way.reopen();
    }

    /// Reserves capacity for a fact of `bytes` bytes.
    pub(super) fn room(&self, bytes: u64) -> Result<Room, PublishError> {
        if self.under_way.len() >= MAX_UNDER_WAY {
            return Err(PublishError::TooMany(MAX_UNDER_WAY));
        }
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.bytes).try_acquire_many_owned(permits);
        let bytes = room.map_err(|_| {
            PublishError::TooManyBytes((MAX_BYTES - self.bytes.available_permits()) as u64)
        })?;
        self.used.store(true, Ordering::Relaxed);
        Ok(Room {
            _bytes: bytes,
            _under_way: self.under_way.token(),
        })
    }

    /// Joins the end of the queue.
    pub(super) fn queue(&self) -> Turn {
        let turn = Arc::clone(&self.turn).acquire_owned();
        // The semaphore is never closed.
        let mut turn = turn.map(Result::ok).boxed();
        // A waiter joins the queue at its first poll.
        match (&mut turn).now_or_never() {
            Some(first) => Turn(std::future::ready(first).boxed()),
            None => Turn(turn),
        }
    }

    /// Counts how a publication ended that never got a task.
    pub(super) fn refused(&self, topic: &str, error: &PublishError, at: &Location<'_>) {
        let tally = self.tallies.of(topic);
        tally.start(&tracing::Span::none()).end(error.word());
        self.tell(topic, Err(error), at);
    }

    /// Logs how a publication, made `at` this place of the service's code, ended, if the topic's
    /// publications have ended otherwise before.
    pub(super) fn tell(&self, topic: &str, ended: Result<(), &PublishError>, at: &Location<'_>) {
        if let Err(PublishError::Aborted) = ended {
            self.aborted.fetch_add(1, Ordering::Relaxed);
        }
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let full = failing.len() >= TOLD_APART && !failing.contains_key(topic);
        let key = if full { "" } else { topic };
        match ended {
            Ok(()) => {
                if failing.remove(key).is_some() {
                    tracing::info!(topic, "facts are published again");
                }
            }
            Err(error) => {
                if failing.insert(key.to_owned(), error.word()) != Some(error.word()) {
                    tracing::warn!(topic, %at, "a fact was {error}");
                }
            }
        }
    }
}
