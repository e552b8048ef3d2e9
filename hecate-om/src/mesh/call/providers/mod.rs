//! Providers of the procedures that this node calls: their list, their load and latency, and the
//! choice among them.
//!
//! The list of a procedure's providers is refreshed in the background. A call waits for the refresh
//! only if it found the list wrong, and all waiting calls share one lookup. A first call leaves the
//! choice to macula.

mod balancer;
mod budget;
mod dial;
mod latency;
mod peers;

pub(in crate::mesh) use balancer::{LoadBalancer, Unavailable};
pub(in crate::mesh) use peers::CallOutcome;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use macula_rust::pool::PoolError;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::mesh::Up;
use dial::Dials;
use peers::Peers;

/// How many procedures are known at once; the one that was called least recently is forgotten for another.
const KNOWN: usize = 1024;
/// How long looking providers up may take.
const LOOKUP: Duration = Duration::from_secs(5);
/// How long an empty list counts as complete: calls that find no provider, and their retries, make
/// one lookup in this time. Shorter than the last delay of a retry, which finds a provider that has
/// restarted.
pub(in crate::mesh) const RECHECK: Duration = Duration::from_millis(100);

/// A node's id, or a station's.
pub(in crate::mesh) type Node = [u8; 32];
/// Whoever serves the procedure, in macula's words.
pub(in crate::mesh) const ANY: Node = [0; 32];

/// The providers of the procedures that this node calls.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Providers {
    known: Mutex<HashMap<String, Entry>>,
    dials: Arc<Dials>,
}

#[derive(Debug)]
struct Entry {
    shared: Arc<Shared>,
    called: Instant,
}

/// The providers of one procedure, which its calls share.
#[derive(Debug, Default)]
struct Shared {
    peers: Mutex<Peers>,
    /// Number of completed lookups.
    lookups: watch::Sender<u64>,
    /// Notified when the first call to a provider ends, after which the SDK knows the provider.
    found: Notify,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Peers> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refreshes the list in the background if it is old or wrong.
    fn refresh(self: &Arc<Self>, up: &Up, procedure: &str) {
        if self.lock().needs_lookup(Instant::now()) {
            self.look_up(up, procedure);
        }
    }

    /// Waits until the list is refreshed, by the lookup in progress or a new one. Returns whether a
    /// lookup ended within `timeout`.
    async fn refreshed(self: &Arc<Self>, up: &Up, procedure: &str, timeout: Duration) -> bool {
        let mut lookups = self.lookups.subscribe();
        self.look_up(up, procedure);
        let ended = tokio::time::timeout(timeout.min(LOOKUP), lookups.changed()).await;
        matches!(ended, Ok(Ok(())))
    }

    /// Looks up the procedure's providers, unless a lookup is in progress. It runs in a task,
    /// because the SDK's future must not be dropped before it completes, and other calls also wait
    /// for it.
    fn look_up(self: &Arc<Self>, up: &Up, procedure: &str) {
        if !self.lock().starts_lookup() {
            return;
        }
        let (shared, up, procedure) = (Arc::clone(self), up.clone(), procedure.to_owned());
        tokio::spawn(async move {
            let found = match up.pool.providers(&up.realm.id, &procedure).await {
                Ok(found) => Some(found.into_iter().map(|p| (p.node, p.station)).collect()),
                Err(PoolError::NoProvider(_)) => Some(Vec::new()),
                Err(_) => None,
            };
            shared.lock().looked_up(found, Instant::now());
            shared.lookups.send_modify(|ended| *ended += 1);
        });
    }
}

impl Providers {
    fn of(&self, procedure: &str) -> Option<Arc<Shared>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.get_mut(procedure)?;
        entry.called = Instant::now();
        Some(Arc::clone(&entry.shared))
    }

    /// [`Providers::of`], for a procedure that somebody has been found to serve: only such take room.
    fn found(&self, procedure: &str) -> Arc<Shared> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN && !known.contains_key(procedure) {
            let oldest = known.iter().min_by_key(|(_, entry)| entry.called);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                known.remove(&oldest);
            }
        }
        let entry = known.entry(procedure.to_owned()).or_insert_with(|| Entry {
            shared: Arc::default(),
            called: Instant::now(),
        });
        Arc::clone(&entry.shared)
    }
}

#[cfg(test)]
impl Providers {
    /// Returns the number of completed lookups of the procedure.
    pub(in crate::mesh) fn lookups(&self, procedure: &str) -> u64 {
        self.of(procedure)
            .map_or(0, |shared| *shared.lookups.borrow())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_so_many_procedures_are_known_and_the_least_recently_called_goes() {
        let providers = Providers::default();
        for n in 0..KNOWN {
            providers.found(&format!("org/p{n}"));
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert!(providers.of("org/p0").is_some(), "and it is called again");
        providers.found("org/another");
        assert!(providers.of("org/p0").is_some() && providers.of("org/another").is_some());
        assert!(providers.of("org/p1").is_none());
    }
}
