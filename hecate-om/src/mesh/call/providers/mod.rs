//! Providers of the procedures that this node calls: the list of providers, their load and latency,
//! and the choice of the provider.
//!
//! The list of a procedure's providers is refreshed in the background. A call waits for the refresh
//! only if the call found the list wrong, and all waiting calls share one lookup. For the first
//! call, the router chooses the provider with the most recent advertisement.

mod balancer;
mod budget;
mod latency;
mod peers;

pub(in crate::mesh) use balancer::{LoadBalancer, Pick, Unavailable};
pub(in crate::mesh) use peers::CallOutcome;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use macula_rust::pool::PoolError;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::mesh::connection::Uplink;
use peers::ProviderList;

/// Maximum number of procedures with a provider list. When full, the least recently called
/// procedure is removed.
const MAX_PROCEDURES: usize = 1024;
/// Timeout of a lookup.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for which an empty list counts as complete. Calls that find no provider, and their retries,
/// make one lookup in this time. The time is shorter than the last retry delay, so that the last
/// retry finds a provider that has restarted.
pub(in crate::mesh) const RECHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Id of a node or station.
pub(in crate::mesh) type Node = [u8; 32];
/// Any provider of the procedure, chosen by the router.
pub(in crate::mesh) const ANY_PROVIDER: Node = [0; 32];

/// Providers of the procedures that this node calls.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Providers {
    procedures: Mutex<HashMap<String, ProcedureEntry>>,
}

#[derive(Debug)]
struct ProcedureEntry {
    shared: Arc<SharedList>,
    last_called: Instant,
}

/// Providers of one procedure, shared by its calls.
#[derive(Debug, Default)]
struct SharedList {
    peers: Mutex<ProviderList>,
    /// Number of completed lookups.
    lookups: watch::Sender<u64>,
    /// Notified when the first call to a provider ends. The router then knows the route.
    found: Notify,
}

impl SharedList {
    fn lock(&self) -> MutexGuard<'_, ProviderList> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refreshes the list in the background if the list is old or wrong.
    fn refresh(self: &Arc<Self>, up: &Uplink, procedure: &str) {
        if self.lock().needs_lookup(Instant::now()) {
            self.look_up(up, procedure);
        }
    }

    /// Waits until the lookup in progress, or a new lookup, has refreshed the list. Returns whether
    /// a lookup ended within `timeout`.
    async fn refreshed(self: &Arc<Self>, up: &Uplink, procedure: &str, timeout: Duration) -> bool {
        let mut lookups = self.lookups.subscribe();
        self.look_up(up, procedure);
        let ended = tokio::time::timeout(timeout.min(LOOKUP_TIMEOUT), lookups.changed()).await;
        matches!(ended, Ok(Ok(())))
    }

    /// Looks up the procedure's providers, unless a lookup is in progress. The lookup runs in a
    /// task, because other calls also wait for it.
    fn look_up(self: &Arc<Self>, up: &Uplink, procedure: &str) {
        if !self.lock().try_start_lookup() {
            return;
        }
        let (shared, up, procedure) = (Arc::clone(self), up.clone(), procedure.to_owned());
        tokio::spawn(async move {
            let found = match up.router.providers(up.realm.id, &procedure).await {
                Ok(found) => Some(found),
                Err(PoolError::NoProvider(_)) => Some(Vec::new()),
                Err(_) => None,
            };
            shared.lock().record_lookup(found, Instant::now());
            shared.lookups.send_modify(|ended| *ended += 1);
        });
    }
}

impl Providers {
    fn known(&self, procedure: &str) -> Option<Arc<SharedList>> {
        let mut procedures = self
            .procedures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let entry = procedures.get_mut(procedure)?;
        entry.last_called = Instant::now();
        Some(Arc::clone(&entry.shared))
    }

    /// Returns the providers of a called procedure. Registers the procedure if it is new.
    fn register(&self, procedure: &str) -> Arc<SharedList> {
        let mut procedures = self
            .procedures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if procedures.len() >= MAX_PROCEDURES && !procedures.contains_key(procedure) {
            let oldest = procedures.iter().min_by_key(|(_, entry)| entry.last_called);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                procedures.remove(&oldest);
            }
        }
        let entry = procedures
            .entry(procedure.to_owned())
            .or_insert_with(|| ProcedureEntry {
                shared: Arc::default(),
                last_called: Instant::now(),
            });
        Arc::clone(&entry.shared)
    }
}

#[cfg(test)]
impl Providers {
    /// Returns the number of completed lookups of the procedure.
    pub(in crate::mesh) fn lookups(&self, procedure: &str) -> u64 {
        self.known(procedure)
            .map_or(0, |shared| *shared.lookups.borrow())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_least_recently_called_procedure_makes_room_for_another() {
        let providers = Providers::default();
        for n in 0..MAX_PROCEDURES {
            providers.register(&format!("org/p{n}"));
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert!(providers.known("org/p0").is_some(), "this is a call, too");
        providers.register("org/another");
        assert!(providers.known("org/p0").is_some() && providers.known("org/another").is_some());
        assert!(providers.known("org/p1").is_none());
    }
}
