//! Choice of the instance that runs a due time, for schedules with `replicas = one`.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use sha2::{Digest as _, Sha256};

use super::{DueTime, Schedule, When};
use crate::rendezvous;

/// Id of a node.
pub(crate) type Node = [u8; 32];

/// Maximum time for which an instance that comes first may take to answer.
const MAX_ANSWER_TIME: Duration = Duration::from_secs(2);

/// The mesh, as the choice of an instance sees it.
pub(crate) trait ReplicaView: Send + Sync {
    /// Returns the nodes that advertise a capability, or `None` if no station answered.
    fn look_up(&self, capability: String) -> BoxFuture<'static, Option<Vec<Node>>>;

    /// Returns whether a node answers within `timeout` that it runs the schedule of a capability.
    fn answers(
        &self,
        capability: String,
        node: Node,
        timeout: Duration,
    ) -> BoxFuture<'static, bool>;
}

/// The instances of the service that run its schedules, as the mesh advertises them.
#[derive(Clone)]
pub(crate) struct Replicas {
    service: &'static str,
    own: Node,
    view: Arc<dyn ReplicaView>,
}

/// Instance that runs a due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    ThisReplica,
    OtherReplica,
    /// No station answered, or no instance is advertised.
    Unknown,
}

/// Returns the capability that each instance advertises which runs `schedule` at the same times.
/// Instances of a version without the schedule, or with other times, are thus never chosen for it.
pub(crate) fn capability(service: &str, schedule: &Schedule) -> String {
    let mut hash = Sha256::new().chain_update(schedule.name).chain_update([0]);
    match schedule.when {
        When::Every(ms) => hash.update(ms.to_be_bytes()),
        When::Cron(pattern) => hash.update(pattern),
    }
    let hash = hex::encode(&hash.finalize()[..8]);
    format!("{service}.{hash}.shared_schedule")
}

impl Replicas {
    /// Creates the choice for the instance `own`.
    pub(crate) fn new(service: &'static str, own: Node, view: impl ReplicaView + 'static) -> Self {
        Self {
            service,
            own,
            view: Arc::new(view),
        }
    }

    /// Chooses the instance for a due time: the first one that answers. A station lists a node for
    /// minutes after its process was killed, so the list alone would leave its runs to nobody. The
    /// chosen instance looks again before it runs, so that an instance that was added during the
    /// first look-up is taken into account.
    pub(super) async fn choose(
        &self,
        schedule: &Schedule,
        due: SystemTime,
        period: Duration,
    ) -> Choice {
        let capability = capability(self.service, schedule);
        let key = key(&capability, due);
        let timeout = MAX_ANSWER_TIME.min(period / 2);
        let mut silent = Vec::new();
        for _ in 0..2 {
            let live = self.view.look_up(capability.clone()).await;
            let ordered = rendezvous::order(&key, live.unwrap_or_default());
            if !ordered.contains(&self.own) {
                return if ordered.is_empty() {
                    Choice::Unknown
                } else {
                    Choice::OtherReplica
                };
            }
            for node in ordered.into_iter().take_while(|node| *node != self.own) {
                if silent.contains(&node) {
                    continue;
                }
                if self.view.answers(capability.clone(), node, timeout).await {
                    return Choice::OtherReplica;
                }
                silent.push(node);
            }
        }
        Choice::ThisReplica
    }

    /// Returns the share of the longest delay by which the run of a due time is delayed, alike on
    /// each instance.
    pub(super) fn delay(&self, schedule: &Schedule, due: SystemTime) -> f64 {
        let hash = Sha256::digest(key(&capability(self.service, schedule), due));
        f64::from(hash[0]) / 256.0
    }
}

/// Returns the key of a due time. The capability stands for the schedule.
fn key(capability: &str, due: SystemTime) -> Vec<u8> {
    let due = DueTime(due).unix_millis().to_be_bytes();
    [capability.as_bytes(), &due].concat()
}

impl fmt::Debug for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replicas({})", self.service)
    }
}

#[cfg(test)]
mod tests;
