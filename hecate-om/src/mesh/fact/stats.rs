//! Statistics of the subscriptions to each topic, for health and metrics.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::delivery_queue::DeliveryQueue;
use crate::capability::NodeId;
use crate::metrics::{CallMetrics, OTHER};

/// Maximum number of topics with separate statistics. Further topics share the entry [`OTHER`].
const MAX_TOPICS: usize = 256;
/// Outcomes of handling a fact.
const OUTCOMES: [&str; 6] = [
    "ok",
    "failed",
    "panicked",
    "timed_out",
    "undecodable",
    SCHEMA_MISMATCH,
];
/// Outcome of a fact that did not decode, and whose publisher has another schema.
pub(super) const SCHEMA_MISMATCH: &str = "schema_mismatch";
/// Shortest interval between two log lines about undecodable facts of one topic.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Statistics by topic.
#[derive(Debug, Default)]
pub(super) struct StatsTable(Mutex<BTreeMap<String, Arc<FactStats>>>);

impl StatsTable {
    /// Returns the entry of a topic. Creates the entry if needed.
    pub(super) fn entry(&self, topic: &str) -> Arc<FactStats> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = if all.len() < MAX_TOPICS || all.contains_key(topic) {
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

/// Statistics of one topic, over all its subscriptions.
#[derive(Debug)]
pub(crate) struct FactStats {
    pub(crate) topic: String,
    /// Handled facts by outcome.
    pub(crate) metrics: CallMetrics,
    pub(crate) dropped: AtomicU64,
    /// Facts that were skipped because they were published again.
    pub(crate) repeated: AtomicU64,
    pub(crate) interruptions: AtomicU64,
    /// Retries of failed facts.
    pub(crate) retried: AtomicU64,
    /// Number of failed facts that wait for a retry.
    pub(crate) retries_waiting: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Subscriptions, each with its queue.
    subscriptions: Vec<(Weak<DeliveryQueue>, SubscriptionState)>,
    /// Time of the last change of the combined state.
    since: Instant,
    undecodable_logged: Option<Instant>,
}

/// State of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SubscriptionState {
    /// A station carries the subscription.
    Subscribed,
    /// No station carries the subscription, for this reason.
    Unsubscribed(String),
}

impl State {
    /// Returns the combined state: subscribed if all subscriptions are, otherwise the state of the
    /// first subscription that is not. Returns `None` without subscriptions.
    fn combined(&self) -> Option<&SubscriptionState> {
        let live = self
            .subscriptions
            .iter()
            .filter(|(queue, _)| queue.strong_count() > 0);
        let states = live.map(|(_, state)| state);
        // `min_by_key` returns the first of equal elements, and `false` is less than `true`.
        states.min_by_key(|state| **state == SubscriptionState::Subscribed)
    }

