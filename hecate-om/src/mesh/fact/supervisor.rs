//! Supervisor of subscriptions with handlers. Each subscription has separate tasks, so that
//! subscriptions do not wait for each other.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Facts;
use super::retry_queue::{Attempt, RetryQueue};
use super::subscription_task::SubscriptionTask;
use super::worker::{SubscriptionSpec, Worker};
use crate::capability::NodeId;
use crate::clock::Clock;
use crate::codec;
use crate::dead_letter::{DeadLetter, DeadLetters, HandlerKey, Replay, ReplayError};
use crate::handler::{FailedRun, GiveUp, HandlerTasks};
use crate::publication::take_stamp;
use crate::subscription::{Delivery, FactMetadata, at_ms};

/// Supervisor that starts subscriptions. Their tasks end with the service.
#[derive(Debug, Clone)]
pub(crate) struct SubscriptionSupervisor {
    facts: Arc<Facts>,
    tasks: HandlerTasks,
    dead_letters: DeadLetters,
    clock: Clock,
}

impl SubscriptionSupervisor {
    pub(crate) const fn new(
        facts: Arc<Facts>,
        tasks: HandlerTasks,
        dead_letters: DeadLetters,
        clock: Clock,
    ) -> Self {
        Self {
            facts,
            tasks,
            dead_letters,
            clock,
        }
    }

    /// Starts a subscription. Cancelling the returned token ends the subscription once its queue is
    /// empty.
    pub(crate) fn start(&self, subscription: SubscriptionSpec) -> CancellationToken {
        let task = SubscriptionTask::new(Arc::clone(&self.facts), &subscription.topic);
        let retries = Arc::new(RetryQueue::new(task.stats()));
        let worker = Worker {
            queue: task.queue(),
            stats: task.stats(),
            retries: Arc::clone(&retries),
            tasks: self.tasks.clone(),
            dead_letters: self.dead_letters.clone(),
            clock: self.clock.clone(),
            subscription: Arc::new(subscription),
        };
        if worker.subscription.is_stored {
            let topic = worker.subscription.topic.clone();
            let clock = self.clock.clone();
            let replay = Replay::new(move |letter, payload| {
                Box::pin(replay(letter, payload, Arc::clone(&retries), clock.clone()))
            });
            self.dead_letters
                .set_handler(HandlerKey::Topic(topic), replay);
        }
        let stop = self.tasks.stopped().child_token();
        self.tasks.spawn(task.run(stop.clone()));
        for _ in 0..worker.subscription.concurrency {
            self.tasks.spawn(worker.clone().run());
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

/// Has one of the workers handle a dead letter, so that its concurrency applies.
async fn replay(
    letter: DeadLetter,
    payload: Vec<u8>,
    retries: Arc<RetryQueue>,
    clock: Clock,
) -> Result<(), ReplayError> {
    let undecodable = |error: String| {
        ReplayError::Failed(FailedRun {
            permanent: Some(GiveUp::Undecodable),
            error,
        })
    };
    let payload = codec::from_wire_bytes(&payload);
    let mut payload = payload.map_err(|error| undecodable(error.to_string()))?;
    let HandlerKey::Topic(topic) = &letter.handler else {
        return Err(ReplayError::NoHandler);
    };
    let metadata = FactMetadata {
        topic: topic.as_str().into(),
        publisher: letter
            .publisher()
            .unwrap_or_else(|| NodeId::from_bytes([0; 32])),
        published_at: at_ms(letter.published_at),
        stamp: take_stamp(&mut payload),
    };
    let (reply, outcome) = oneshot::channel();
    let attempt = Attempt {
        delivery: Delivery::Fact(payload),
        metadata,
        so_far: None,
        replay: Some(reply),
    };
    retries
        .push(clock.now(), attempt)
        .map_err(|refused| match refused.1 {
            GiveUp::TooManyWaiting => ReplayError::Busy,
            _ => ReplayError::Stopping,
        })?;
    outcome.await.unwrap_or(Err(ReplayError::Stopping))
}
