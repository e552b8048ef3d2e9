//! Concurrency limit of a capability, with a bounded first-in, first-out queue.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::capability::Refusal;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Upper bound of the default queue length. The default is `concurrency`.
///
/// With as many queued calls as running calls, a queued call waits about as long as one call takes.
/// A longer queue would not increase throughput, only latency. The bound limits the memory used by
/// queued payloads.
pub(super) const MAX_DEFAULT_QUEUE: u32 = 1024;

/// Assumed duration of a call until the first call has ended.
const INITIAL_ESTIMATE: Duration = Duration::from_millis(200);
/// Shortest `retry_after` of a `busy` refusal.
const MIN_RETRY_AFTER: Duration = Duration::from_millis(10);

/// Concurrency limiter of one capability.
#[derive(Debug)]
pub(super) struct ConcurrencyLimiter {
    permits: Semaphore,
    concurrency: u32,
    queue: u32,
    queued: AtomicUsize,
    call_duration: Ewma,
    /// Timeout of the handler, which is the upper bound of `retry_after`.
    timeout: Duration,
}

/// Permit of a running call.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    call_duration: &'a Ewma,
    acquired: Instant,
    ended: Option<Instant>,
    _permit: SemaphorePermit<'a>,
}

/// Position of a call in the queue, released when dropped.
struct QueueSlot<'a>(&'a AtomicUsize);

impl Drop for QueueSlot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ConcurrencyLimiter {
    pub(super) fn new(concurrency: u32, queue: u32, timeout: Duration) -> Self {
        Self {
            permits: Semaphore::new(concurrency as usize),
            concurrency,
            queue,
            queued: AtomicUsize::new(0),
            call_duration: Ewma::default(),
            timeout,
        }
    }

    /// Waits at most `timeout` from `now` for a permit. Refuses the call with `busy` after that
    /// time, or at once if the queue is full. The handler of a refused call has not run.
    pub(super) async fn acquire(
        &self,
        now: Instant,
        timeout: Duration,
    ) -> Result<Permit<'_>, Refusal> {
        if let Ok(permit) = self.permits.try_acquire() {
            return Ok(self.permit(permit, now));
        }
        let Some(slot) = self.enqueue() else {
            return Err(self.busy(format!(
                "{} calls are running and {} are waiting",
                self.concurrency, self.queue
            )));
        };
        let permit = tokio::time::timeout(timeout, self.permits.acquire()).await;
        drop(slot);
        match permit {
            Ok(Ok(permit)) => Ok(self.permit(permit, Instant::now())),
            // Only a timeout is possible here, because the semaphore is never closed.
            _ => Err(self.busy(
                "the call was not run, because no permit was available before its deadline".into(),
            )),
        }
    }

    fn enqueue(&self) -> Option<QueueSlot<'_>> {
        let room = |n: usize| (n < self.queue as usize).then_some(n + 1);
        let entered = self
            .queued
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room);
        entered.is_ok().then(|| QueueSlot(&self.queued))
    }

    fn permit<'a>(&'a self, permit: SemaphorePermit<'a>, acquired: Instant) -> Permit<'a> {
        Permit {
            call_duration: &self.call_duration,
            acquired,
            ended: None,
            _permit: permit,
        }
    }

    /// Refuses with the estimated time until the running and queued calls will have ended, based on
    /// the duration of recent calls.
    fn busy(&self, text: String) -> Refusal {
        let ahead = self.concurrency as f64 + self.queued() as f64;
        let turns = ahead / f64::from(self.concurrency.max(1));
        let mean = self.call_duration.get().unwrap_or(INITIAL_ESTIMATE);
        let longest = self.timeout.max(MIN_RETRY_AFTER);
        let wait = Duration::try_from_secs_f64(mean.as_secs_f64() * turns).unwrap_or(longest);
        Refusal::new("busy", text).with_retry_after(wait.clamp(MIN_RETRY_AFTER, longest))
    }

    /// Returns the number of running calls.
    pub(super) fn running(&self) -> usize {
        (self.concurrency as usize).saturating_sub(self.permits.available_permits())
    }

    /// Returns the number of queued calls.
    pub(super) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }
}

impl Permit<'_> {
    /// Returns the time at which the permit was acquired.
    pub(crate) const fn acquired(&self) -> Instant {
        self.acquired
    }

    /// Releases the permit, and returns the time.
    pub(crate) fn end(mut self) -> Instant {
        let now = Instant::now();
        self.ended = Some(now);
        now
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let ended = self.ended.unwrap_or_else(Instant::now);
        self.call_duration.add(ended - self.acquired);
    }
}

/// Exponentially weighted moving average with a weight of 1/8. Concurrent updates may lose a value,
/// which an estimate tolerates, and which avoids a lock.
#[derive(Debug, Default)]
struct Ewma(AtomicU64);

impl Ewma {
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

    fn limiter(concurrency: u32, queue: u32) -> ConcurrencyLimiter {
        ConcurrencyLimiter::new(concurrency, queue, Duration::from_secs(30))
    }

