//! Worker of a subscription: handles its deliveries, retries failed ones, and stores as dead letters
//! what it gives up.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tracing::{Instrument as _, field};

use super::FactStats;
use super::delivery_queue::DeliveryQueue;
use super::retry_queue::{Attempt, RetryQueue};
use super::stats::SCHEMA_MISMATCH;
use crate::backoff::full_jitter;
use crate::capability::StateMap;
use crate::clock::Clock;
use crate::codec::{self, Payload};
use crate::dead_letter::{Attempts, DeadLetters, GivenUp, HandlerKey, ReplayError};
use crate::handler::{
    self, FailedRun, FailurePolicy, GiveUp, HandlerError, HandlerExit, HandlerFuture, HandlerTasks,
};
use crate::publication::{SchemaId, stamped};
use crate::subscription::{Delivery, FactHandler, FactInvocation, FactMetadata};

/// Subscription to start.
pub(crate) struct SubscriptionSpec {
    pub(crate) topic: String,
    /// Source location of the handler.
    pub(crate) location: &'static str,
    pub(crate) gaps_ignored: bool,
    pub(crate) concurrency: u32,
    pub(crate) failure: FailurePolicy,
    /// Whether facts that are given up are stored as dead letters.
    pub(crate) is_stored: bool,
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
            failure: handler.failure,
            is_stored: true,
            states: Arc::clone(states),
            schema: LazySchemaId::of(*handler),
            invoke: Arc::new(handler.invoke),
        }
    }
}

impl fmt::Debug for SubscriptionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubscriptionSpec({} at {})", self.topic, self.location)
    }
}

/// Worker of a subscription. A failure or panic of the handler does not end it.
#[derive(Clone)]
pub(super) struct Worker {
    pub(super) subscription: Arc<SubscriptionSpec>,
    pub(super) queue: Arc<DeliveryQueue>,
    pub(super) retries: Arc<RetryQueue>,
    pub(super) stats: Arc<FactStats>,
    pub(super) tasks: HandlerTasks,
    pub(super) dead_letters: DeadLetters,
    pub(super) clock: Clock,
}

impl Worker {
    /// Handles deliveries until the queue is closed and empty. Retries that wait at that point are
    /// given up.
    pub(super) async fn run(self) {
        loop {
            let attempt = tokio::select! {
                biased;
                () = self.tasks.cancellation().cancelled() => None,
                attempt = self.next() => attempt,
            };
            let Some(attempt) = attempt else { break };
            let is_fact = matches!(attempt.delivery, Delivery::Fact(_));
            if is_fact || !self.subscription.gaps_ignored {
                self.handle(attempt).await;
            }
        }
        for attempt in self.retries.close() {
            if let Some((attempts, failed)) = attempt.so_far.clone() {
                self.give_up(attempt, attempts, &failed, GiveUp::Shutdown)
                    .await;
            }
        }
    }

    /// Waits for a delivery or for a retry. In random order, so that neither waits for all of the
    /// other.
    async fn next(&self) -> Option<Attempt> {
        tokio::select! {
            attempt = self.retries.due(&self.clock) => Some(attempt),
            item = self.queue.pop() => item.map(|(delivery, metadata)| Attempt {
                delivery,
                metadata,
                so_far: None,
                replay: None,
            }),
        }
    }

    /// Handles a delivery, and again after each failure if later ones wait for it.
    async fn handle(&self, mut attempt: Attempt) {
        let SubscriptionSpec {
            failure, is_stored, ..
        } = *self.subscription;
        loop {
            if attempt.so_far.is_some() {
                self.stats.retried.fetch_add(1, Ordering::Relaxed);
            }
            let kept = (is_stored || failure.retries.is_some()).then(|| attempt.delivery.clone());
            let metadata = attempt.metadata.clone();
            let exit = self.run_handler(attempt.delivery, metadata).await;
            if let Some(replay) = attempt.replay.take() {
                // An error means that the operator does not wait any more.
                let _ = replay.send(replayed(&exit));
                return;
            }
            let is_cancelled = matches!(exit, HandlerExit::Cancelled);
            let failed = match exit.failure() {
                Some(failed) => failed,
                None if is_cancelled => FailedRun {
                    permanent: Some(GiveUp::Shutdown),
                    error: "the handler was cancelled, because the service stopped".into(),
                },
                None => return,
            };
            let Some(kept) = kept else { return };
            attempt.delivery = kept;
            let so_far = attempt.so_far.as_ref().map(|(attempts, _)| *attempts);
            let attempts = Attempts::count(so_far, self.clock.time());
            attempt.so_far = Some((attempts, failed.clone()));
            let longest = match failure.longest_delay(attempts.failed, &failed) {
                Ok(longest) => longest,
                Err(reason) => return self.give_up(attempt, attempts, &failed, reason).await,
            };
            let delay = full_jitter(longest);
            if !failure.keeps_order {
                return self.retry_later(attempt, delay).await;
            }
            tokio::select! {
                biased;
                () = self.tasks.stopped().cancelled() => {
                    return self.give_up(attempt, attempts, &failed, GiveUp::Shutdown).await;
                }
                () = self.clock.sleep(delay) => {}
            }
        }
    }

