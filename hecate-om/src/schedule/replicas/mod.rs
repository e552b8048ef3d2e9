//! Choice of the instance that runs a due time, for schedules with `replicas = one`.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use sha2::{Digest as _, Sha256};

use super::{DueTime, Schedule, When};
use crate::rendezvous;

/// Id of a node.
type Node = [u8; 32];
type LookUp = dyn Fn(String) -> BoxFuture<'static, Option<Vec<Node>>> + Send + Sync;

/// The instances of the service that run its schedules, as the mesh advertises them.
#[derive(Clone)]
pub(crate) struct Replicas {
    service: &'static str,
    own: Node,
    look_up: Arc<LookUp>,
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
    format!("{service}.runs_{}", hex::encode(&hash.finalize()[..8]))
}

impl Replicas {
    /// Creates the choice for the instance `own`. `look_up` returns the nodes that serve a
    /// capability, or `None` if no station answered.
    pub(crate) fn new(
        service: &'static str,
        own: Node,
        look_up: impl Fn(String) -> BoxFuture<'static, Option<Vec<Node>>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            service,
            own,
            look_up: Arc::new(look_up),
        }
    }

    /// Chooses the instance for a due time. The chosen instance looks again before it runs, so that
    /// an instance that was added or withdrawn during the first look-up is taken into account.
    pub(super) async fn choose(&self, schedule: &Schedule, due: SystemTime) -> Choice {
        let capability = capability(self.service, schedule);
        let key = key(&capability, due);
        for _ in 0..2 {
            let live = (self.look_up)(capability.clone()).await;
            let ordered = rendezvous::order(&key, live.unwrap_or_default());
            match ordered.first() {
                Some(first) if *first == self.own => {}
                Some(_) => return Choice::OtherReplica,
                None => return Choice::Unknown,
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
