//! Task of one subscription: subscribes on the current links, renews the subscription whenever it
//! ends, and fills a queue.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use macula_rust::frame::Payload as Published;
use macula_rust::pool::{self, PoolError};
use macula_rust::station_link::Event;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::delivery_queue::DeliveryQueue;
use super::link_drops::LinkDrops;
use super::{FactStats, Facts, SubscriptionState};
use crate::backoff::BackoffPolicy;
use crate::capability::NodeId;
use crate::codec::Payload;
use crate::mesh::connection::{Uplink, shielded};
use crate::subscription::{Delivery, FactMetadata, at_ms};

/// Delays before a failed subscription is tried again.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_secs(1), 3.0, Duration::from_secs(30));
/// Time limit for the SDK to restore the subscription on a replaced link. The SDK does not report a
/// refusal by the station, and the station's answer may take 30 s.
const RESTORE_TIMEOUT: Duration = Duration::from_secs(45);
const UNSUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of deliveries until the counters of the links are read again. They are read sooner
/// if no delivery waits, and not each time, because each link's lock is taken.
const MAX_UNCHECKED: u32 = 64;
/// Reason while there is no link. Being unlinked is not a failure of the subscription.
const UNLINKED: &str = "no station is linked now";

/// Task that maintains a topic's subscription and fills one queue.
#[derive(Debug)]
pub(super) struct SubscriptionTask {
    facts: Arc<Facts>,
    topic: Arc<str>,
    queue: Arc<DeliveryQueue>,
    stats: Arc<FactStats>,
    /// Set to true once a station first carries the subscription.
    subscribed: watch::Sender<bool>,
}

/// Reason why a subscription ended.
enum Ended {
    Stopped,
    /// The links lost the subscription.
    Lost {
        since: SystemTime,
        reason: String,
        /// Whether the interruption was delivered to the queue.
        delivered: bool,
    },
}

/// Interruption that the SDK may still repair.
struct Interruption {
    since: SystemTime,
    reason: String,
    /// Time at which the subscription is renewed, unless the SDK has restored it.
    deadline: Instant,
}

impl SubscriptionTask {
    pub(super) fn new(facts: Arc<Facts>, topic: &str) -> Self {
        let stats = facts.stats_of(topic);
        let queue = Arc::new(DeliveryQueue::new());
        stats.add(&queue);
        Self {
            facts,
            topic: topic.into(),
            queue,
            stats,
            subscribed: watch::Sender::new(false),
        }
    }

    pub(super) fn queue(&self) -> Arc<DeliveryQueue> {
        Arc::clone(&self.queue)
    }

    pub(super) fn stats(&self) -> Arc<FactStats> {
        Arc::clone(&self.stats)
    }

    pub(super) fn subscribed(&self) -> watch::Receiver<bool> {
        self.subscribed.subscribe()
    }

    /// Fills the queue until `stop`, or until no more links will come, and then closes the queue.
    pub(super) async fn run(self, stop: CancellationToken) {
        self.fill(&stop).await;
        self.queue.close();
    }