    async fn retry_later(&self, attempt: Attempt, delay: Duration) {
        if let Err(refused) = self.retries.push(self.clock.now() + delay, attempt) {
            let (attempt, reason) = *refused;
            if let Some((attempts, failed)) = attempt.so_far.clone() {
                self.give_up(attempt, attempts, &failed, reason).await;
            }
        }
    }

    /// Stores a fact as a dead letter, if the subscription's facts are stored.
    async fn give_up(
        &self,
        attempt: Attempt,
        attempts: Attempts,
        failed: &FailedRun,
        reason: GiveUp,
    ) {
        let Delivery::Fact(payload) = attempt.delivery else {
            return;
        };
        if !self.subscription.is_stored {
            return;
        }
        let FactMetadata {
            publisher,
            published_at,
            stamp,
            ..
        } = attempt.metadata;
        let payload = match stamp {
            Some(stamp) => stamped(payload, stamp),
            None => Ok(payload),
        };
        let bytes = payload.and_then(|payload| codec::wire_bytes(&payload));
        let bytes = bytes.unwrap_or_else(|error| {
            tracing::error!(%error, topic = self.subscription.topic, "a dead letter has no payload");
            Vec::new()
        });
        if reason != GiveUp::Undecodable {
            tracing::warn!(
                topic = self.subscription.topic,
                %publisher,
                attempts = attempts.failed,
                %reason,
                "a fact was given up"
            );
        }
        let given_up = GivenUp {
            handler: HandlerKey::Topic(self.subscription.topic.clone()),
            at: self.subscription.location,
            version: "",
            publisher: Some(publisher),
            published_at,
            reason,
            error: &failed.error,
            now: self.clock.time(),
        };
        self.dead_letters.store((given_up, attempts), bytes).await;
    }

    /// Runs the handler once, and logs how it ended.
    async fn run_handler(
        &self,
        delivery: Delivery<Payload>,
        metadata: FactMetadata,
    ) -> HandlerExit {
        let Self {
            subscription,
            stats,
            ..
        } = self;
        let span = tracing::info_span!(
            "fact",
            topic = subscription.topic,
            publisher = %metadata.publisher(),
            outcome = field::Empty,
            duration_ms = field::Empty,
        );
        let running = stats.metrics.start(&span);
        let (publisher, stamp) = (metadata.publisher(), metadata.stamp);
        let states = subscription.states.current();
        let invocation = FactInvocation::new(delivery, metadata, states);
        let invoke = || (subscription.invoke)(invocation);
        let cancelled = self.tasks.cancellation();
        let exit = handler::run(invoke, subscription.failure.deadline, cancelled)
            .instrument(span.clone())
            .await;
        let is_mismatch = matches!(&exit, HandlerExit::Failed(HandlerError::Undecodable(_)))
            && stamp.is_some_and(|stamp| subscription.schema.differs_from(stamp.schema));
        if let Some(label) = exit.label() {
            running.end(if is_mismatch { SCHEMA_MISMATCH } else { label });
        }
        let _entered = span.enter();
        let at = subscription.location;
        match &exit {
            HandlerExit::Completed => {}
            HandlerExit::Failed(HandlerError::Undecodable(why)) if is_mismatch => {
                stats.log_mismatch(publisher, why);
            }
            HandlerExit::Failed(HandlerError::Undecodable(why)) => {
                stats.log_undecodable(publisher, why);
            }
            HandlerExit::Failed(HandlerError::Failed(why) | HandlerError::Permanent(why)) => {
                tracing::warn!(error = %why, at, "the handler failed");
            }
            HandlerExit::TimedOut(deadline) => {
                tracing::warn!(
                    error = handler::timed_out(*deadline),
                    at,
                    "the handler failed"
                );
            }
            HandlerExit::Panicked(panic) => tracing::error!(
                %panic,
                at = panic.at(at),
                backtrace = panic.backtrace(),
                "the handler panicked"
            ),
            // The drain has logged it already.
            HandlerExit::Cancelled => {}
        }
        exit
    }
}

fn replayed(exit: &HandlerExit) -> Result<(), ReplayError> {
    match exit {
        HandlerExit::Cancelled => Err(ReplayError::Stopping),
        exit => exit
            .failure()
            .map_or(Ok(()), |failed| Err(ReplayError::Failed(failed))),
    }
}
