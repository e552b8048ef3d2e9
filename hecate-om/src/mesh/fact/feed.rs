//! One subscription: made on the links that are there, made again whenever it ends, and fed into a queue.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use macula_rust::frame::Payload as Published;
use macula_rust::pool::{self, PoolError};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{FactStats, Queue, Standing};
use crate::backoff::BackoffPolicy;
use crate::capability::NodeId;
use crate::codec::Payload;
use crate::mesh::connection::shielded;
use crate::mesh::{Link, Mesh, Up};
use crate::subscription::{Delivery, FactMetadata, at_ms};

/// Delays until a topic that could not be subscribed to is tried again.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_secs(1), 3.0, Duration::from_secs(30));
/// How long macula may take to have a link that came back carry the subscription. A station that refuses it there is
/// nothing that macula tells of; the station's answer may take 30 s.
const CARRIED_AGAIN: Duration = Duration::from_secs(45);
/// How long unsubscribing may take.
const UNSUBSCRIBE: Duration = Duration::from_secs(5);
/// What is said where there is no link, which is no failure of the subscription's.
const UNLINKED: &str = "no station is linked now";

/// What feeds one queue.
#[derive(Debug)]
pub(crate) struct Feed {
    mesh: Mesh,
    topic: Arc<str>,
    queue: Arc<Queue>,
    stats: Arc<FactStats>,
    /// Turns true with the first station that carries it.
    carried: watch::Sender<bool>,
}

/// How a subscription ended.
enum Ended {
    /// It was told to.
    Stopped,
    /// By the links. Whether the queue knows already.
    Lost {
        since: SystemTime,
        reason: String,
        told: bool,
    },
}

impl Feed {
    pub(crate) fn new(mesh: Mesh, topic: &str) -> Self {
        let stats = mesh.facts.of(topic);
        let queue = Arc::new(Queue::new());
        stats.listens(&queue);
        Self {
            mesh,
            topic: topic.into(),
            queue,
            stats,
            carried: watch::Sender::new(false),
        }
    }

