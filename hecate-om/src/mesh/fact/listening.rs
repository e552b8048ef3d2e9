//! SubscriptionSupervisor: each subscription fed and handled by tasks of its own, so that none waits for another.

use std::fmt;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, field};

use super::{FactStats, Feed, Queue};
use crate::capability::States;
use crate::codec::Payload;
use crate::handler::{self, HandlerError, HandlerExit, HandlerFuture, HandlerTasks};
use crate::mesh::Mesh;
use crate::subscription::{Delivery, FactHandler, FactInvocation, FactMetadata};

/// What runs the subscriptions.
#[derive(Debug, Clone)]
pub(crate) struct SubscriptionSupervisor {
    mesh: Mesh,
    tasks: HandlerTasks,
}

/// One subscription to be run.
pub(crate) struct Listener {
    pub(crate) topic: String,
    /// Where its handler is.
    pub(crate) location: &'static str,
    pub(crate) gaps_ignored: bool,
    pub(crate) concurrency: u32,
    pub(crate) states: Arc<States>,
    pub(crate) invoke: Arc<dyn Fn(FactInvocation) -> HandlerFuture<(), HandlerError> + Send + Sync>,
}

impl Listener {
    pub(crate) fn of(handler: &FactHandler, states: &Arc<States>) -> Self {
        Self {
            topic: handler.topic.to_owned(),
            location: handler.location,
            gaps_ignored: handler.gaps_ignored,
            concurrency: handler.concurrency,
            states: Arc::clone(states),
            invoke: Arc::new(handler.invoke),
        }
    }

    /// Handles what was heard. No fact, and nothing that the handler does, can end the subscription.
    async fn handle(
        &self,
        heard: Delivery<Payload>,
        event: FactMetadata,
        stats: &FactStats,
        cut: &CancellationToken,
    ) {
        let span = tracing::info_span!(
            "fact",
            topic = self.topic,
            publisher = %event.publisher(),
            outcome = field::Empty,
            duration_ms = field::Empty,
        );
        let running = stats.tally.start(&span);
        let publisher = event.publisher();
        let invocation = FactInvocation::new(heard, event, Arc::clone(&self.states));
        let ended = handler::run(|| (self.invoke)(invocation), cut)
            .instrument(span.clone())
            .await;
        if let Some(word) = ended.label() {
            running.end(word);
        }
        let _entered = span.enter();
        match ended {
            HandlerExit::Completed => {}
            HandlerExit::Failed(HandlerError::Undecodable(why)) => {
                stats.undecodable(publisher, &why)
            }
            HandlerExit::Failed(HandlerError::Failed(why)) => {
                tracing::warn!(at = self.location, "the handler failed: {why}");
            }
            HandlerExit::Panicked(panic) => tracing::error!(
                at = panic.at(self.location),
                backtrace = panic.backtrace(),
                "the handler panicked: {panic}"
            ),
            // The drain has logged it.
            HandlerExit::Cancelled => {}
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listener({} at {})", self.topic, self.location)
    }
}

impl SubscriptionSupervisor {
    pub(crate) const fn new(mesh: Mesh, tasks: HandlerTasks) -> Self {
        Self { mesh, tasks }
    }

    /// Listens from now on, until the token that is returned is cancelled: what has come by then is still handled.
    pub(crate) fn begin(&self, listener: Listener) -> CancellationToken {
        let feed = Feed::new(self.mesh.clone(), &listener.topic);
        let (queue, stats) = (feed.queue(), feed.stats());
        let stop = self.tasks.stopped().child_token();
        let listener = Arc::new(listener);
        self.tasks.spawn(feed.run(stop.clone()));
        for _ in 0..listener.concurrency {
            let work = work(
                Arc::clone(&listener),
                Arc::clone(&queue),
                Arc::clone(&stats),
                self.tasks.cut().clone(),
            );
            self.tasks.spawn(work);
        }
        stop
    }

    /// Returns the topics with unhandled facts, and their number.
    pub(crate) fn unfinished(&self) -> Vec<String> {
        let topics = self.mesh.facts().heard().into_iter();
        let unfinished = topics.filter_map(|stats| {
            let (running, (waiting, _)) = (stats.tally.running(), stats.waiting());
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

async fn work(
    listener: Arc<Listener>,
    queue: Arc<Queue>,
    stats: Arc<FactStats>,
    cut: CancellationToken,
) {
    loop {
        let item = tokio::select! {
            biased;
            () = cut.cancelled() => return,
            item = queue.pop() => item,
        };
        let Some((heard, event)) = item else {
            return;
        };
        if listener.gaps_ignored && !matches!(heard, Delivery::Fact(_)) {
            continue;
        }
        listener.handle(heard, event, &stats, &cut).await;
    }
}
