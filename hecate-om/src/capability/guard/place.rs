//! A place to run: so many calls at once, and so many that wait for a place, first come, first served.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::capability::Refusal;

/// The longest queue where the attribute does not say; a shorter one is as long as `concurrency`.
///
/// As many may wait as may run, so that who waits waits about as long as one call takes: a longer queue would serve
/// no more callers, only each of them later. The cap bounds the memory that waiting payloads take.
pub(super) const MAX_DEFAULT_QUEUE: u32 = 1024;

/// How long a handler is taken to run before one has.
const UNKNOWN: Duration = Duration::from_millis(200);
/// The soonest that a caller is asked to come back.
const SOONEST: Duration = Duration::from_millis(10);

/// The places of one capability.
#[derive(Debug)]
pub(super) struct Places {
    free: Semaphore,
    concurrency: u32,
    queue: u32,
    queued: AtomicUsize,
    took: Mean,
    /// No handler runs longer.
    timeout: Duration,
}

/// A place that a call has while it runs.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    took: &'a Mean,
    since: Instant,
    _permit: SemaphorePermit<'a>,
}

/// A call that waits, until dropped.
struct Queued<'a>(&'a AtomicUsize);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Places {
    pub(super) fn new(concurrency: u32, queue: u32, timeout: Duration) -> Self {
        Self {
            free: Semaphore::new(concurrency as usize),
            concurrency,
            queue,
            queued: AtomicUsize::new(0),
            took: Mean::default(),
            timeout,
        }
    }

    /// A place, waiting for one at most so long; or `busy`, at once where the queue is full. A call that is refused
    /// was certainly not run.
    pub(super) async fn take(&self, patience: Duration) -> Result<Place<'_>, Refusal> {
        if let Ok(permit) = self.free.try_acquire() {
            return Ok(self.taken(permit));
        }
        let Some(queued) = self.enter() else {
            return Err(self.busy(format!(
                "{} calls of it run and {} wait",
                self.concurrency, self.queue
            )));
        };
        let permit = tokio::time::timeout(patience, self.free.acquire()).await;
        drop(queued);
        match permit {
            Ok(Ok(permit)) => Ok(self.taken(permit)),
            // The semaphore is never closed: it is the time that has passed.
            _ => {
                Err(self.busy("no place came free before its deadline, and it was not run".into()))
            }
        }
    }

    fn enter(&self) -> Option<Queued<'_>> {
        let room = |n: usize| (n < self.queue as usize).then_some(n + 1);
        let entered = self
            .queued
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room);
        entered.is_ok().then(|| Queued(&self.queued))
    }

    fn taken<'a>(&'a self, permit: SemaphorePermit<'a>) -> Place<'a> {
        Place {
            took: &self.took,
            since: Instant::now(),
            _permit: permit,
        }
    }

    /// Says to come back once those who run and wait have had their turn, as long as handlers took of late.
    fn busy(&self, text: String) -> Refusal {
        let before = self.concurrency as f64 + self.queued() as f64;
        let turns = before / f64::from(self.concurrency.max(1));
        let mean = self.took.get().unwrap_or(UNKNOWN);
        let longest = self.timeout.max(SOONEST);
        let wait = Duration::try_from_secs_f64(mean.as_secs_f64() * turns).unwrap_or(longest);
        Refusal::new("busy", text).retry_after(wait.clamp(SOONEST, longest))
    }

    /// How many calls run now.
    pub(super) fn running(&self) -> usize {
        (self.concurrency as usize).saturating_sub(self.free.available_permits())
    }

    /// How many calls wait now.
    pub(super) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.took.add(self.since.elapsed());
    }
}

/// A mean that forgets: each new value counts for an eighth. Two at the same moment may lose one, which a hint can
/// bear and a lock could not pay for.
#[derive(Debug, Default)]
struct Mean(AtomicU64);

impl Mean {
    fn add(&self, value: Duration) {
        let value = u64::try_from(value.as_nanos()).unwrap_or(u64::MAX).max(1);
        let mean = match self.0.load(Ordering::Relaxed) {
            0 => value,
            mean => mean - mean / 8 + value / 8,
        };
        self.0.store(mean.max(1), Ordering::Relaxed);
    }

    fn get(&self) -> Option<Duration> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            nanos => Some(Duration::from_nanos(nanos)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn places(concurrency: u32, queue: u32) -> Places {
        Places::new(concurrency, queue, Duration::from_secs(30))
    }

    #[tokio::test]
    async fn past_the_concurrency_calls_wait_in_turn_and_past_the_queue_they_are_refused_at_once() {
        let places = places(1, 2);
        let first = places.take(LONG).await.unwrap();
        let (order, mut came) = tokio::sync::mpsc::unbounded_channel();
        let waits = async |n: u32| {
            let place = places.take(LONG).await.unwrap();
            order.send(n).unwrap();
            drop(place);
        };
        let refused = async {
            while places.queued() < 2 {
                tokio::task::yield_now().await;
            }
            let refusal = places.take(LONG).await.unwrap_err();
            assert_eq!(
                refusal.to_detail(),
                "busy; retry_after_ms=600: 1 calls of it run and 2 wait",
                "those before it are three turns of what a handler is taken to run"
            );
            assert_eq!((places.running(), places.queued()), (1, 2));
            drop(first);
        };
        tokio::join!(waits(1), waits(2), refused);
        assert_eq!((came.recv().await, came.recv().await), (Some(1), Some(2)));
        assert_eq!((places.running(), places.queued()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_waits_past_its_deadline_leaves_the_queue() {
        let places = places(1, 1);
        let first = places.take(LONG).await.unwrap();
        let refusal = places.take(Duration::from_secs(2)).await.unwrap_err();
        assert_eq!(refusal.code(), "busy");
        assert!(refusal.retryable());
        assert_eq!(places.queued(), 0);
        drop(first);
        places.take(LONG).await.unwrap();
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_leaves_the_queue() {
        let places = places(1, 1);
        let _first = places.take(LONG).await.unwrap();
        {
            let mut second = std::pin::pin!(places.take(LONG));
            assert!(futures_util::poll!(&mut second).is_pending());
            assert_eq!(places.queued(), 1);
        }
        assert_eq!(places.queued(), 0);
    }

    #[tokio::test]
    async fn without_a_queue_the_refusal_comes_at_once() {
        let places = places(1, 0);
        let _first = places.take(LONG).await.unwrap();
        let refusal = places.take(LONG).await.unwrap_err();
        assert_eq!(refusal.wait(), Some(UNKNOWN));
    }

    #[test]
    fn when_to_come_back_follows_what_handlers_took_of_late_and_stays_within_the_timeout() {
        let places = places(2, 4);
        let wait = || places.busy(String::new()).wait().unwrap();
        for _ in 0..100 {
            places.took.add(Duration::from_secs(1));
        }
        assert_eq!(wait().as_millis(), 1_000);
        places.queued.store(4, Ordering::Relaxed);
        assert_eq!(
            wait().as_millis(),
            3_000,
            "two turns before it, and its own"
        );
        for _ in 0..100 {
            places.took.add(Duration::from_secs(29));
        }
        assert_eq!(wait(), Duration::from_secs(30));
        for _ in 0..300 {
            places.took.add(Duration::ZERO);
        }
        assert_eq!(wait(), SOONEST);
    }
}
