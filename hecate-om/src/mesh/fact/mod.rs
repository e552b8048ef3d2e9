//! Facts: publishing, and subscribing to the facts of other nodes.

mod delivery_queue;
mod error;
mod fact_builder;
mod link_drops;
mod publish_queue;
mod publishing;
mod recent_ids;
mod retry_queue;
mod stats;
mod subscriber;
mod subscription_task;
mod subscriptions;
mod supervisor;
mod topic;
mod worker;

pub use error::{PublishError, SubscribeError};
pub use fact_builder::FactBuilder;
pub use publishing::{PublishBuilder, Publishing};
pub use subscriber::Subscriber;
pub use subscriptions::{Changed, Subscription, Subscriptions};
pub use topic::topic;

pub(crate) use stats::{FactStats, SubscriptionState};
pub(crate) use supervisor::SubscriptionSupervisor;
pub(crate) use worker::SubscriptionSpec;

use std::sync::Arc;

use macula_rust::station_link::PublicationSeq;
use tokio::runtime::Handle;

use crate::mesh::connection::Connection;
use publish_queue::PublishQueue;
use stats::StatsTable;

/// Maximum number of facts in one queue, for publishing or for handling.
const MAX_QUEUED_FACTS: usize = 1_024;
/// Maximum number of bytes of the facts in one queue, as encoded on the wire.
const MAX_QUEUED_BYTES: usize = 64 * 1024 * 1024;

/// Facts of one node: the publish queue, and the statistics of the subscriptions.
#[derive(Debug)]
pub(crate) struct Facts {
    connection: Connection,
    pub(crate) publish_queue: PublishQueue,
    /// Numbers of this node's publications.
    sequence: PublicationSeq,
    stats: StatsTable,
    /// Runtime for the tasks of callers outside of a runtime.
    runtime: Option<Handle>,
}

impl Facts {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            publish_queue: PublishQueue::new(),
            sequence: PublicationSeq::default(),
            stats: StatsTable::default(),
            runtime: Handle::try_current().ok(),
        }
    }

    /// Returns the statistics of `topic`.
    pub(crate) fn stats_of(&self, topic: &str) -> Arc<FactStats> {
        self.stats.entry(topic)
    }

    /// Returns the statistics of all topics with subscriptions.
    pub(crate) fn subscription_stats(&self) -> Vec<Arc<FactStats>> {
        self.stats.all()
    }

    fn runtime(&self) -> Option<Handle> {
        Handle::try_current().ok().or_else(|| self.runtime.clone())
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod direct_links;
#[cfg(all(test, feature = "dev-mesh"))]
mod tests;
