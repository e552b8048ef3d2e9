//! How the facts of each topic fare: read by health and metrics, never waited on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::queue::Queue;
use crate::metrics::CallMetrics;

/// How many topics are counted each by its own name; those beyond share one.
const NAMED: usize = 256;
/// The name of all others (OpenTelemetry's).
const OTHER: &str = "_OTHER";
/// How a fact ends that has come.
const OUTCOMES: [&str; 4] = ["ok", "failed", "panicked", "undecodable"];
/// How often at most one topic's facts that do not decode are logged.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Every topic's.
#[derive(Debug, Default)]
pub(super) struct AllStats(Mutex<BTreeMap<String, Arc<FactStats>>>);

impl AllStats {
    pub(super) fn of(&self, topic: &str) -> Arc<FactStats> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = if all.len() < NAMED || all.contains_key(topic) {
            topic
        } else {
            OTHER
        };
        let stats = all.entry(topic.to_owned());
        Arc::clone(stats.or_insert_with(|| Arc::new(FactStats::new(topic))))
    }

    pub(super) fn all(&self) -> Vec<Arc<FactStats>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().cloned().collect()
    }
}

/// How the facts of one topic fare, whoever listens to it.
#[derive(Debug)]
pub(crate) struct FactStats {
    pub(crate) topic: String,
    /// Those that were handled, by how that ended.
    pub(crate) tally: CallMetrics,
    pub(crate) dropped: AtomicU64,
    pub(crate) interruptions: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Those that listen, and how each stands.
    listeners: Vec<(Weak<Queue>, Standing)>,
    /// Since when all of them together stand as they do.
    since: Instant,
    undecodable_said: Option<Instant>,
}

/// Whether a station carries a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    Subscribed,
    /// And why not.
    Not(String),
}

impl State {
    /// Subscribed where every listener is; else as the first that is not. `None` where nobody listens any more.
    fn standing(&self) -> Option<&Standing> {
        let live = self
            .listeners
            .iter()
            .filter(|(queue, _)| queue.strong_count() > 0);
        let standings = live.map(|(_, standing)| standing);
        // Of equals the first is taken, and `false` comes before `true`.
        standings.min_by_key(|standing| **standing == Standing::Subscribed)
    }

    /// Changes the listeners; whether they stand otherwise together then.
    fn change(&mut self, change: impl FnOnce(&mut Vec<(Weak<Queue>, Standing)>)) -> bool {
        let before = self.standing().cloned();
        change(&mut self.listeners);
        let news = before.as_ref() != self.standing();
        if news {
            self.since = Instant::now();
        }
        news
    }
}

impl FactStats {
    fn new(topic: &str) -> Self {
        Self {
            topic: topic.to_owned(),
            tally: CallMetrics::new(&OUTCOMES),
            dropped: AtomicU64::new(0),
            interruptions: AtomicU64::new(0),
            state: Mutex::new(State {
                listeners: Vec::new(),
                since: Instant::now(),
                undecodable_said: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more listens, whom no station carries yet.
    pub(super) fn listens(&self, queue: &Arc<Queue>) {
        let new = (
            Arc::downgrade(queue),
            Standing::Not("no station carries it yet".into()),
        );
        self.state().change(|listeners| {
            listeners.retain(|(queue, _)| queue.strong_count() > 0);
            listeners.push(new);
        });
    }

    /// How one of the listeners stands from now on; whether all of them together stand otherwise than before.
    pub(super) fn stands(&self, queue: &Arc<Queue>, standing: Standing) -> bool {
        self.state().change(|listeners| {
            let own = listeners
                .iter_mut()
                .find(|(of, _)| of.as_ptr() == Arc::as_ptr(queue));
            if let Some((_, own)) = own {
                *own = standing;
            }
        })
    }

    /// Whether all that listen are carried, or why one is not, and for how long it has been so; `None` where nobody
    /// listens any more.
    pub(crate) fn standing(&self) -> Option<(Standing, Duration)> {
        let state = self.state();
        let standing = state.standing()?.clone();
        Some((standing, state.since.elapsed()))
    }

    /// How many facts wait to be handled, and how long the oldest has.
    pub(crate) fn waiting(&self) -> (usize, Duration) {
        let queues: Vec<_> = self
            .state()
            .listeners
            .iter()
            .filter_map(|(queue, _)| queue.upgrade())
            .collect();
        let waiting = queues.iter().map(|queue| queue.len()).sum();
        let lag = queues.iter().map(|queue| queue.lag()).max();
        (waiting, lag.unwrap_or_default())
    }

    pub(super) fn drop_one(&self, facts: u64) {
        self.dropped.fetch_add(facts, Ordering::Relaxed);
    }

    /// Says that a fact did not decode, unless that was said not long ago: whoever publishes must not fill the log.
    pub(crate) fn undecodable(&self, publisher: crate::capability::NodeId, why: &str) {
        let mut state = self.state();
        if state
            .undecodable_said
            .is_some_and(|at| at.elapsed() < SAID_EVERY)
        {
            return;
        }
        state.undecodable_said = Some(Instant::now());
        drop(state);
        tracing::warn!(
            topic = self.topic,
            %publisher,
            "a fact did not decode and was left out; others within {SAID_EVERY:?} are only counted: {why}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_topics_have_names_and_the_others_share_one() {
        let all = AllStats::default();
        for n in 0..1_000 {
            all.of(&format!("happened_{n}"));
        }
        assert_eq!(all.all().len(), NAMED + 1);
        assert_eq!(all.of("happened_999").topic, OTHER);
        assert!(Arc::ptr_eq(&all.of("happened_0"), &all.of("happened_0")));
    }

    #[test]
    fn a_topic_is_subscribed_while_a_station_carries_all_that_listen() {
        let stats = FactStats::new("happened");
        let standing = || stats.standing().map(|(standing, _)| standing);
        assert_eq!(standing(), None);
        let (first, second) = (Arc::new(Queue::new()), Arc::new(Queue::new()));
        stats.listens(&first);
        let not_yet = standing();
        assert!(matches!(not_yet, Some(Standing::Not(_))), "{not_yet:?}");
        assert!(stats.stands(&first, Standing::Subscribed));
        assert!(!stats.stands(&first, Standing::Subscribed));
        assert_eq!(standing(), Some(Standing::Subscribed));

        stats.listens(&second);
        assert_eq!(standing(), not_yet, "the second is not carried yet");
        assert!(stats.stands(&second, Standing::Subscribed));
        assert_eq!(standing(), Some(Standing::Subscribed));
        let lost = Standing::Not("the link is gone".into());
        assert!(stats.stands(&first, lost.clone()));
        assert!(!stats.stands(&second, lost.clone()), "that is known");
        drop(first);
        assert_eq!(standing(), Some(lost));
        drop(second);
        assert_eq!(standing(), None);
    }
}
