//! Supervisor of subscriptions with handlers. Each subscription has separate tasks, so that
//! subscriptions do not wait for each other.

use std::fmt;
use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, field};

use super::delivery_queue::DeliveryQueue;
use super::stats::SCHEMA_MISMATCH;
use super::subscription_task::SubscriptionTask;
use super::{FactStats, Facts};
use crate::capability::StateMap;
use crate::codec::Payload;
use crate::handler::{self, HandlerError, HandlerExit, HandlerFuture, HandlerTasks};
use crate::publication::SchemaId;
use crate::subscription::{Delivery, FactHandler, FactInvocation, FactMetadata};

/// Supervisor that starts subscriptions. Their tasks end with the service.
#[derive(Debug, Clone)]
pub(crate) struct SubscriptionSupervisor {
    facts: Arc<Facts>,
    tasks: HandlerTasks,
}

/// Subscription to start.
pub(crate) struct SubscriptionSpec {
    pub(crate) topic: String,
    /// Source location of the handler.
    pub(crate) location: &'static str,
    pub(crate) gaps_ignored: bool,
    pub(crate) concurrency: u32,
    pub(crate) states: Arc<StateMap>,
    /// Schema that the handler reads facts by, if known.
    pub(crate) schema: LazySchemaId,
    pub(crate) invoke: Arc<dyn Fn(FactInvocation) -> HandlerFuture<(), HandlerError> + Send + Sync>,
}

/// Id of the schema that a handler reads facts by. It is computed for the first fact that does not
/// decode.
#[derive(Debug, Default)]
pub(crate) struct LazySchemaId {
    handler: Option<FactHandler>,
    id: OnceLock<SchemaId>,
}

impl LazySchemaId {
    const fn of(handler: FactHandler) -> Self {
        Self {
            handler: Some(handler),
            id: OnceLock::new(),
        }
    }

    /// Returns whether the schema is known and differs from that of a publisher.
    fn differs_from(&self, publisher: SchemaId) -> bool {
        let id = || {
            SchemaId::of(
                self.handler
                    .and_then(|handler| handler.fact_schema())
                    .as_ref(),
            )
        };
        self.id.get_or_init(id).differs_from(publisher)
    }
}

impl SubscriptionSpec {
    pub(crate) fn new(handler: &FactHandler, states: &Arc<StateMap>) -> Self {
        Self {
            topic: handler.topic.to_owned(),
            location: handler.location,
            gaps_ignored: handler.gaps_ignored,
            concurrency: handler.concurrency,
            states: Arc::clone(states),
            schema: LazySchemaId::of(*handler),
            invoke: Arc::new(handler.invoke),
        }
    }

    /// Runs the handler for one delivery. A failure or panic of the handler does not end the
    /// subscription.
    async fn handle(
        &self,
        delivery: Delivery<Payload>,
        metadata: FactMetadata,
        stats: &FactStats,
        cut: &CancellationToken,
    ) {
        let span = tracing::info_span!(
            "fact",
            topic = self.topic,
            publisher = %metadata.publisher(),
            outcome = field::Empty,
            duration_ms = field::Empty,
        );
        let running = stats.metrics.start(&span);
        let (publisher, stamp) = (metadata.publisher(), metadata.stamp);
        let invocation = FactInvocation::new(delivery, metadata, Arc::clone(&self.states));
        let exit = handler::run(|| (self.invoke)(invocation), cut)
            .instrument(span.clone())
            .await;
        let is_mismatch = matches!(&exit, HandlerExit::Failed(HandlerError::Undecodable(_)))
            && stamp.is_some_and(|stamp| self.schema.differs_from(stamp.schema));
        if let Some(label) = exit.label() {
            running.end(if is_mismatch { SCHEMA_MISMATCH } else { label });
        }
        let _entered = span.enter();
        match exit {
            HandlerExit::Completed => {}
            HandlerExit::Failed(HandlerError::Undecodable(why)) if is_mismatch => {
                stats.log_mismatch(publisher, &why)
            }
            HandlerExit::Failed(HandlerError::Undecodable(why)) => {
                stats.log_undecodable(publisher, &why)
            }
            HandlerExit::Failed(HandlerError::Failed(why)) => {
                tracing::warn!(error = %why, at = self.location, "the handler failed");
            }
            HandlerExit::Panicked(panic) => tracing::error!(
                %panic,
                at = panic.at(self.location),
                backtrace = panic.backtrace(),
                "the handler panicked"
            ),
            // The drain has logged it already.
            HandlerExit::Cancelled => {}
        }
    }
}

impl fmt::Debug for SubscriptionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubscriptionSpec({} at {})", self.topic, self.location)
    }
}

impl SubscriptionSupervisor {
    pub(crate) const fn new(facts: Arc<Facts>, tasks: HandlerTasks) -> Self {
        Self { facts, tasks }
    }

    /// Starts a subscription. Cancelling the returned token ends the subscription once its queue is
    /// empty.
    pub(crate) fn start(&self, subscription: SubscriptionSpec) -> CancellationToken {
        let task = SubscriptionTask::new(Arc::clone(&self.facts), &subscription.topic);
        let (queue, stats) = (task.queue(), task.stats());
        let stop = self.tasks.stopped().child_token();
        let subscription = Arc::new(subscription);
        self.tasks.spawn(task.run(stop.clone()));
        for _ in 0..subscription.concurrency {
            let worker = work(
                Arc::clone(&subscription),
                Arc::clone(&queue),
                Arc::clone(&stats),
                self.tasks.cancellation().clone(),
            );
            self.tasks.spawn(worker);
        }
        stop
    }

    /// Describes the topics with unhandled facts, and the number of those facts.
    pub(crate) fn unfinished(&self) -> Vec<String> {
        let topics = self.facts.subscription_stats().into_iter();
        let unfinished = topics.filter_map(|stats| {
            let (running, (waiting, _)) = (stats.metrics.running(), stats.waiting());
            let is_unfinished = running > 0 || waiting > 0;
            is_unfinished.then(|| {
                format!(
                    "{} ({running} being handled, {waiting} waiting)",
                    stats.topic
                )
            })
        });
        unfinished.collect()
    }
}

/// Handles deliveries until the queue is closed and empty.
async fn work(
    subscription: Arc<SubscriptionSpec>,
    queue: Arc<DeliveryQueue>,
    stats: Arc<FactStats>,
    cut: CancellationToken,
) {
    loop {
        let item = tokio::select! {
            biased;
            () = cut.cancelled() => return,
            item = queue.pop() => item,
        };
        let Some((delivery, metadata)) = item else {
            return;
        };
        if subscription.gaps_ignored && !matches!(delivery, Delivery::Fact(_)) {
            continue;
        }
        subscription.handle(delivery, metadata, &stats, &cut).await;
    }
}
