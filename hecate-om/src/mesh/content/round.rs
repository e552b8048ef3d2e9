//! One round of requests: each block comes from the first sharer that delivers it, so that a sharer
//! that hangs costs only a moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use macula_rust::cbor::Value;
use macula_rust::manifest::Mcid;

use super::ask::{Failure, Sharer, ask};
use super::{Content, ContentError};
use crate::mesh::{Mesh, Up};

/// Time after which the next sharer is asked as well.
const NEXT_SHARER: Duration = Duration::from_secs(1);

/// The sharers found by one lookup, and their state.
pub(super) struct Round<'a> {
    mesh: &'a Mesh,
    up: &'a Up,
    sharers: Vec<Sharer>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Indexes of the sharers that are not asked again.
    failed: BTreeMap<usize, Failure>,
    /// Indexes of the sharers that were too slow.
    slow: BTreeSet<usize>,
}

impl<'a> Round<'a> {
    pub(super) fn new(mesh: &'a Mesh, up: &'a Up, sharers: Vec<Sharer>) -> Self {
        Self {
            mesh,
            up,
            sharers,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the sharers to ask, in order: first those that have not hung and whose station is
    /// linked, because any node may announce any content at any station.
    fn order(&self) -> Vec<usize> {
        let linked: BTreeSet<[u8; 32]> = self
            .up
            .pool
            .status()
            .into_iter()
            .filter_map(|link| link.up.then_some(link.station))
            .collect();
        let state = self.state();
        let mut order: Vec<usize> = (0..self.sharers.len())
            .filter(|at| !state.failed.contains_key(at))
            .collect();
        order.sort_by_cached_key(|at| {
            let sharer = &self.sharers[*at];
            let silent = self.mesh.content.peers.is_silent(&sharer.node);
            (
                silent || state.slow.contains(at),
                !linked.contains(&sharer.station),
            )
        });
        order
    }

    /// Asks one sharer after another, the next one if the previous one failed or is slow, until an
    /// answer passes `check`. `None` if no answer does.
    pub(super) async fn ask<T>(
        &self,
        id: &Mcid,
        want: &'static str,
        check: impl Fn(Value) -> Result<T, Failure>,
    ) -> Option<T> {
        let mut order = self.order().into_iter();
        let mut asked = FuturesUnordered::new();
        let mut latest = None;
        loop {
            if let Some(at) = order.next() {
                latest = Some(at);
                asked.push(async move {
                    let sharer = &self.sharers[at];
                    let answer = ask(&self.mesh.content.peers, self.up, sharer, id, want).await;
                    (at, answer)
                });
            }
            let is_last = order.len() == 0;
            tokio::select! {
                answer = asked.next() => match answer.map(|(at, answer)| (at, answer.and_then(&check))) {
                    Some((_, Ok(taken))) => return Some(taken),
                    Some((at, Err(failure))) => drop(self.state().failed.insert(at, failure)),
                    None => return None,
                },
                () = tokio::time::sleep(NEXT_SHARER), if !is_last => {
                    self.state().slow.extend(latest);
                }
            }
        }
    }

    /// Combines all failures into one error.
    pub(super) fn failed(self, content: Content) -> ContentError {
        let state = self.state.into_inner();
        let failures = state.unwrap_or_else(PoisonError::into_inner).failed;
        let all = |is: fn(&Failure) -> bool| failures.values().all(is);
        if all(|failure| matches!(failure, Failure::NotShared)) {
            return ContentError::NotShared { content };
        }
        let reasons = failures.iter().map(|(at, failure)| {
            let what = match failure {
                Failure::NotShared => "does not share it any more",
                Failure::Corrupted(what) | Failure::Other(what) => what,
            };
            format!("{}: {what}", hex::encode(&self.sharers[*at].node[..4]))
        });
        let reason = reasons.collect::<Vec<_>>().join("; ");
        if all(|failure| matches!(failure, Failure::Corrupted(_) | Failure::NotShared)) {
            ContentError::Corrupted { content, reason }
        } else {
            ContentError::Unavailable { content, reason }
        }
    }
}
