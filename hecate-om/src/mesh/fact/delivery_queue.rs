//! Bounded queue of the facts that wait for a handler. Dropped facts are replaced by a gap.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

use super::{MAX_QUEUED_BYTES, MAX_QUEUED_FACTS};
use crate::codec::{self, Payload};
use crate::subscription::{Delivery, FactMetadata};
use crate::sync::{Mutex, MutexGuard};

/// Delivery with its metadata.
pub(super) type Item = (Delivery<Payload>, FactMetadata);

/// Queue of one subscription.
#[derive(Debug)]
pub(super) struct DeliveryQueue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: u64,
    /// Facts that were dropped after the last waiting item.
    dropped: Option<Dropped>,
    closed: bool,
}

#[derive(Debug)]
struct Waiting {
    item: Item,
    bytes: u64,
    since: Instant,
}

#[derive(Debug)]
struct Dropped {
    from: SystemTime,
    to: SystemTime,
    facts: u64,
    metadata: FactMetadata,
}

impl Dropped {
    fn into_gap(self) -> Item {
        let reason = match self.facts {
            0 => "the subscription was interrupted while the queue was full".to_owned(),
            facts => {
                format!("{facts} facts were dropped: they arrived faster than they were handled")
            }
        };
        let gap = Delivery::Gap {
            from: self.from,
            to: self.to,
            reason,
        };
        (gap, self.metadata)
    }
}

impl DeliveryQueue {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a delivery. Returns whether there was room; otherwise, a gap replaces the delivery.
    pub(super) fn push(&self, delivery: Delivery<Payload>, metadata: FactMetadata) -> bool {
        let bytes = match &delivery {
            Delivery::Fact(payload) => codec::encoded_len(payload),
            Delivery::Interrupted { .. } | Delivery::Gap { .. } => 0,
        };
        let mut state = self.lock();
        let fits = state.waiting.len() < MAX_QUEUED_FACTS
            && (state.bytes + bytes <= MAX_QUEUED_BYTES as u64 || state.waiting.is_empty());
        if fits {
            if let Some(dropped) = state.dropped.take() {
                state.add(dropped.into_gap(), 0);
            }
            state.add((delivery, metadata), bytes);
        } else {
            let facts = u64::from(matches!(delivery, Delivery::Fact(_)));
            let from = match delivery {
                Delivery::Interrupted { since, .. } => since,
                Delivery::Gap { from, .. } => from,
                Delivery::Fact(_) => SystemTime::now(),
            };
            state.drop_facts(from, facts, metadata);
        }
        drop(state);
        self.changed.notify_one();
        fits
    }

    /// Waits for an item, and removes the first one. Returns `None` once the queue is closed and
    /// empty.
    pub(super) async fn pop(&self) -> Option<Item> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.lock();
                if let Some(item) = state.next() {
                    if !state.waiting.is_empty() || state.dropped.is_some() {
                        // Wakes another consumer.
                        self.changed.notify_one();
                    }
                    return Some(item);
                }
                if state.closed {
                    self.changed.notify_one();
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Closes the queue to further items.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    pub(super) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Returns the age of the oldest waiting item.
    pub(super) fn lag(&self) -> Duration {
        let state = self.lock();
        state
            .waiting
            .front()
            .map_or(Duration::ZERO, |w| w.since.elapsed())
    }
}

impl State {
    fn add(&mut self, item: Item, bytes: u64) {
        self.bytes += bytes;
        self.waiting.push_back(Waiting {
            item,
            bytes,
            since: Instant::now(),
        });
    }

    fn drop_facts(&mut self, from: SystemTime, facts: u64, metadata: FactMetadata) {
        let to = SystemTime::now();
        match &mut self.dropped {
            Some(dropped) => {
                dropped.from = dropped.from.min(from);
                dropped.to = to;
                dropped.facts += facts;
            }
            none => {
                *none = Some(Dropped {
                    from,
                    to,
                    facts,
                    metadata,
                });
            }
        }
    }

