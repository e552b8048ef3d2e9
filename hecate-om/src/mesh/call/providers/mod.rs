//! Providers of the procedures that this node calls: the list of providers, their load and latency,
//! and the choice of the provider.
//!
//! The list of a procedure's providers is refreshed in the background. A call waits for the refresh
//! only if the call found the list wrong, and all waiting calls share one lookup. For the first
//! call, the router chooses the provider with the most recent advertisement.

mod balancer;
mod budget;
mod keyed;
mod latency;
mod peers;

pub(in crate::mesh) use balancer::{LoadBalancer, Pick, Unavailable};
pub(in crate::mesh) use peers::CallOutcome;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use macula_rust::pool::PoolError;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::mesh::connection::Uplink;
use crate::sync::{Mutex, MutexGuard};
use peers::ProviderList;

/// Maximum number of procedures with a provider list. When full, the least recently called
/// procedure is removed.
const MAX_PROCEDURES: usize = 1024;
/// Timeout of a lookup.
pub(super) const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
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
        self.next_lookup(timeout, || self.look_up(up, procedure))
            .await
    }

    /// Waits until the lookup in progress, or the lookup that `look_up` starts, has ended. Returns
    /// whether it ended within `timeout`.
    async fn next_lookup(&self, timeout: Duration, look_up: impl FnOnce()) -> bool {
        let mut lookups = self.lookups.subscribe();
        look_up();
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
            shared.record_lookup(found);
        });
    }

    /// Records the result of the lookup in progress, and wakes the calls that wait for the lookup.
    fn record_lookup(&self, found: Option<Vec<(Node, Node)>>) {
        self.lock().record_lookup(found, Instant::now());
        self.lookups.send_modify(|ended| *ended += 1);
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

    #[tokio::test(start_paused = true)]
    async fn a_lookup_that_does_not_end_is_waited_for_until_a_timeout() {
        let list = SharedList::default();
        let since = Instant::now();
        let long = 10 * LOOKUP_TIMEOUT;
        for (timeout, limit) in [
            (LOOKUP_TIMEOUT / 2, LOOKUP_TIMEOUT / 2),
            (long, LOOKUP_TIMEOUT),
        ] {
            let before = since.elapsed();
            assert!(!list.next_lookup(timeout, || {}).await);
            assert_eq!(since.elapsed() - before, limit);
        }
        let lookup = || list.record_lookup(None);
        assert!(list.next_lookup(long, lookup).await);
    }
}

#[cfg(all(test, shuttle))]
mod interleavings {
    use shuttle::future;

    use super::*;
    use crate::sync::check;

    /// Waits for a lookup, as a call does that found the list wrong.
    async fn refreshed(list: Arc<SharedList>) {
        let lookup = || {
            if list.lock().try_start_lookup() {
                let list = Arc::clone(&list);
                future::spawn(async move { list.record_lookup(Some(Vec::new())) });
            }
        };
        assert!(list.next_lookup(LOOKUP_TIMEOUT, lookup).await);
        assert!(!list.lock().is_unknown());
    }

    #[test]
    fn all_calls_that_wait_for_a_lookup_continue_with_its_result() {
        check(|| {
            let list = Arc::<SharedList>::default();
            let calls = [(); 3].map(|()| future::spawn(refreshed(Arc::clone(&list))));
            for call in calls {
                future::block_on(call).unwrap();
            }
        });
    }
}
