//! State of the sharers that this node fetches from: requests in flight, and missing answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Most requests in flight to one sharer, over all fetches. A sharer allows one caller sixteen
/// sessions, and a fetch by macula itself takes four.
const MAX_IN_FLIGHT: usize = 12;
/// Most requests in flight to a silent sharer: enough to notice that it answers again.
const MAX_IN_FLIGHT_SILENT: usize = 1;
/// How long a sharer counts as silent.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Most remembered sharers without requests in flight.
const KNOWN: usize = 1_024;

/// The sharers with requests in flight, or that did not answer.
#[derive(Debug, Default)]
pub(super) struct Peers(Mutex<HashMap<[u8; 32], Peer>>);

#[derive(Debug)]
struct Peer {
    places: Arc<Semaphore>,
    places_while_silent: Arc<Semaphore>,
    silent_until: Option<Instant>,
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
            places_while_silent: Arc::new(Semaphore::new(MAX_IN_FLIGHT_SILENT)),
            silent_until: None,
        }
    }
}

impl Peer {
    fn is_silent(&self) -> bool {
        self.silent_until
            .is_some_and(|until| until > Instant::now())
    }

    fn is_asked(&self) -> bool {
        self.places.available_permits() < MAX_IN_FLIGHT
            || self.places_while_silent.available_permits() < MAX_IN_FLIGHT_SILENT
    }
}

impl Peers {
    fn peers(&self) -> MutexGuard<'_, HashMap<[u8; 32], Peer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a permit to send the sharer a request.
    pub(super) async fn place(&self, node: &[u8; 32]) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut peers = self.peers();
            make_room(&mut peers, node);
            let peer = peers.entry(*node).or_default();
            if peer.is_silent() {
                Arc::clone(&peer.places_while_silent)
            } else {
                Arc::clone(&peer.places)
            }
        };
        // The semaphore is never closed.
        places.acquire_owned().await.ok()
    }

    /// Returns the number of requests in flight to the sharer.
    #[cfg(all(test, feature = "dev-mesh"))]
    pub(super) fn asked(&self, node: &[u8; 32]) -> usize {
        self.peers()
            .get(node)
            .map_or(0, |peer| MAX_IN_FLIGHT - peer.places.available_permits())
    }

    /// Returns whether the sharer recently did not answer.
    pub(super) fn is_silent(&self, node: &[u8; 32]) -> bool {
        self.peers().get(node).is_some_and(Peer::is_silent)
    }

    /// Records whether the sharer answered.
    pub(super) fn answered(&self, node: &[u8; 32], answered: bool) {
        if let Some(peer) = self.peers().get_mut(node) {
            peer.silent_until = if answered {
                None
            } else {
                Some(Instant::now() + REMEMBERED)
            };
        }
    }
}

/// Removes idle entries if there are too many, because any node may announce any content.
fn make_room(peers: &mut HashMap<[u8; 32], Peer>, node: &[u8; 32]) {
    if peers.len() < KNOWN || peers.contains_key(node) {
        return;
    }
    peers.retain(|_, peer| peer.is_asked() || peer.is_silent());
    if peers.len() >= KNOWN {
        peers.retain(|_, peer| peer.is_asked());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_sharer_that_is_full_costs_the_others_nothing_and_a_silent_one_has_one_place() {
        let peers = Peers::default();
        let (full, other) = ([1; 32], [2; 32]);
        let mut held = Vec::new();
        for _ in 0..MAX_IN_FLIGHT {
            held.push(peers.place(&full).await);
        }
        assert!(peers.place(&full).now_or_never().is_none());
        assert!(peers.place(&other).now_or_never().is_some());
        drop(held);
        peers.answered(&full, false);
        assert!(peers.is_silent(&full) && !peers.is_silent(&other));
        let _one = peers.place(&full).now_or_never().expect("one place");
        assert!(peers.place(&full).now_or_never().is_none());
        peers.answered(&full, true);
        assert!(peers.place(&full).now_or_never().is_some());
    }

    #[tokio::test]
    async fn only_so_many_sharers_are_known() {
        let peers = Peers::default();
        for n in 0..3 * KNOWN {
            let mut node = [0; 32];
            node[..8].copy_from_slice(&n.to_be_bytes());
            drop(peers.place(&node).await);
            peers.answered(&node, false);
        }
        assert!(peers.peers().len() <= KNOWN);
    }
}
