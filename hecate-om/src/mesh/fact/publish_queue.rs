//! Ordered and bounded queue of the facts to publish. Counts outcomes, and logs changes of outcome.

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

use super::{MAX_QUEUED_BYTES, MAX_QUEUED_FACTS, PublishError};
use crate::mesh::call::OutgoingCallMetrics;

/// Maximum number of topics whose failures are logged separately.
const MAX_LOGGED_TOPICS: usize = 64;

/// Facts to publish. Each fact stays until a link accepts it or its publication fails.
#[derive(Debug)]
pub(crate) struct PublishQueue {
    /// Outcomes of publications, by topic.
    pub(crate) metrics: OutgoingCallMetrics,
    pending: TaskTracker,
    /// Permits for as many further facts as there is room for.
    facts: Arc<Semaphore>,
    /// Permits for as many further bytes as there is room for.
    bytes: Arc<Semaphore>,
    /// Single permit, passed from fact to fact, so that facts are sent in the order of publication.
    sending: Arc<Semaphore>,
    /// Label of the last failure of each failing topic.
    failing: Mutex<BTreeMap<String, &'static str>>,
    aborted: AtomicU64,
    used: AtomicBool,
}

/// Capacity reserved for one fact, until dropped.
#[derive(Debug)]
pub(super) struct Reservation {
    _fact: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
    _pending: TaskTrackerToken,
}

type Permit = Option<OwnedSemaphorePermit>;

/// Position of a fact in the queue. The future resolves when the fact is first. Dropping the
/// position removes the fact without changing the order of the others.
pub(super) struct QueuePosition(Pin<Box<dyn Future<Output = Permit> + Send>>);

impl Future for QueuePosition {
    type Output = Permit;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit> {
        self.0.poll_unpin(cx)
    }
}

impl fmt::Debug for QueuePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueuePosition")
    }
}

impl PublishQueue {
    pub(super) fn new() -> Self {
        Self {
            metrics: OutgoingCallMetrics::with_outcomes(&PublishError::OUTCOMES),
            pending: TaskTracker::new(),
            facts: Arc::new(Semaphore::new(MAX_QUEUED_FACTS)),
            bytes: Arc::new(Semaphore::new(MAX_QUEUED_BYTES)),
            sending: Arc::new(Semaphore::new(1)),
            failing: Mutex::default(),
            aborted: AtomicU64::new(0),
            used: AtomicBool::new(false),
        }
    }

    /// Returns the number of publishing tasks that ended abnormally. Reported as
    /// `failed_publishes`, as in hecate-om (Erlang), which counts no other failures.
    pub(crate) fn aborted(&self) -> u64 {
        self.aborted.load(Ordering::Relaxed)
    }

    pub(crate) fn len(&self) -> usize {
        self.pending.len()
    }

    /// Returns whether any fact was ever queued.
    pub(crate) fn was_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    /// Waits until the queue is empty.
    pub(crate) async fn idle(&self) {
        self.pending.close();
        self.pending.wait().await;
        // Later facts are still sent.
        self.pending.reopen();
    }

    /// Reserves capacity for a fact of `bytes` bytes.
    pub(super) fn reserve(&self, bytes: u64) -> Result<Reservation, PublishError> {
        let fact = Arc::clone(&self.facts).try_acquire_owned();
        let fact = fact.map_err(|_| PublishError::TooMany(MAX_QUEUED_FACTS))?;
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let permits = Arc::clone(&self.bytes).try_acquire_many_owned(permits);
        let bytes = permits.map_err(|_| {
            PublishError::TooManyBytes((MAX_QUEUED_BYTES - self.bytes.available_permits()) as u64)
        })?;
        self.used.store(true, Ordering::Relaxed);
        Ok(Reservation {
            _fact: fact,
            _bytes: bytes,
            _pending: self.pending.token(),
        })
    }

