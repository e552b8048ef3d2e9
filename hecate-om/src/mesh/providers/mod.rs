//! Whom calls go to: who serves each procedure, how they fare, and the choice among them.
//!
//! A list of providers is looked up in the background, never on a call's way, but where a call has found that the list
//! is wrong. A first call, and every one where there is one provider, leaves the choice to macula.

mod latency;
mod peers;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use macula_rust::pool::{Pool, PoolError};
use tokio::time::Instant;

use super::Up;
use super::shield::shielded;
use peers::Peers;
pub(super) use peers::Said;

/// How many procedures are known at once; the one that was called least recently is forgotten for another.
const KNOWN: usize = 1024;
/// How long looking providers up may take.
const LOOKUP: Duration = Duration::from_secs(5);
/// No provider's station is waited for less than this, but where the call's own time is less (macula's share).
const LEAST_SHARE: Duration = Duration::from_secs(1);

/// A node's id, or a station's.
pub(super) type Node = [u8; 32];
/// Whoever serves the procedure, in macula's words.
pub(super) const ANY: Node = [0; 32];

/// The providers of the procedures that this node calls.
#[derive(Debug, Default)]
pub(super) struct Providers {
    known: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    shared: Arc<Shared>,
    called: Instant,
}

#[derive(Debug, Default)]
struct Shared(Mutex<Peers>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Peers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks up who serves the procedure.
    async fn resolve(&self, pool: &Pool, realm: &Node, procedure: &str, patience: Duration) {
        let found = tokio::time::timeout(patience, pool.providers(realm, procedure)).await;
        let found = match found {
            Ok(Ok(found)) => found.into_iter().map(|p| (p.node, p.station)).collect(),
            Ok(Err(PoolError::NoProvider(_))) => Vec::new(),
            _ => return self.lock().unresolved(),
        };
        self.lock().resolved(found, Instant::now());
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

/// Whom one call goes to, over all its tries.
#[derive(Debug)]
pub(super) struct Choosing<'a> {
    providers: &'a Providers,
    procedure: &'a str,
    known: Option<Arc<Shared>>,
    /// Whom the call is not to go to again while there are others; [`ANY`] is whomever macula chose.
    tried: Vec<Node>,
    /// Whether macula is left the choice, as everybody who was known has failed.
    left_to_macula: bool,
}

impl<'a> Choosing<'a> {
    pub(super) fn new(providers: &'a Providers, procedure: &'a str) -> Self {
        Self {
            known: providers.of(procedure),
            providers,
            procedure,
            tried: Vec::new(),
            left_to_macula: false,
        }
    }

    /// Whom the next try goes to, which has `share` of the call's time: a provider whose station is linked, or [`ANY`].
    pub(super) async fn next(&mut self, up: &Up, share: Duration) -> Node {
        let until = Instant::now() + share;
        if !self.tried.is_empty() && !self.left_to_macula {
            self.others(up, share / 2).await;
        }
        let Some(known) = self.known.clone() else {
            return ANY;
        };
        if known.lock().begins_resolving(Instant::now()) {
            let (known, up, procedure) = (known.clone(), up.clone(), self.procedure.to_owned());
            tokio::spawn(async move {
                let (pool, realm) = (&up.pool, &up.realm.id);
                known.resolve(pool, realm, &procedure, LOOKUP).await;
            });
        }
        loop {
            let (chosen, stations, left) = {
                let peers = known.lock();
                if self.left_to_macula || peers.len() < 2 {
                    return ANY;
                }
                let now = Instant::now();
                let Some(chosen) = peers.choose(&self.tried, now) else {
                    // Each had its try: from the beginning.
                    return peers.choose(&[], now).unwrap_or(ANY);
                };
                let others = peers.len().saturating_sub(self.tried.len()).max(1);
                let left = until.saturating_duration_since(now);
                let part = (left / others as u32).max(LEAST_SHARE).min(left);
                (chosen, peers.stations(&chosen), part)
            };
            if linked(&up.pool, &stations, left).await {
                return chosen;
            }
            let mut peers = known.lock();
            peers.learn(&chosen, Said::Gone, Instant::now());
            self.tried.push(chosen);
            if !peers.any_but(&self.tried) {
                return ANY;
            }
        }
    }

    /// Begins a try at `node`; the calls under way to it are one more until the end is told.
    pub(super) fn begin(&self, node: Node) -> Try {
        let known = self.known.clone();
        if let Some(known) = &known {
            known.lock().begin(&node);
        }
        Try {
            known,
            node,
            since: Instant::now(),
        }
    }

    /// Takes in what a try at `sent_to` says of `by`, who answered it.
    pub(super) fn learn(&mut self, sent_to: Node, by: Option<Node>, said: Said) {
        let Some(by) = by.or((sent_to != ANY).then_some(sent_to)) else {
            return;
        };
        let mut peers = self.known().lock();
        if sent_to == ANY {
            peers.chosen = Some(by);
        }
        peers.learn(&by, said, Instant::now());
    }

    /// Says that the call is not to go to `node` again while there are others.
    pub(super) fn tried(&mut self, node: Node) {
        self.tried.push(node);
    }

    /// Whether there is anybody whom the call has not gone to: who serves the procedure is looked up for that, where
    /// that is not known, or nobody of those who are is left.
    pub(super) async fn others(&mut self, up: &Up, patience: Duration) -> bool {
        let known = Arc::clone(self.known());
        let to_look_up = {
            let peers = known.lock();
            peers.is_unknown() || (peers.is_wrong() && !peers.any_but(&self.tried))
        };
        if to_look_up {
            let (pool, realm) = (&up.pool, &up.realm.id);
            let patience = patience.min(LOOKUP);
            known.resolve(pool, realm, self.procedure, patience).await;
        }
        let peers = known.lock();
        for node in &mut self.tried {
            if *node == ANY {
                *node = peers.chosen.or(peers.first()).unwrap_or(ANY);
            }
        }
        peers.any_but(&self.tried)
    }

    /// Leaves the next try to macula; whether it has not been already.
    pub(super) fn leave_to_macula(&mut self) -> bool {
        !std::mem::replace(&mut self.left_to_macula, true)
    }

    /// Says that some time has passed, so that whoever failed may be tried again.
    pub(super) fn forget_tried(&mut self) {
        self.tried.clear();
        self.left_to_macula = false;
    }

    fn known(&mut self) -> &Arc<Shared> {
        let found = || self.providers.found(self.procedure);
        self.known.get_or_insert_with(found)
    }
}

/// Whether one of the stations is linked, each waited for at most so long.
async fn linked(pool: &Pool, stations: &[Node], patience: Duration) -> bool {
    for station in stations {
        let (pool, station) = (pool.clone(), *station);
        let dial = shielded(async move { pool.link_to(&station).await.map(drop) });
        let link = tokio::time::timeout(patience, dial).await;
        if matches!(link, Ok(Ok(_))) {
            return true;
        }
    }
    false
}

/// A try under way, which counts into its provider's load until it is dropped.
#[derive(Debug)]
pub(super) struct Try {
    known: Option<Arc<Shared>>,
    node: Node,
    since: Instant,
}

impl Try {
    pub(super) fn took(&self) -> Duration {
        self.since.elapsed()
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        if let Some(known) = &self.known {
            known.lock().end(&self.node);
        }
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
