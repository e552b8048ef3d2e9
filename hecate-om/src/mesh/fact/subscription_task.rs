//! Task of one subscription: subscribes at the node's own stations, renews the subscription
//! wherever it ends, and fills a queue.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use macula_rust::frame::Payload as Published;
use macula_rust::group::Policy;
use macula_rust::station_link::{Event, Link, LinkError, Subscription};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::delivery_queue::DeliveryQueue;
use super::link_drops::LinkDrops;
use super::recent_ids::RecentIds;
use super::{FactStats, Facts, SubscriptionState};
use crate::backoff::BackoffPolicy;
use crate::capability::NodeId;
use crate::codec::Payload;
use crate::mesh::connection::station_links::{each_link, own_stations};
use crate::mesh::connection::{Uplink, shielded};
use crate::publication::take_stamp;
use crate::subscription::{Delivery, FactMetadata, at_ms};

/// Delays before a failed subscription is tried again.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_secs(1), 3.0, Duration::from_secs(30));
const UNSUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of deliveries until the counter of the link is read again. It is read sooner if
/// no delivery waits, and not each time, because the link's lock is taken.
const MAX_UNCHECKED: u32 = 64;

/// Task that maintains a topic's subscription and fills one queue.
///
/// The SDK's pool would subscribe on direct links too. A fact would then arrive over several links,
/// and the copies would change the order of the facts.
pub(super) struct SubscriptionTask {
    facts: Arc<Facts>,
    topic: Arc<str>,
    queue: Arc<DeliveryQueue>,
    stats: Arc<FactStats>,
    /// Set to true once a station first carries the subscription.
    subscribed: watch::Sender<bool>,
    coverage: Mutex<Coverage>,
    /// Ids of the facts in the queue and before.
    recent: Mutex<RecentIds>,
}