    /// Joins the end of the queue.
    pub(super) fn join(&self) -> QueuePosition {
        let permit = Arc::clone(&self.sending).acquire_owned();
        // The semaphore is never closed.
        let mut permit = permit.map(Result::ok).boxed();
        // The first poll adds the waiter to the semaphore's queue.
        match (&mut permit).now_or_never() {
            Some(first) => QueuePosition(std::future::ready(first).boxed()),
            None => QueuePosition(permit),
        }
    }

    /// Counts and logs a publication that failed before its task started.
    pub(super) fn reject(&self, topic: &str, error: &PublishError, at: &Location<'_>) {
        let metrics = self.metrics.of(topic);
        metrics.start(&tracing::Span::none()).end(error.label());
        self.report(topic, Err(error), at);
    }

    /// Logs the outcome of a publication, if it differs from the topic's previous outcome. `at` is
    /// the location of the publishing call in the service's code.
    pub(super) fn report(
        &self,
        topic: &str,
        outcome: Result<(), &PublishError>,
        at: &Location<'_>,
    ) {
        if let Err(PublishError::Aborted) = outcome {
            self.aborted.fetch_add(1, Ordering::Relaxed);
        }
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = failing.len() >= MAX_LOGGED_TOPICS && !failing.contains_key(topic);
        let key = if is_full { "" } else { topic };
        match outcome {
            Ok(()) => {
                if failing.remove(key).is_some() {
                    tracing::info!(topic, "facts are published again");
                }
            }
            Err(error) => {
                if failing.insert(key.to_owned(), error.label()) != Some(error.label()) {
                    tracing::warn!(topic, %at, %error, "fact not published");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    const PUBLISHERS: usize = 4;
    const ROUNDS: usize = 500;

    #[tokio::test]
    async fn the_bytes_and_the_number_of_queued_facts_are_limited() {
        let queue = PublishQueue::new();
        assert!(!queue.was_used());
        let (first, second) = (queue.reserve(10).unwrap(), queue.reserve(20).unwrap());
        assert_eq!((queue.len(), queue.was_used()), (2, true));
        let refused = queue.reserve(MAX_QUEUED_BYTES as u64).unwrap_err();
        assert_eq!(refused, PublishError::TooManyBytes(30));
        drop((first, second));
        let all = queue.reserve(MAX_QUEUED_BYTES as u64).unwrap();
        drop(all);
        let many: Vec<_> = (0..MAX_QUEUED_FACTS).map(|_| queue.reserve(1)).collect();
        assert!(many.iter().all(Result::is_ok));
        let refused = queue.reserve(1).unwrap_err();
        assert_eq!(refused, PublishError::TooMany(MAX_QUEUED_FACTS));
    }

    #[test]
    fn the_last_room_is_given_to_one_of_the_threads_that_publish_at_once() {
        let queue = PublishQueue::new();
        let _others: Vec<_> = (1..MAX_QUEUED_FACTS).map(|_| queue.reserve(1)).collect();
        let start = Barrier::new(PUBLISHERS);
        let reserve = || {
            start.wait();
            let reserved = queue.reserve(1);
            // No room is returned before each thread has tried.
            start.wait();
            usize::from(reserved.is_ok())
        };
        for _ in 0..ROUNDS {
            let reserved: usize = thread::scope(|scope| {
                let publishers = [(); PUBLISHERS].map(|()| scope.spawn(reserve));
                publishers.into_iter().map(|p| p.join().unwrap()).sum()
            });
            assert_eq!(reserved, 1);
        }
    }

    #[tokio::test]
    async fn only_tasks_that_ended_abnormally_count_as_aborted() {
        let queue = PublishQueue::new();
        let report = |error| queue.report("happened", Err(&error), Location::caller());
        report(PublishError::TooMany(1));
        assert_eq!(queue.aborted(), 0);
        report(PublishError::Aborted);
        report(PublishError::Aborted);
        assert_eq!(queue.aborted(), 2);
    }
}
