//! Failed deliveries of one subscription that wait for their next attempt, beside the queue of the
//! new ones.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::{FactStats, MAX_QUEUED_BYTES, MAX_QUEUED_FACTS};
use crate::clock::Clock;
use crate::codec::{self, Payload};
use crate::dead_letter::{Attempts, ReplayError};
use crate::handler::{FailedRun, GiveUp};
use crate::subscription::{Delivery, FactMetadata};

/// A delivery to handle, for the first time or again.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) delivery: Delivery<Payload>,
    pub(super) metadata: FactMetadata,
    /// Earlier attempts, and the last failure.
    pub(super) so_far: Option<(Attempts, FailedRun)>,
    /// Receiver of the outcome, if this is the replay of a dead letter.
    pub(super) replay: Option<oneshot::Sender<Result<(), ReplayError>>>,
}

/// Queue of the attempts that wait for their time.
#[derive(Debug)]
pub(super) struct RetryQueue {
    state: Mutex<State>,
    changed: Notify,
    stats: Arc<FactStats>,
}

#[derive(Debug, Default)]
struct State {
    /// By the due time, and in order of their arrival.
    waiting: BTreeMap<(Instant, u64), (Attempt, u64)>,
    next: u64,
    bytes: u64,
    closed: bool,
}

impl RetryQueue {
    pub(super) fn new(stats: Arc<FactStats>) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            stats,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an attempt that is due at `due`.
    ///
    /// # Errors
    ///
    /// The attempt, and the reason, if there is no room or the subscription has ended.
    pub(super) fn push(
        &self,
        due: Instant,
        attempt: Attempt,
    ) -> Result<(), Box<(Attempt, GiveUp)>> {
        let bytes = match &attempt.delivery {
            Delivery::Fact(payload) => codec::encoded_len(payload),
            Delivery::Interrupted { .. } | Delivery::Gap { .. } => 0,
        };
        let mut state = self.lock();
        if state.closed {
            return Err(Box::new((attempt, GiveUp::Shutdown)));
        }
        let fits = state.waiting.len() < MAX_QUEUED_FACTS
            && (state.bytes + bytes <= MAX_QUEUED_BYTES as u64 || state.waiting.is_empty());
        if !fits {
            return Err(Box::new((attempt, GiveUp::TooManyWaiting)));
        }
        let number = state.next;
        state.next += 1;
        state.bytes += bytes;
        state.waiting.insert((due, number), (attempt, bytes));
        self.record_waiting(&state);
        drop(state);
        // Each worker waits for the attempt that was first.
        self.changed.notify_waiters();
        Ok(())
    }

    /// Waits until an attempt is due, and removes it.
    pub(super) async fn due(&self, clock: &Clock) -> Attempt {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Otherwise a change before the first poll would be missed.
            changed.as_mut().enable();
            let first = {
                let mut state = self.lock();
                let first = state.waiting.first_key_value().map(|(key, _)| *key);
                match first {
                    Some(key) if key.0 <= clock.now() => {
                        if let Some((attempt, bytes)) = state.waiting.remove(&key) {
                            state.bytes -= bytes;
                            self.record_waiting(&state);
                            return attempt;
                        }
                        continue;
                    }
                    first => first.map(|(due, _)| due),
                }
            };
            match first {
                Some(due) => {
                    let wait = due.saturating_duration_since(clock.now());
                    tokio::select! {
                        () = clock.sleep(wait) => {}
                        () = changed => {}
                    }
                }
                None => changed.await,
            }
        }
    }

    /// Refuses further attempts, and returns those that wait.
    pub(super) fn close(&self) -> Vec<Attempt> {
        let mut state = self.lock();
        state.closed = true;
        state.bytes = 0;
        let waiting = std::mem::take(&mut state.waiting);
        self.record_waiting(&state);
        waiting.into_values().map(|(attempt, _)| attempt).collect()
    }

    fn record_waiting(&self, state: &State) {
        let waiting = state.waiting.len() as u64;
        self.stats.retries_waiting.store(waiting, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::capability::NodeId;
    use crate::mesh::fact::stats::StatsTable;

    const MINUTE: Duration = Duration::from_secs(60);

    fn queue() -> RetryQueue {
        RetryQueue::new(StatsTable::default().entry("happened"))
    }

    fn attempt(n: u64) -> Attempt {
        Attempt {
            delivery: Delivery::Fact(codec::encode(&n).unwrap()),
            metadata: FactMetadata {
                topic: "happened".into(),
                publisher: NodeId::from_bytes([1; 32]),
                published_at: SystemTime::now(),
                stamp: None,
            },
            so_far: None,
            replay: None,
        }
    }

    fn number(attempt: Attempt) -> u64 {
        codec::decode(attempt.delivery.fact().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn attempts_are_due_in_the_order_of_their_times() {
        let (clock, controller) = Clock::settable();
        let queue = Arc::new(queue());
        let now = clock.now();
        queue.push(now + 2 * MINUTE, attempt(2)).unwrap();
        let (waiting, own_clock) = (Arc::clone(&queue), clock.clone());
        let due = tokio::spawn(async move { number(waiting.due(&own_clock).await) });
        tokio::task::yield_now().await;
        // Earlier than the one that is waited for.
        queue.push(now + MINUTE, attempt(1)).unwrap();
        assert_eq!(queue.stats.retries_waiting.load(Ordering::Relaxed), 2);
        controller.advance(MINUTE);
        assert_eq!(due.await.unwrap(), 1);
        controller.advance(MINUTE);
        assert_eq!(number(queue.due(&clock).await), 2);
        assert_eq!(queue.stats.retries_waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn attempts_beyond_the_bound_and_after_the_end_are_refused() {
        let (queue, clock) = (queue(), Clock::default());
        for n in 0..MAX_QUEUED_FACTS as u64 {
            queue.push(clock.now() + MINUTE, attempt(n)).unwrap();
        }
        let refused = queue.push(clock.now(), attempt(9_999)).unwrap_err();
        assert_eq!(refused.1, GiveUp::TooManyWaiting);
        assert_eq!(number(refused.0), 9_999);
        assert_eq!(queue.close().len(), MAX_QUEUED_FACTS);
        let refused = queue.push(clock.now(), attempt(1)).unwrap_err();
        assert_eq!(refused.1, GiveUp::Shutdown);
    }
}