    fn next(&mut self) -> Option<Item> {
        let Some(waiting) = self.waiting.pop_front() else {
            return self.dropped.take().map(Dropped::into_gap);
        };
        self.bytes -= waiting.bytes;
        Some(waiting.item)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::capability::NodeId;

    pub(super) fn metadata() -> FactMetadata {
        FactMetadata {
            topic: "happened".into(),
            publisher: NodeId::from_bytes([1; 32]),
            published_at: SystemTime::now(),
            stamp: None,
        }
    }

    /// Drops a fact, as if the queue were full.
    pub(super) fn drop_fact(queue: &DeliveryQueue) {
        queue.lock().drop_facts(SystemTime::now(), 1, metadata());
        queue.changed.notify_one();
    }

    fn fact(n: usize) -> Delivery<Payload> {
        Delivery::Fact(codec::encode(&n).unwrap())
    }

    fn number(item: Option<Item>) -> usize {
        codec::decode(item.unwrap().0.fact().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn facts_that_do_not_fit_are_replaced_by_a_gap() {
        let queue = DeliveryQueue::new();
        for n in 0..MAX_QUEUED_FACTS {
            assert!(queue.push(fact(n), metadata()));
        }
        assert!(!queue.push(fact(9_998), metadata()));
        assert!(!queue.push(fact(9_999), metadata()));
        assert_eq!(number(queue.pop().await), 0);
        assert!(queue.push(fact(MAX_QUEUED_FACTS), metadata()));
        for n in 1..MAX_QUEUED_FACTS {
            assert_eq!(number(queue.pop().await), n);
        }
        let Delivery::Gap { reason, from, to } = queue.pop().await.unwrap().0 else {
            panic!("no gap");
        };
        assert!(reason.starts_with("2 facts were dropped"), "{reason}");
        assert!(from <= to);
        assert_eq!(number(queue.pop().await), MAX_QUEUED_FACTS);
    }

    #[tokio::test]
    async fn a_gap_is_delivered_even_if_no_fact_follows() {
        let queue = DeliveryQueue::new();
        drop_fact(&queue);
        assert!(matches!(queue.pop().await.unwrap().0, Delivery::Gap { .. }));
        assert_eq!(queue.len(), 0);
    }

    #[tokio::test]
    async fn the_queue_is_bounded_in_bytes() {
        let large = || Delivery::Fact(codec::encode(&"x".repeat(15 << 20)).unwrap());
        let queue = DeliveryQueue::new();
        for _ in 0..4 {
            assert!(queue.push(large(), metadata()));
        }
        assert!(!queue.push(large(), metadata()));
    }

    #[tokio::test]
    async fn every_consumer_sees_the_end_after_the_last_item() {
        let queue = Arc::new(DeliveryQueue::new());
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let queue = Arc::clone(&queue);
                tokio::spawn(async move {
                    let mut items = 0;
                    while queue.pop().await.is_some() {
                        items += 1;
                    }
                    items
                })
            })
            .collect();
        for n in 0..5 {
            queue.push(fact(n), metadata());
        }
        queue.close();
        let mut items = 0;
        for task in waiting {
            items += task.await.unwrap();
        }
        assert_eq!(items, 5);
    }
}

#[cfg(all(test, shuttle))]
mod interleavings {
    use std::sync::Arc;

    use shuttle::{future, thread};

    use super::tests::{drop_fact, metadata};
    use super::*;
    use crate::sync::check;

    const PRODUCERS: u64 = 2;
    const FACTS: u64 = 2;

    async fn count(queue: Arc<DeliveryQueue>) -> (u64, u64) {
        let (mut facts, mut gaps) = (0, 0);
        while let Some((delivery, _)) = queue.pop().await {
            match delivery {
                Delivery::Fact(_) => facts += 1,
                Delivery::Interrupted { .. } | Delivery::Gap { .. } => gaps += 1,
            }
        }
        (facts, gaps)
    }

    #[test]
    fn as_many_handlers_run_as_facts_wait() {
        check(|| {
            let queue = Arc::new(DeliveryQueue::new());
            let handlers = [(); 4].map(|()| {
                let queue = Arc::clone(&queue);
                future::spawn(async move { queue.pop().await.is_some() })
            });
            let producing = Arc::clone(&queue);
            let producer = thread::spawn(move || produce(&producing));
            queue.push(Delivery::Fact(codec::encode(&0).unwrap()), metadata());
            // One fact, and two facts and a gap of the producer.
            let handled = handlers.map(|handler| future::block_on(handler).unwrap());
            assert_eq!(handled, [true; 4]);
            producer.join().unwrap();
        });
    }

    fn produce(queue: &DeliveryQueue) {
        for n in 0..FACTS {
            queue.push(Delivery::Fact(codec::encode(&n).unwrap()), metadata());
        }
        drop_fact(queue);
    }

    #[test]
    fn each_fact_reaches_one_consumer_and_all_consumers_end() {
        check(|| {
            let queue = Arc::new(DeliveryQueue::new());
            let consumers = [(); 2].map(|()| future::spawn(count(Arc::clone(&queue))));
            let producers = [(); PRODUCERS as usize].map(|()| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || produce(&queue))
            });
            for producer in producers {
                producer.join().unwrap();
            }
            queue.close();
            let counts = consumers.map(|consumer| future::block_on(consumer).unwrap());
            let facts: u64 = counts.iter().map(|(facts, _)| facts).sum();
            let gaps: u64 = counts.iter().map(|(_, gaps)| gaps).sum();
            assert_eq!(facts, PRODUCERS * FACTS);
            assert!((1..=PRODUCERS).contains(&gaps), "{gaps} gaps");
        });
    }
}
