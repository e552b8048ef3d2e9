//! One round of a fetch, with the peers of one lookup. Each block comes from the first peer that
//! delivers it, so a peer that hangs causes only a short delay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use macula_rust::cbor::Value;
use macula_rust::manifest::Mcid;

use super::peer::{ContentPeer, PeerError, request};
use super::peer_limits::PeerLimits;
use super::{Content, ContentError};
use crate::mesh::connection::Uplink;

/// Delay before the next peer is asked in parallel.
const NEXT_PEER: Duration = Duration::from_secs(1);

/// Peers found by one lookup, and the state of each.
pub(super) struct FetchRound<'a> {
    limits: &'a PeerLimits,
    up: &'a Uplink,
    peers: Vec<ContentPeer>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Errors of the peers that are not asked again, by index.
    failed: BTreeMap<usize, PeerError>,
    /// Indexes of the peers that were too slow.
    slow: BTreeSet<usize>,
}

impl<'a> FetchRound<'a> {
    pub(super) fn new(limits: &'a PeerLimits, up: &'a Uplink, peers: Vec<ContentPeer>) -> Self {
        Self {
            limits,
            up,
            peers,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the indexes of the peers to ask, in order. Peers that have not hung and whose
    /// station is linked come first, because any node may announce any content at any station.
    fn order(&self) -> Vec<usize> {
        let linked: BTreeSet<[u8; 32]> = self
            .up
            .pool
            .status()
            .into_iter()
            .filter_map(|link| link.up.then_some(link.station))
            .collect();
        let state = self.state();
        let mut order: Vec<usize> = (0..self.peers.len())
            .filter(|at| !state.failed.contains_key(at))
            .collect();
        order.sort_by_cached_key(|at| {
            let peer = &self.peers[*at];
            let is_silent = self.limits.is_silent(&peer.node);
            (
                is_silent || state.slow.contains(at),
                !linked.contains(&peer.station),
            )
        });
        order
    }

    /// Requests a root or chunk from each peer in turn, until an answer passes `check`. Asks the
    /// next peer when the previous peer failed or is slow. Returns `None` if no answer passes.
    pub(super) async fn request<T>(
        &self,
        id: &Mcid,
        want: &'static str,
        check: impl Fn(Value) -> Result<T, PeerError>,
    ) -> Option<T> {
        let mut order = self.order().into_iter();
        let mut requests = FuturesUnordered::new();
        let mut latest = None;
        loop {
            if let Some(at) = order.next() {
                latest = Some(at);
                requests.push(async move {
                    let peer = &self.peers[at];
                    let answer = request(self.limits, self.up, peer, id, want).await;
                    (at, answer)
                });
            }
            let is_last = order.len() == 0;
            tokio::select! {
                answer = requests.next() => match answer.map(|(at, answer)| (at, answer.and_then(&check))) {
                    Some((_, Ok(block))) => return Some(block),
                    Some((at, Err(error))) => drop(self.state().failed.insert(at, error)),
                    None => return None,
                },
                () = tokio::time::sleep(NEXT_PEER), if !is_last => {
                    self.state().slow.extend(latest);
                }
            }
        }
    }

    /// Combines the errors of all peers into the error of the fetch.
    pub(super) fn into_error(self, content: Content) -> ContentError {
        let state = self.state.into_inner();
        let errors = state.unwrap_or_else(PoisonError::into_inner).failed;
        let all = |is: fn(&PeerError) -> bool| errors.values().all(is);
        if all(|error| matches!(error, PeerError::NotShared)) {
            return ContentError::NotShared { content };
        }
        let reasons = errors.iter().map(|(at, error)| {
            let reason = match error {
                PeerError::NotShared => "no longer shares it",
                PeerError::Corrupted(reason) | PeerError::Other(reason) => reason,
            };
            format!("{}: {reason}", hex::encode(&self.peers[*at].node[..4]))
        });
        let reason = reasons.collect::<Vec<_>>().join("; ");
        if all(|error| matches!(error, PeerError::Corrupted(_) | PeerError::NotShared)) {
            ContentError::Corrupted { content, reason }
        } else {
            ContentError::Unavailable { content, reason }
        }
    }
}