    pub(crate) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }

    pub(crate) fn stats(&self) -> Arc<FactStats> {
        Arc::clone(&self.stats)
    }

    pub(super) fn carried(&self) -> watch::Receiver<bool> {
        self.carried.subscribe()
    }

    /// Feeds the queue until `stop`, or until the mesh is gone for good, and closes it.
    pub(crate) async fn run(self, stop: CancellationToken) {
        self.feed(&stop).await;
        self.queue.close();
    }

    async fn feed(&self, stop: &CancellationToken) {
        let mut links = self.mesh.links.clone();
        let mut retry = RETRY.start();
        let mut missing: Option<(SystemTime, String)> = None;
        loop {
            let up = tokio::select! {
                link = links.wait_for(|link| matches!(link, Link::Up(_))) => match link {
                    Ok(link) => match &*link {
                        Link::Up(up) => up.clone(),
                        Link::Pending | Link::Absent => continue,
                    },
                    Err(_) => return,
                },
                () = stop.cancelled() => return,
            };
            // What changes from here on is news.
            links.mark_unchanged();
            let made = tokio::select! {
                made = self.subscribe(&up) => made,
                () = stop.cancelled() => return,
            };
            match made {
                Ok(subscription) => {
                    retry.reset();
                    self.subscribed();
                    if let Some((from, reason)) = missing.take() {
                        let to = SystemTime::now();
                        self.push(Delivery::Gap { from, to, reason });
                    }
                    match self.follow(subscription, &up, stop).await {
                        Ended::Stopped => return,
                        Ended::Lost {
                            since,
                            reason,
                            told,
                        } => {
                            if !told {
                                self.interrupted(since, &reason);
                            }
                            missing = Some((since, reason));
                        }
                    }
                }
                // Nobody makes others.
                Err(PoolError::Closed) if links.has_changed().is_err() => return,
                Err(error) => self.failed(&error),
            }
            tokio::select! {
                () = tokio::time::sleep(retry.next_delay()) => {}
                Ok(()) = links.changed() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn subscribe(&self, up: &Up) -> Result<pool::Subscription, PoolError> {
        // macula says at once that it has subscribed where there is no link, and never says when it did.
        if !is_linked(up) {
            return Err(PoolError::NoLink(Vec::new()));
        }
        let (pool, realm, topic) = (up.pool.clone(), up.realm.id, Arc::clone(&self.topic));
        shielded(async move { pool.subscribe(&realm, &topic).await }).await
    }

    async fn follow(
        &self,
        mut subscription: pool::Subscription,
        up: &Up,
        stop: &CancellationToken,
    ) -> Ended {
        let mut dropped = 0;
        let mut interrupted: Option<(SystemTime, String, Instant)> = None;
        loop {
            let overdue = interrupted.as_ref().map(|(_, _, overdue)| *overdue);
            let late = async {
                match overdue {
                    Some(overdue) => tokio::time::sleep_until(overdue).await,
                    None => std::future::pending().await,
                }
            };
            let delivery = tokio::select! {
                delivery = subscription.recv() => delivery,
                () = late => {
                    // Without a link it cannot be carried; with one it should be.
                    let (since, reason, overdue) = interrupted.take().unwrap_or_else(|| {
                        (SystemTime::now(), UNLINKED.to_owned(), Instant::now())
                    });
                    if is_linked(up) {
                        return Ended::Lost { since, reason, told: true };
                    }
                    interrupted = Some((since, reason, overdue + CARRIED_AGAIN));
                    continue;
                }
                () = stop.cancelled() => {
                    let leaving = shielded(async move { subscription.unsubscribe().await });
                    if !matches!(tokio::time::timeout(UNSUBSCRIBE, leaving).await, Ok(Ok(()))) {
                        tracing::debug!(topic = &*self.topic, "not unsubscribed; it lapses with the links");
                    }
                    return Ended::Stopped;
                }
            };
            match delivery {
                Some(pool::Delivery::Event(event)) => self.heard(event),
                Some(pool::Delivery::Interrupted(notice)) => {
                    let since = at_ms(notice.from_ms);
                    self.interrupted(since, &notice.reason);
                    let overdue = Instant::now() + CARRIED_AGAIN;
                    interrupted = Some((since, notice.reason, overdue));
                }
                Some(pool::Delivery::Gap(notice)) => {
                    interrupted = None;
                    self.subscribed();
                    self.push(Delivery::Gap {
                        from: at_ms(notice.from_ms),
                        to: at_ms(notice.to_ms),
                        reason: notice.reason,
                    });
                }
                None => {
                    let told = interrupted.is_some();
                    let (since, reason) = match interrupted {
                        Some((since, reason, _)) => (since, reason),
                        None => (SystemTime::now(), "the links were closed".to_owned()),
                    };
                    return Ended::Lost {
                        since,
                        reason,
                        told,
                    };
                }
            }
            // macula drops what comes while 256 wait; they are taken from it at once, so this is rare.
            let before = std::mem::replace(&mut dropped, subscription.dropped());
            if dropped > before {
                self.stats.drop_one(dropped - before);
                self.queue.dropped(dropped - before, self.own_event());
            }
        }
    }

    fn heard(&self, event: macula_rust::station_link::Event) {
        let of = FactMetadata {
            topic: Arc::clone(&self.topic),
            publisher: NodeId::from_bytes(event.publisher),
            published_at: at_ms(event.published_at),
            seal_key: event.seal_key_id,
        };
        let Published::Clear(payload) = event.payload else {
            // Under a group that this node holds no key of: for it, as good as no fact at all.
            let running = self.stats.tally.start(&tracing::Span::none());
            running.end("undecodable");
            let why = "it is sealed under a group that this node is no member of";
            return self.stats.undecodable(of.publisher, why);
        };
        if !self.queue.push(Delivery::Fact(Payload(payload)), of) {
            self.stats.drop_one(1);
        }
    }

    fn interrupted(&self, since: SystemTime, reason: &str) {
        self.stats
            .interruptions
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if self
            .stats
            .stands(&self.queue, Standing::Not(reason.to_owned()))
        {
            tracing::warn!(
                topic = &*self.topic,
                "no station carries the subscription, and it is made again: {reason}"
            );
        }
        let reason = reason.to_owned();
        self.push(Delivery::Interrupted { since, reason });
    }

    fn subscribed(&self) {
        if self.stats.stands(&self.queue, Standing::Subscribed) {
            tracing::debug!(topic = &*self.topic, "subscribed");
        }
        self.carried.send_replace(true);
    }

    fn failed(&self, error: &PoolError) {
        let (reason, link) = match error {
            PoolError::NoLink(errors) if errors.is_empty() => (UNLINKED.to_owned(), true),
            PoolError::Closed => (UNLINKED.to_owned(), true),
            error => (error.to_string(), false),
        };
        let news = self
            .stats
            .stands(&self.queue, Standing::Not(reason.clone()));
        // Of links, others tell.
        if news && !link {
            tracing::warn!(
                topic = &*self.topic,
                "not subscribed, and tried again: {reason}"
            );
        }
    }

    /// What nobody published comes from this node.
    fn own_event(&self) -> FactMetadata {
        FactMetadata {
            topic: Arc::clone(&self.topic),
            publisher: self.mesh.node_id(),
            published_at: SystemTime::now(),
            seal_key: None,
        }
    }

    fn push(&self, notice: Delivery<Payload>) {
        self.queue.push(notice, self.own_event());
    }
}

/// Whether a station is linked that carries subscriptions.
fn is_linked(up: &Up) -> bool {
    up.pool.status().iter().any(|link| link.up && !link.direct)
}