    #[tokio::test]
    async fn calls_above_the_concurrency_are_queued_in_order_and_above_the_queue_refused_at_once() {
        let limiter = limiter(1, 2);
        let first = limiter.acquire(Instant::now(), LONG).await.unwrap();
        let (order, mut came) = tokio::sync::mpsc::unbounded_channel();
        let waits = async |n: u32| {
            let permit = limiter.acquire(Instant::now(), LONG).await.unwrap();
            order.send(n).unwrap();
            drop(permit);
        };
        let refused = async {
            while limiter.queued() < 2 {
                tokio::task::yield_now().await;
            }
            let refusal = limiter.acquire(Instant::now(), LONG).await.unwrap_err();
            assert_eq!(
                refusal.to_detail(),
                "busy; retry_after_ms=600: 1 calls are running and 2 are waiting",
                "three calls ahead of it, each of the assumed duration"
            );
            assert_eq!((limiter.running(), limiter.queued()), (1, 2));
            drop(first);
        };
        tokio::join!(waits(1), waits(2), refused);
        assert_eq!((came.recv().await, came.recv().await), (Some(1), Some(2)));
        assert_eq!((limiter.running(), limiter.queued()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_waits_past_its_deadline_leaves_the_queue() {
        let limiter = limiter(1, 1);
        let first = limiter.acquire(Instant::now(), LONG).await.unwrap();
        let refusal = limiter
            .acquire(Instant::now(), Duration::from_secs(2))
            .await
            .unwrap_err();
        assert_eq!(refusal.code(), "busy");
        assert!(refusal.retryable());
        assert_eq!(limiter.queued(), 0);
        drop(first);
        limiter.acquire(Instant::now(), LONG).await.unwrap();
    }

    #[tokio::test]
    async fn a_cancelled_call_leaves_the_queue() {
        let limiter = limiter(1, 1);
        let _first = limiter.acquire(Instant::now(), LONG).await.unwrap();
        {
            let mut second = std::pin::pin!(limiter.acquire(Instant::now(), LONG));
            assert!(futures_util::poll!(&mut second).is_pending());
            assert_eq!(limiter.queued(), 1);
        }
        assert_eq!(limiter.queued(), 0);
    }

    #[tokio::test]
    async fn without_a_queue_a_call_is_refused_at_once() {
        let limiter = limiter(1, 0);
        let _first = limiter.acquire(Instant::now(), LONG).await.unwrap();
        let refusal = limiter.acquire(Instant::now(), LONG).await.unwrap_err();
        assert_eq!(refusal.retry_after(), Some(INITIAL_ESTIMATE));
    }

    #[tokio::test]
    async fn a_call_that_ended_counts_as_a_recent_call() {
        let limiter = limiter(1, 0);
        drop(limiter.acquire(Instant::now(), LONG).await.unwrap());
        let _second = limiter.acquire(Instant::now(), LONG).await.unwrap();
        let refusal = limiter.acquire(Instant::now(), LONG).await.unwrap_err();
        assert_ne!(refusal.retry_after(), Some(INITIAL_ESTIMATE));
    }

    #[test]
    fn retry_after_follows_the_duration_of_recent_calls_up_to_the_timeout() {
        let limiter = limiter(2, 4);
        let retry_after = || limiter.busy(String::new()).retry_after().unwrap();
        for _ in 0..100 {
            limiter.call_duration.add(Duration::from_secs(1));
        }
        assert_eq!(retry_after().as_millis(), 1_000);
        limiter.queued.store(4, Ordering::Relaxed);
        assert_eq!(
            retry_after().as_millis(),
            3_000,
            "two rounds of calls ahead of it, and its own"
        );
        for _ in 0..100 {
            limiter.call_duration.add(Duration::from_secs(29));
        }
        assert_eq!(retry_after(), Duration::from_secs(30));
        for _ in 0..300 {
            limiter.call_duration.add(Duration::ZERO);
        }
        assert_eq!(retry_after(), MIN_RETRY_AFTER);
    }
}

#[cfg(all(test, shuttle))]
mod interleavings {
    use std::sync::Arc;

    use shuttle::future;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::sync::check;

    const LONG: Duration = Duration::from_secs(60);

    /// Makes a call. Returns whether the call ran.
    async fn call(limiter: Arc<ConcurrencyLimiter>, running: Arc<AtomicUsize>) -> bool {
        let Ok(_permit) = limiter.acquire(Instant::now(), LONG).await else {
            return false;
        };
        assert_eq!(running.fetch_add(1, Ordering::Relaxed), 0);
        assert!(limiter.running() <= 1 && limiter.queued() <= limiter.queue as usize);
        running.fetch_sub(1, Ordering::Relaxed);
        true
    }

    #[test]
    fn one_call_runs_one_is_queued_and_others_are_refused() {
        check(|| {
            let limiter = Arc::new(ConcurrencyLimiter::new(1, 1, LONG));
            let running = Arc::new(AtomicUsize::new(0));
            let calls =
                [(); 4].map(|()| future::spawn(call(Arc::clone(&limiter), Arc::clone(&running))));
            let ran = calls.map(|call| future::block_on(call).unwrap());
            assert!(ran.iter().filter(|ran| **ran).count() >= 2, "{ran:?}");
            assert_eq!((limiter.running(), limiter.queued()), (0, 0));
        });
    }

    #[test]
    fn a_call_that_is_cancelled_leaves_its_place_to_others() {
        check(|| {
            let limiter = Arc::new(ConcurrencyLimiter::new(1, 2, LONG));
            let running = Arc::new(AtomicUsize::new(0));
            let cancellation = CancellationToken::new();
            let (cancelled, shared) = (cancellation.clone(), Arc::clone(&limiter));
            let cancelled = future::spawn(async move {
                tokio::select! {
                    permit = shared.acquire(Instant::now(), LONG) => drop(permit),
                    () = cancelled.cancelled() => {}
                }
            });
            let calls =
                [(); 2].map(|()| future::spawn(call(Arc::clone(&limiter), Arc::clone(&running))));
            cancellation.cancel();
            future::block_on(cancelled).unwrap();
            assert_eq!(calls.map(|call| future::block_on(call).unwrap()), [true; 2]);
            assert_eq!((limiter.running(), limiter.queued()), (0, 0));
        });
    }
}
