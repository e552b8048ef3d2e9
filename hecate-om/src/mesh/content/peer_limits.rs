//! Limits on the requests to each peer that this node fetches from.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::sync::{Mutex, MutexGuard};

/// Maximum number of requests in flight to one peer, over all fetches. A peer allows one caller
/// sixteen sessions, of which a fetch by macula-rust itself uses four.
const MAX_IN_FLIGHT: usize = 12;
/// Maximum number of requests in flight to a silent peer: enough to detect that the peer answers
/// again.
const MAX_IN_FLIGHT_SILENT: usize = 1;
/// Time for which a peer counts as silent.
const SILENT_FOR: Duration = Duration::from_secs(60);
/// Maximum number of stored entries of peers without requests in flight.
const MAX_IDLE_PEERS: usize = 1_024;

/// State of the peers that have requests in flight or did not answer.
#[derive(Debug, Default)]
pub(super) struct PeerLimits(Mutex<HashMap<[u8; 32], PeerState>>);

#[derive(Debug)]
struct PeerState {
    permits: Arc<Semaphore>,
    silent_permits: Arc<Semaphore>,
    silent_until: Option<Instant>,
}

impl Default for PeerState {
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
            silent_permits: Arc::new(Semaphore::new(MAX_IN_FLIGHT_SILENT)),
            silent_until: None,
        }
    }
}

impl PeerState {
    fn is_silent(&self) -> bool {
        self.silent_until
            .is_some_and(|until| until > Instant::now())
    }

    /// Returns whether a request waits for a permit or has one. Each holds a reference, which it
    /// obtains under the lock of [`PeerLimits`].
    fn has_requests(&self) -> bool {
        Arc::strong_count(&self.permits) > 1 || Arc::strong_count(&self.silent_permits) > 1
    }
}

impl PeerLimits {
    fn peers(&self) -> MutexGuard<'_, HashMap<[u8; 32], PeerState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a permit to send a request to the peer.
    pub(super) async fn acquire(&self, node: &[u8; 32]) -> Option<OwnedSemaphorePermit> {
        let permits = {
            let mut peers = self.peers();
            make_room(&mut peers, node);
            let peer = peers.entry(*node).or_default();
            if peer.is_silent() {
                Arc::clone(&peer.silent_permits)
            } else {
                Arc::clone(&peer.permits)
            }
        };
        // The semaphore is never closed.
        permits.acquire_owned().await.ok()
    }

    /// Returns the number of requests in flight to the peer.
    #[cfg(all(test, feature = "dev-mesh"))]
    pub(super) fn in_flight(&self, node: &[u8; 32]) -> usize {
        self.peers()
            .get(node)
            .map_or(0, |peer| MAX_IN_FLIGHT - peer.permits.available_permits())
    }

    /// Returns whether the peer recently failed to answer.
    pub(super) fn is_silent(&self, node: &[u8; 32]) -> bool {
        self.peers().get(node).is_some_and(PeerState::is_silent)
    }

    /// Records whether the peer answered.
    pub(super) fn record_answer(&self, node: &[u8; 32], answered: bool) {
        if let Some(peer) = self.peers().get_mut(node) {
            peer.silent_until = if answered {
                None
            } else {
                Some(Instant::now() + SILENT_FOR)
            };
        }
    }
}

/// Removes idle entries if there are too many. Any node may announce any content, so the number of
/// peers is unbounded.
fn make_room(peers: &mut HashMap<[u8; 32], PeerState>, node: &[u8; 32]) {
    if peers.len() < MAX_IDLE_PEERS || peers.contains_key(node) {
        return;
    }
    peers.retain(|_, peer| peer.has_requests() || peer.is_silent());
    if peers.len() >= MAX_IDLE_PEERS {
        peers.retain(|_, peer| peer.has_requests());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn each_peer_has_permits_of_its_own_and_a_silent_one_has_a_single_permit() {
        let limits = PeerLimits::default();
        let (full, other) = ([1; 32], [2; 32]);
        let mut held = Vec::new();
        for _ in 0..MAX_IN_FLIGHT {
            held.push(limits.acquire(&full).await);
        }
        assert!(limits.acquire(&full).now_or_never().is_none());
        assert!(limits.acquire(&other).now_or_never().is_some());
        drop(held);
        limits.record_answer(&full, false);
        assert!(limits.is_silent(&full) && !limits.is_silent(&other));
        let _permit = limits
            .acquire(&full)
            .now_or_never()
            .expect("a silent peer has one permit");
        assert!(limits.acquire(&full).now_or_never().is_none());
        limits.record_answer(&full, true);
        assert!(limits.acquire(&full).now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_counts_as_silent_for_a_limited_time() {
        let limits = PeerLimits::default();
        let node = [1; 32];
        drop(limits.acquire(&node).await);
        limits.record_answer(&node, false);
        tokio::time::advance(SILENT_FOR - Duration::from_millis(1)).await;
        assert!(limits.is_silent(&node));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!limits.is_silent(&node));
    }

    #[tokio::test]
    async fn the_number_of_remembered_peers_is_bounded() {
        let limits = PeerLimits::default();
        for n in 0..3 * MAX_IDLE_PEERS {
            let mut node = [0; 32];
            node[..8].copy_from_slice(&n.to_be_bytes());
            drop(limits.acquire(&node).await);
            limits.record_answer(&node, false);
        }
        assert!(limits.peers().len() <= MAX_IDLE_PEERS);
    }
}

#[cfg(all(test, shuttle))]
mod interleavings {
    use shuttle::future;

    use super::*;
    use crate::sync::check;

    #[test]
    fn a_peer_that_is_about_to_get_a_permit_makes_room_for_no_other() {
        check(|| {
            let limits = Arc::new(PeerLimits::default());
            let node = |n: usize| {
                let mut node = [0; 32];
                node[..8].copy_from_slice(&n.to_be_bytes());
                node
            };
            let idle = (1..MAX_IDLE_PEERS).map(|n| (node(n), PeerState::default()));
            limits.peers().extend(idle);
            let (first, second) = (Arc::clone(&limits), Arc::clone(&limits));
            let requests = [first, second].map(|limits| {
                future::spawn(async move {
                    let permit = limits.acquire(&node(0)).await;
                    let permits = limits.peers()[&node(0)].permits.available_permits();
                    assert!(permits < MAX_IN_FLIGHT, "the permit is not counted");
                    drop(permit);
                })
            });
            drop(future::block_on(limits.acquire(&node(MAX_IDLE_PEERS))));
            for request in requests {
                future::block_on(request).unwrap();
            }
        });
    }
}