/// Links that carry the subscription.
#[derive(Default)]
struct Coverage {
    links: Vec<Link>,
    /// Start and reason of the interruption, from the loss of the last link until another one
    /// carries the subscription.
    interruption: Option<(SystemTime, String)>,
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
            coverage: Mutex::default(),
            recent: Mutex::default(),
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
        loop {
            let Some(Some(up)) = stop.run_until_cancelled(links.up()).await else {
                return;
            };
            let stations = own_stations(&up.pool).into_iter().map(|station| {
                each_link(&up.pool, station, stop, |link| {
                    self.receive_on(link, &up, stop)
                })
            });
            join_all(stations).await;
            // The pool is closed, or the subscription is stopped.
            let changed = stop.run_until_cancelled(links.changed_or_ended());
            if changed.await != Some(true) {
                return;
            }
        }
    }

    /// Subscribes on `link`, again after each failure, and delivers the received facts until the
    /// link ends.
    async fn receive_on(&self, link: Link, up: &Uplink, stop: &CancellationToken) {
        let mut retry = RETRY.start();
        loop {
            let subscribing = shielded(subscribe(link.clone(), up.realm.id, self.topic.clone()));
            match stop.run_until_cancelled(subscribing).await {
                Some(Ok(subscription)) => {
                    retry.reset();
                    self.record_subscribed(&link);
                    self.receive(subscription, &link, up, stop).await;
                }
                Some(Err(error)) if link.error().is_none() => self.record_failure(&error),
                Some(Err(_)) | None => {}
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = link.done() => return,
                () = tokio::time::sleep(retry.next_delay()) => {}
            }
        }
    }

    /// Delivers the received facts until the subscription on the link ends.
    async fn receive(
        &self,
        mut subscription: Subscription,
        link: &Link,
        up: &Uplink,
        stop: &CancellationToken,
    ) {
        let mut drops = LinkDrops::new(link);
        // Number of deliveries since `drops` was read.
        let mut unchecked = 0;
        loop {
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => return self.unsubscribe(subscription).await,
                event = subscription.recv(), if unchecked < MAX_UNCHECKED => event,
                () = std::future::ready(()), if unchecked > 0 => {
                    self.report_drops(&mut drops, link);
                    unchecked = 0;
                    continue;
                }
            };
            let Some(event) = event else { break };
            self.deliver(event, up);
            unchecked += 1;
        }
        self.report_drops(&mut drops, link);
        self.record_loss(link);
    }

    async fn unsubscribe(&self, subscription: Subscription) {
        let unsubscribe = shielded(async move { subscription.unsubscribe().await });
        let outcome = tokio::time::timeout(UNSUBSCRIBE_TIMEOUT, unsubscribe).await;
        if !matches!(outcome, Ok(Ok(()))) {
            tracing::debug!(
                topic = &*self.topic,
                "not unsubscribed; the subscription ends with the links"
            );
        }
    }

    /// Delivers a gap if the link has dropped facts. A dropped fact follows the waiting ones, so it
    /// was published before the gap is delivered.
    fn report_drops(&self, drops: &mut LinkDrops, link: &Link) {
        let (facts, from) = drops.new_drops(link);
        if facts == 0 {
            return;
        }
        tracing::debug!(topic = &*self.topic, facts, "facts dropped by the link");
        let reason = format!("{facts} facts, perhaps of other topics, arrived too fast");
        let to = SystemTime::now();
        self.push(Delivery::Gap { from, to, reason });
    }

    /// Adds a fact to the queue.
    fn deliver(&self, event: Event, up: &Uplink) {
        let mut metadata = FactMetadata {
            topic: Arc::clone(&self.topic),
            publisher: NodeId::from_bytes(event.publisher),
            published_at: at_ms(event.published_at),
            stamp: None,
        };
        let payload = match event.payload {
            Published::Sealed(_) => Err("it is sealed for a group"),
            Published::Clear(_) if self.must_be_sealed(up) => {
                Err("it is not sealed, as this node's group requires")
            }
            Published::Clear(payload) => Ok(Payload(payload)),
        };
        let mut payload = match payload {
            Ok(payload) => payload,
            Err(why) => {
                let running = self.stats.metrics.start(&tracing::Span::none());
                running.end("undecodable");
                return self.stats.log_undecodable(metadata.publisher, why);
            }
        };
        metadata.stamp = take_stamp(&mut payload);
        let key = metadata.id().map(|id| (metadata.publisher, id));
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if key.is_some_and(|key| recent.contains(&key)) {
            self.stats.repeated.fetch_add(1, Ordering::Relaxed);
        } else if self.queue.push(Delivery::Fact(payload), metadata) {
            key.into_iter().for_each(|key| recent.insert(key));
        } else {
            // Not remembered, so that the fact is handled if it is published again.
            self.stats.record_dropped(1);
        }
    }

    /// Returns whether this node has joined a group, through the SDK's pool, whose facts under the
    /// topic must be sealed.
    fn must_be_sealed(&self, up: &Uplink) -> bool {
        let group = up.pool.group_policy(&up.realm.id, &self.topic);
        group.is_some_and(|(_, policy)| policy == Policy::Required)
    }

    fn coverage(&self) -> MutexGuard<'_, Coverage> {
        self.coverage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that `link` carries the subscription.
    fn record_subscribed(&self, link: &Link) {
        let mut coverage = self.coverage();
        // The end of the other links may not be recorded yet.
        self.remove_links(&mut coverage, |other| other.error().is_some());
        coverage.links.push(link.clone());
        if coverage.links.len() > 1 {
            return;
        }
        let changed = self
            .stats
            .set_state(&self.queue, SubscriptionState::Subscribed);
        if changed {
            tracing::debug!(topic = &*self.topic, "subscribed");
        }
        if let Some((from, reason)) = coverage.interruption.take() {
            let to = SystemTime::now();
            self.push(Delivery::Gap { from, to, reason });
        }
        self.subscribed.send_replace(true);
    }

    /// Records that `link` no longer carries the subscription.
    fn record_loss(&self, link: &Link) {
        let serial = link.serial();
        self.remove_links(&mut self.coverage(), |other| other.serial() == serial);
    }

    /// Removes links that no longer carry the subscription. The loss of the last one is an
    /// interruption.
    fn remove_links(&self, coverage: &mut Coverage, is_lost: impl Fn(&Link) -> bool) {
        let links = std::mem::take(&mut coverage.links).into_iter();
        let (lost, carrying): (Vec<_>, Vec<_>) = links.partition(is_lost);
        coverage.links = carrying;
        let Some(last) = lost.last().filter(|_| coverage.links.is_empty()) else {
            return;
        };
        let since = at_ms(last.last_heard_ms());
        let reason = match last.error() {
            Some(error) => error.end_reason(),
            None => "the station ended the subscription",
        };
        self.stats.interruptions.fetch_add(1, Ordering::Relaxed);
        let state = SubscriptionState::Unsubscribed(reason.to_owned());
        if self.stats.set_state(&self.queue, state) {
            tracing::warn!(
                topic = &*self.topic,
                reason,
                "no station carries the subscription; retrying"
            );
        }
        coverage.interruption = Some((since, reason.to_owned()));
        let reason = reason.to_owned();
        self.push(Delivery::Interrupted { since, reason });
    }

    /// Records that a station does not accept the subscription, unless another one carries it.
    fn record_failure(&self, error: &LinkError) {
        if !self.coverage().links.is_empty() {
            return;
        }
        let reason = error.to_string();
        let state = SubscriptionState::Unsubscribed(reason.clone());
        if self.stats.set_state(&self.queue, state) {
            tracing::warn!(topic = &*self.topic, reason, "not subscribed; retrying");
        }
    }

    /// Returns the metadata of a delivery that is not a fact, and whose publisher is this node.
    fn own_metadata(&self) -> FactMetadata {
        FactMetadata {
            topic: Arc::clone(&self.topic),
            publisher: self.facts.connection.node_id(),
            published_at: SystemTime::now(),
            stamp: None,
        }
    }

    fn push(&self, notice: Delivery<Payload>) {
        self.queue.push(notice, self.own_metadata());
    }
}

async fn subscribe(
    link: Link,
    realm: [u8; 32],
    topic: Arc<str>,
) -> Result<Subscription, LinkError> {
    link.subscribe(&realm, &topic).await
}
