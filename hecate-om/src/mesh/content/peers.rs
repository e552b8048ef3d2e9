//! What this node knows of those it fetches from: how many questions each has before it, and who did not answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How many questions one sharer has before it, over all fetches: it holds sixteen sessions of one caller, and a fetch
/// of macula's own takes four.
const OF_ONE_SHARER: usize = 12;
/// How many a sharer has before it that did not answer: enough to see that it answers again.
const OF_A_SILENT_ONE: usize = 1;
/// How long it is remembered that a sharer did not answer.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How many sharers are known at most, beside those that are being asked.
const KNOWN: usize = 1_024;

/// The sharers that are asked, or were and did not answer.
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
            places: Arc::new(Semaphore::new(OF_ONE_SHARER)),
            places_while_silent: Arc::new(Semaphore::new(OF_A_SILENT_ONE)),
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
        self.places.available_permits() < OF_ONE_SHARER
            || self.places_while_silent.available_permits() < OF_A_SILENT_ONE
    }
}

impl Peers {
    fn peers(&self) -> MutexGuard<'_, HashMap<[u8; 32], Peer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place at the sharer.
    pub(super) async fn place(&self, node: &[u8; 32]) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut peers = self.peers();
            make_room(&mut peers, node);
            let peer = peers.entry(*node).or_default();
            match peer.is_silent() {
                true => Arc::clone(&peer.places_while_silent),
                false => Arc::clone(&peer.places),
            }
        };
        // They are never closed.
        places.acquire_owned().await.ok()
    }

    /// How many questions the sharer has before it.
    #[cfg(all(test, feature = "dev-mesh"))]
    pub(super) fn asked(&self, node: &[u8; 32]) -> usize {
        self.peers()
            .get(node)
            .map_or(0, |peer| OF_ONE_SHARER - peer.places.available_permits())
    }

    /// Whether the sharer did not answer of late.
    pub(super) fn is_silent(&self, node: &[u8; 32]) -> bool {
        self.peers().get(node).is_some_and(Peer::is_silent)
    }

    /// Remembers whether the sharer answered.
    pub(super) fn answered(&self, node: &[u8; 32], answered: bool) {
        if let Some(peer) = self.peers().get_mut(node) {
            peer.silent_until = match answered {
                true => None,
                false => Some(Instant::now() + REMEMBERED),
            };
        }
    }
}

/// Forgets those that nothing depends on, where there are too many: anyone may announce what is looked for.
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
        for _ in 0..OF_ONE_SHARER {
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