    /// Changes the subscriptions. Returns whether the combined state changed.
    fn change(
        &mut self,
        change: impl FnOnce(&mut Vec<(Weak<DeliveryQueue>, SubscriptionState)>),
    ) -> bool {
        let before = self.combined().cloned();
        change(&mut self.subscriptions);
        let changed = before.as_ref() != self.combined();
        if changed {
            self.since = Instant::now();
        }
        changed
    }
}

impl FactStats {
    fn new(topic: &str) -> Self {
        Self {
            topic: topic.to_owned(),
            metrics: CallMetrics::new(&OUTCOMES),
            dropped: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            interruptions: AtomicU64::new(0),
            retried: AtomicU64::new(0),
            retries_waiting: AtomicU64::new(0),
            state: Mutex::new(State {
                subscriptions: Vec::new(),
                since: Instant::now(),
                undecodable_logged: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a subscription that no station carries yet.
    pub(super) fn add(&self, queue: &Arc<DeliveryQueue>) {
        let new = (
            Arc::downgrade(queue),
            SubscriptionState::Unsubscribed("no station carries it yet".into()),
        );
        self.state().change(|subscriptions| {
            subscriptions.retain(|(queue, _)| queue.strong_count() > 0);
            subscriptions.push(new);
        });
    }

    /// Sets the state of a subscription. Returns whether the combined state changed.
    pub(super) fn set_state(&self, queue: &Arc<DeliveryQueue>, new: SubscriptionState) -> bool {
        self.state().change(|subscriptions| {
            let found = subscriptions
                .iter_mut()
                .find(|(other, _)| other.as_ptr() == Arc::as_ptr(queue));
            if let Some((_, state)) = found {
                *state = new;
            }
        })
    }

    /// Returns the combined state of all subscriptions, and the time since its last change. Returns
    /// `None` without subscriptions.
    pub(crate) fn subscription_state(&self) -> Option<(SubscriptionState, Duration)> {
        let state = self.state();
        let combined = state.combined()?.clone();
        Some((combined, state.since.elapsed()))
    }

    /// Returns the number of facts that wait for a handler, and the age of the oldest.
    pub(crate) fn waiting(&self) -> (usize, Duration) {
        let queues: Vec<_> = self
            .state()
            .subscriptions
            .iter()
            .filter_map(|(queue, _)| queue.upgrade())
            .collect();
        let waiting = queues.iter().map(|queue| queue.len()).sum();
        let lag = queues.iter().map(|queue| queue.lag()).max();
        (waiting, lag.unwrap_or_default())
    }

    /// Counts dropped facts.
    pub(super) fn record_dropped(&self, facts: u64) {
        self.dropped.fetch_add(facts, Ordering::Relaxed);
    }

    /// Logs that a fact did not decode, at a limited rate, so that publishers cannot flood the log.
    pub(super) fn log_undecodable(&self, publisher: NodeId, why: &str) {
        if !self.may_log_undecodable() {
            return;
        }
        tracing::warn!(
            topic = self.topic,
            %publisher,
            error = why,
            interval = ?LOG_INTERVAL,
            "a fact did not decode and was skipped; others in the same interval are only counted"
        );
    }

    /// Logs that a fact did not decode because its publisher has another schema, at the same rate.
    pub(super) fn log_mismatch(&self, publisher: NodeId, why: &str) {
        if !self.may_log_undecodable() {
            return;
        }
        tracing::warn!(
            topic = self.topic,
            %publisher,
            error = why,
            interval = ?LOG_INTERVAL,
            "a fact of another schema did not decode and was skipped; others in the same interval are only counted"
        );
    }

    fn may_log_undecodable(&self) -> bool {
        let mut state = self.state();
        let is_due = state
            .undecodable_logged
            .is_none_or(|at| at.elapsed() >= LOG_INTERVAL);
        if is_due {
            state.undecodable_logged = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_beyond_the_limit_share_one_entry() {
        let all = StatsTable::default();
        for n in 0..1_000 {
            all.entry(&format!("happened_{n}"));
        }
        assert_eq!(all.all().len(), MAX_TOPICS + 1);
        assert_eq!(all.entry("happened_999").topic, OTHER);
        assert!(Arc::ptr_eq(
            &all.entry("happened_0"),
            &all.entry("happened_0")
        ));
    }

    #[test]
    fn a_topic_is_subscribed_while_all_its_subscriptions_are() {
        let stats = FactStats::new("happened");
        let state = || stats.subscription_state().map(|(state, _)| state);
        assert_eq!(state(), None);
        let (first, second) = (
            Arc::new(DeliveryQueue::new()),
            Arc::new(DeliveryQueue::new()),
        );
        stats.add(&first);
        let not_yet = state();
        assert!(
            matches!(not_yet, Some(SubscriptionState::Unsubscribed(_))),
            "{not_yet:?}"
        );
        assert!(stats.set_state(&first, SubscriptionState::Subscribed));
        assert!(!stats.set_state(&first, SubscriptionState::Subscribed));
        assert_eq!(state(), Some(SubscriptionState::Subscribed));

        stats.add(&second);
        assert_eq!(state(), not_yet, "no station carries the second yet");
        assert!(stats.set_state(&second, SubscriptionState::Subscribed));
        assert_eq!(state(), Some(SubscriptionState::Subscribed));
        let lost = SubscriptionState::Unsubscribed("the link is gone".into());
        assert!(stats.set_state(&first, lost.clone()));
        assert!(
            !stats.set_state(&second, lost.clone()),
            "the combined state is the same"
        );
        drop(first);
        assert_eq!(state(), Some(lost));
        drop(second);
        assert_eq!(state(), None);
    }
}
