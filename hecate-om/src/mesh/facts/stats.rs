//! How the facts of each topic fare: read by health and metrics, never waited on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::queue::Queue;
use crate::health::Tally;

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
        let topic = match all.len() < NAMED || all.contains_key(topic) {
            true => topic,
            false => OTHER,
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
    pub(crate) tally: Tally,
    pub(crate) dropped: AtomicU64,
    pub(crate) interruptions: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Those that listen.
    queues: Vec<Weak<Queue>>,
    /// Whether a station carries it, and why not; and since when that is so.
    standing: Standing,
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

impl FactStats {
    fn new(topic: &str) -> Self {
        Self {
            topic: topic.to_owned(),
            tally: Tally::new(&OUTCOMES),
            dropped: AtomicU64::new(0),
            interruptions: AtomicU64::new(0),
            state: Mutex::new(State {
                queues: Vec::new(),
                standing: Standing::Not("no station is linked yet".into()),
                since: Instant::now(),
                undecodable_said: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more listens.
    pub(super) fn listens(&self, queue: &Arc<Queue>) {
        let mut state = self.state();
        state.queues.retain(|queue| queue.strong_count() > 0);
        state.queues.push(Arc::downgrade(queue));
    }

    /// What the standing is from now on; whether it is another than before.
    pub(super) fn stands(&self, standing: Standing) -> bool {
        let mut state = self.state();
        let news = state.standing != standing;
        if news {
            state.standing = standing;
            state.since = Instant::now();
        }
        news
    }

    /// The standing, and for how long it has been so; `None` where nobody listens any more.
    pub(crate) fn standing(&self) -> Option<(Standing, Duration)> {
        let state = self.state();
        let listened = state.queues.iter().any(|queue| queue.strong_count() > 0);
        listened.then(|| (state.standing.clone(), state.since.elapsed()))
    }

    /// How many facts wait to be handled, and how long the oldest has.
    pub(crate) fn waiting(&self) -> (usize, Duration) {
        let queues: Vec<_> = self
            .state()
            .queues
            .iter()
            .filter_map(Weak::upgrade)
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
    fn a_topic_stands_as_it_was_said_last_and_for_as_long_as_someone_listens() {
        let stats = FactStats::new("happened");
        assert_eq!(stats.standing(), None);
        let queue = Arc::new(Queue::new());
        stats.listens(&queue);
        assert!(stats.stands(Standing::Subscribed));
        assert!(!stats.stands(Standing::Subscribed));
        assert_eq!(stats.standing().unwrap().0, Standing::Subscribed);
        drop(queue);
        assert_eq!(stats.standing(), None);
    }
}
