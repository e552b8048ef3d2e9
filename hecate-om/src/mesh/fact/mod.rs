//! Facts: what a service tells whoever subscribed, and what it is told.

mod error;
mod feed;
mod listening;
mod literal;
mod outbox;
mod publish;
mod queue;
mod stats;
mod subscriber;
mod subscriptions;

pub use error::{PublishError, SubscribeError};
pub use literal::topic;
pub use publish::{Publishing, Topic};
pub use subscriber::Subscriber;
pub use subscriptions::{Changed, Subscription, Subscriptions};

pub(crate) use feed::Feed;
pub(crate) use listening::{Listener, SubscriptionSupervisor};
pub(crate) use queue::Queue;
pub(crate) use stats::{FactStats, Standing};

use tokio::runtime::Handle;

use outbox::Outbox;
use stats::AllStats;

/// The facts of one node: those on their way out, and how those that come fare.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) outbox: Outbox,
    heard: AllStats,
    /// Where work is spawned for threads that are none of the runtime's.
    runtime: Option<Handle>,
}

impl Facts {
    pub(super) fn new() -> Self {
        Self {
            outbox: Outbox::new(),
            heard: AllStats::default(),
            runtime: Handle::try_current().ok(),
        }
    }

    /// How the facts of `topic` fare, for whoever counts them.
    pub(crate) fn of(&self, topic: &str) -> std::sync::Arc<FactStats> {
        self.heard.of(topic)
    }

    /// How all facts fare that are listened to, by topic.
    pub(crate) fn heard(&self) -> Vec<std::sync::Arc<FactStats>> {
        self.heard.all()
    }

    fn runtime(&self) -> Option<Handle> {
        Handle::try_current().ok().or_else(|| self.runtime.clone())
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests;
