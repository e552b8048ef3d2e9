//! What came and waits to be handled: bounded, and what it has no room for is told of in its place.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

use crate::codec::{self, Payload};
use crate::subscription::{Delivery, FactMetadata};

/// How many may wait.
const CAPACITY: usize = 1_024;
/// How many bytes of them, on the wire; one fact always fits.
const CAPACITY_BYTES: u64 = 64 * 1024 * 1024;

/// What came, in order.
pub(crate) type Item = (Delivery<Payload>, FactMetadata);

/// The queue of one subscription.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: u64,
    /// What there was no room for since the last that waits.
    lost: Option<Lost>,
    closed: bool,
}

#[derive(Debug)]
struct Waiting {
    item: Item,
    bytes: u64,
    since: Instant,
}

#[derive(Debug)]
struct Lost {
    from: SystemTime,
    to: SystemTime,
    facts: u64,
    event: FactMetadata,
}

impl Lost {
    fn into_gap(self) -> Item {
        let reason = match self.facts {
            0 => "it was interrupted while too much waited to be handled".to_owned(),
            facts => format!("{facts} facts were dropped: they came faster than they were handled"),
        };
        let gap = Delivery::Gap {
            from: self.from,
            to: self.to,
            reason,
        };
        (gap, self.event)
    }
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what came; whether there was room for it.
    pub(super) fn push(&self, heard: Delivery<Payload>, event: FactMetadata) -> bool {
        let bytes = match &heard {
            Delivery::Fact(payload) => codec::encoded_len(payload),
            Delivery::Interrupted { .. } | Delivery::Gap { .. } => 0,
        };
        let mut state = self.lock();
        let fits = state.waiting.len() < CAPACITY
            && (state.bytes + bytes <= CAPACITY_BYTES || state.waiting.is_empty());
        if fits {
            if let Some(lost) = state.lost.take() {
                state.add(lost.into_gap(), 0);
            }
            state.add((heard, event), bytes);
        } else {
            let facts = u64::from(matches!(heard, Delivery::Fact(_)));
            let from = match heard {
                Delivery::Interrupted { since, .. } => since,
                Delivery::Gap { from, .. } => from,
                Delivery::Fact(_) => SystemTime::now(),
            };
            state.lose(from, facts, event);
        }
        drop(state);
        self.changed.notify_one();
        fits
    }

    /// Notes that `facts` were dropped before they came here.
    pub(super) fn dropped(&self, facts: u64, event: FactMetadata) {
        self.lock().lose(SystemTime::now(), facts, event);
        self.changed.notify_one();
    }

    /// The next; `None` once it is closed and empty.
    pub(crate) async fn pop(&self) -> Option<Item> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.lock();
                if let Some(item) = state.take() {
                    if !state.waiting.is_empty() || state.lost.is_some() {
                        // Another that waits may take it.
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

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// How long the oldest has waited.
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

    fn lose(&mut self, from: SystemTime, facts: u64, event: FactMetadata) {
        let to = SystemTime::now();
        match &mut self.lost {
            Some(lost) => {
                lost.from = lost.from.min(from);
                lost.to = to;
                lost.facts += facts;
            }
            none => {
                *none = Some(Lost {
                    from,
                    to,
                    facts,
                    event,
                });
            }
        }
    }

    fn take(&mut self) -> Option<Item> {
        let Some(waiting) = self.waiting.pop_front() else {
            return self.lost.take().map(Lost::into_gap);
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

    fn event() -> FactMetadata {
        FactMetadata {
            topic: "happened".into(),
            publisher: NodeId::from_bytes([1; 32]),
            published_at: SystemTime::now(),
            seal_key: None,
        }
    }

    fn fact(n: usize) -> Delivery<Payload> {
        Delivery::Fact(codec::encode(&n).unwrap())
    }

    fn number(item: Option<Item>) -> usize {
        codec::decode(item.unwrap().0.fact().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn what_there_is_no_room_for_is_a_gap_in_its_place() {
        let queue = Queue::new();
        for n in 0..CAPACITY {
            assert!(queue.push(fact(n), event()));
        }
        assert!(!queue.push(fact(9_998), event()));
        assert!(!queue.push(fact(9_999), event()));
        assert_eq!(number(queue.pop().await), 0);
        assert!(queue.push(fact(CAPACITY), event()));
        for n in 1..CAPACITY {
            assert_eq!(number(queue.pop().await), n);
        }
        let Delivery::Gap { reason, from, to } = queue.pop().await.unwrap().0 else {
            panic!("no gap");
        };
        assert!(reason.starts_with("2 facts were dropped"), "{reason}");
        assert!(from <= to);
        assert_eq!(number(queue.pop().await), CAPACITY);
    }

    #[tokio::test]
    async fn a_gap_is_told_of_though_no_fact_follows_it() {
        let queue = Queue::new();
        queue.dropped(3, event());
        assert!(matches!(queue.pop().await.unwrap().0, Delivery::Gap { .. }));
        assert_eq!(queue.len(), 0);
    }

    #[tokio::test]
    async fn a_large_fact_fits_alone() {
        let large = || Delivery::Fact(codec::encode(&"x".repeat(15 << 20)).unwrap());
        let queue = Queue::new();
        for _ in 0..4 {
            assert!(queue.push(large(), event()));
        }
        assert!(!queue.push(large(), event()));
    }

    #[tokio::test]
    async fn everyone_who_waits_hears_the_end_once_what_waits_is_taken() {
        let queue = Arc::new(Queue::new());
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let queue = Arc::clone(&queue);
                tokio::spawn(async move {
                    let mut taken = 0;
                    while queue.pop().await.is_some() {
                        taken += 1;
                    }
                    taken
                })
            })
            .collect();
        for n in 0..5 {
            queue.push(fact(n), event());
        }
        queue.close();
        let mut taken = 0;
        for task in waiting {
            taken += task.await.unwrap();
        }
        assert_eq!(taken, 5);
    }
}