    async fn fill(&self, stop: &CancellationToken) {
        let mut links = self.facts.connection.subscribe();
        let mut retry = RETRY.start();
        let mut missing: Option<(SystemTime, String)> = None;
        loop {
            let up = tokio::select! {
                up = links.up() => up,
                () = stop.cancelled() => return,
            };
            let Some(up) = up else { return };
            let outcome = tokio::select! {
                outcome = self.subscribe(&up) => outcome,
                () = stop.cancelled() => return,
            };
            match outcome {
                Ok(subscription) => {
                    retry.reset();
                    self.record_subscribed();
                    if let Some((from, reason)) = missing.take() {
                        let to = SystemTime::now();
                        self.push(Delivery::Gap { from, to, reason });
                    }
                    match self.receive(subscription, &up, stop).await {
                        Ended::Stopped => return,
                        Ended::Lost {
                            since,
                            reason,
                            delivered,
                        } => {
                            if !delivered {
                                self.record_interruption(since, &reason);
                            }
                            missing = Some((since, reason));
                        }
                    }
                }
                Err(PoolError::Closed) if links.is_closed() => return,
                Err(error) => self.record_failure(&error),
            }
            tokio::select! {
                () = tokio::time::sleep(retry.next_delay()) => {}
                () = links.changed() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn subscribe(&self, up: &Uplink) -> Result<pool::Subscription, PoolError> {
        // Without a link, macula-rust returns success at once, and never reports the real outcome.
        if !up.is_linked() {
            return Err(PoolError::NoLink(Vec::new()));
        }
        let (pool, realm, topic) = (up.pool.clone(), up.realm.id, Arc::clone(&self.topic));
        shielded(async move { pool.subscribe(&realm, &topic).await }).await
    }

    async fn unsubscribe(&self, mut subscription: pool::Subscription) {
        let unsubscribe = shielded(async move { subscription.unsubscribe().await });
        let outcome = tokio::time::timeout(UNSUBSCRIBE_TIMEOUT, unsubscribe).await;
        if !matches!(outcome, Ok(Ok(()))) {
            tracing::debug!(
                topic = &*self.topic,
                "not unsubscribed; the subscription ends with the links"
            );
        }
    }

    /// Delivers the received facts until the subscription ends.
    async fn receive(
        &self,
        mut subscription: pool::Subscription,
        up: &Uplink,
        stop: &CancellationToken,
    ) -> Ended {
        let mut dropped = 0;
        let mut link_drops = LinkDrops::new(&up.router);
        let mut checked = SystemTime::now();
        // Number of deliveries since `checked`.
        let mut unchecked = 0;
        let mut interruption: Option<Interruption> = None;
        loop {
            let delivery = tokio::select! {
                biased;
                () = stop.cancelled() => {
                    self.unsubscribe(subscription).await;
                    return Ended::Stopped;
                }
                delivery = subscription.recv(), if unchecked < MAX_UNCHECKED => delivery,
                () = std::future::ready(()), if unchecked > 0 => {
                    let from = std::mem::replace(&mut checked, SystemTime::now());
                    self.report_link_drops(link_drops.new_drops(&up.router), from);
                    unchecked = 0;
                    continue;
                }
                () = overdue(interruption.as_ref()) => {
                    // Only a linked station can carry the subscription.
                    if up.is_linked() {
                        return ended(interruption, UNLINKED);
                    }
                    if let Some(interruption) = &mut interruption {
                        interruption.deadline += RESTORE_TIMEOUT;
                    }
                    continue;
                }
            };
            match delivery {
                Some(pool::Delivery::Event(event)) => self.deliver(event),
                Some(pool::Delivery::Interrupted(notice)) => {
                    let since = at_ms(notice.from_ms);
                    self.record_interruption(since, &notice.reason);
                    interruption = Some(Interruption {
                        since,
                        reason: notice.reason,
                        deadline: Instant::now() + RESTORE_TIMEOUT,
                    });
                }
                Some(pool::Delivery::Gap(notice)) => {
                    interruption = None;
                    self.record_subscribed();
                    self.push(Delivery::Gap {
                        from: at_ms(notice.from_ms),
                        to: at_ms(notice.to_ms),
                        reason: notice.reason,
                    });
                }
                None => return ended(interruption, "the links were closed"),
            }
            // macula-rust drops facts beyond 256 waiting facts. This is rare, because facts are
            // read at once.
            let before = std::mem::replace(&mut dropped, subscription.dropped());
            if dropped > before {
                self.stats.record_dropped(dropped - before);
                self.queue
                    .record_dropped(dropped - before, self.own_metadata());
            }
            unchecked += 1;
        }
    }

    /// Delivers a gap if the links have dropped facts since `from`. A dropped fact follows the
    /// waiting ones, so it was published before the gap is delivered.
    fn report_link_drops(&self, facts: u64, from: SystemTime) {
        if facts == 0 {
            return;
        }
        tracing::debug!(topic = &*self.topic, facts, "facts dropped by the links");
        let reason = format!("{facts} facts, perhaps of other topics, arrived too fast");
        let to = SystemTime::now();
        self.push(Delivery::Gap { from, to, reason });
    }

    /// Adds a fact to the queue.
    fn deliver(&self, event: Event) {
        let metadata = FactMetadata {
            topic: Arc::clone(&self.topic),
            publisher: NodeId::from_bytes(event.publisher),
            published_at: at_ms(event.published_at),
            seal_key: event.seal_key_id,
        };
        let Published::Clear(payload) = event.payload else {
            let running = self.stats.metrics.start(&tracing::Span::none());
            running.end("undecodable");
            let why = "it is sealed for a group whose key this node does not have";
            return self.stats.log_undecodable(metadata.publisher, why);
        };
        if !self.queue.push(Delivery::Fact(Payload(payload)), metadata) {
            self.stats.record_dropped(1);
        }
    }

    fn record_interruption(&self, since: SystemTime, reason: &str) {
        self.stats.interruptions.fetch_add(1, Ordering::Relaxed);
        let state = SubscriptionState::Unsubscribed(reason.to_owned());
        if self.stats.set_state(&self.queue, state) {
            tracing::warn!(
                topic = &*self.topic,
                reason,
                "no station carries the subscription; retrying"
            );
        }
        let reason = reason.to_owned();
        self.push(Delivery::Interrupted { since, reason });
    }

    fn record_subscribed(&self) {
        if self
            .stats
            .set_state(&self.queue, SubscriptionState::Subscribed)
        {
            tracing::debug!(topic = &*self.topic, "subscribed");
        }
        self.subscribed.send_replace(true);
    }

    fn record_failure(&self, error: &PoolError) {
        let (reason, is_unlinked) = match error {
            PoolError::NoLink(errors) if errors.is_empty() => (UNLINKED.to_owned(), true),
            PoolError::Closed => (UNLINKED.to_owned(), true),
            error => (error.to_string(), false),
        };
        let state = SubscriptionState::Unsubscribed(reason.clone());
        let changed = self.stats.set_state(&self.queue, state);
        // Lost links have separate log lines.
        if changed && !is_unlinked {
            tracing::warn!(topic = &*self.topic, reason, "not subscribed; retrying");
        }
    }

    /// Returns the metadata of a delivery that is not a fact, and whose publisher is this node.
    fn own_metadata(&self) -> FactMetadata {
        FactMetadata {
            topic: Arc::clone(&self.topic),
            publisher: self.facts.connection.node_id(),
            published_at: SystemTime::now(),
            seal_key: None,
        }
    }

    fn push(&self, notice: Delivery<Payload>) {
        self.queue.push(notice, self.own_metadata());
    }
}

/// Waits until the subscription must be renewed because of the interruption.
async fn overdue(interruption: Option<&Interruption>) {
    match interruption {
        Some(interruption) => tokio::time::sleep_until(interruption.deadline).await,
        None => std::future::pending().await,
    }
}

/// Returns how a subscription ended, with the reason of its interruption if there was one.
fn ended(interruption: Option<Interruption>, reason: &str) -> Ended {
    match interruption {
        Some(Interruption { since, reason, .. }) => Ended::Lost {
            since,
            reason,
            delivered: true,
        },
        None => Ended::Lost {
            since: SystemTime::now(),
            reason: reason.to_owned(),
            delivered: false,
        },
    }
}
