//! Choice of the provider for each try of one call.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::dial::linked;
use super::{ANY, CallOutcome, LOOKUP, Node, Providers, RECHECK, Shared};
use crate::mesh::Up;

/// Minimum time to wait for a provider's station, unless the call has less (macula's value).
const LEAST_SHARE: Duration = Duration::from_secs(1);
/// How long calls to a provider wait for the first call, by which the SDK finds the provider.
/// Otherwise each call would look it up.
const FIRST_CALL: Duration = Duration::from_millis(250);

/// Why no provider can be called now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum Unavailable {
    /// Every provider reported that it is busy; the first may be called again after this time.
    Busy(Duration),
    /// No provider serves the procedure.
    NoProvider,
}

/// Chooses the providers for one call, over all its tries.
#[derive(Debug)]
pub(in crate::mesh) struct LoadBalancer<'a> {
    providers: &'a Providers,
    procedure: &'a str,
    known: Option<Arc<Shared>>,
    /// Providers that the call avoids while there are others; [`ANY`] stands for macula's choice.
    tried: Vec<Node>,
    /// Whether the next try is left to macula, since every known provider failed.
    left_to_macula: bool,
    /// Whether the call has waited for another call to find its provider, which it does once.
    has_waited: bool,
}

impl<'a> LoadBalancer<'a> {
    pub(in crate::mesh) fn new(providers: &'a Providers, procedure: &'a str) -> Self {
        let known = providers.of(procedure);
        if let Some(known) = &known {
            known.lock().budget.deposit();
        }
        Self {
            known,
            providers,
            procedure,
            tried: Vec::new(),
            left_to_macula: false,
            has_waited: false,
        }
    }

    /// The provider for the next try, which has `share` of the call's time: one whose station is linked, or [`ANY`].
    pub(in crate::mesh) async fn pick(
        &mut self,
        up: &Up,
        share: Duration,
    ) -> Result<Node, Unavailable> {
        let until = Instant::now() + share;
        if !self.tried.is_empty() && !self.left_to_macula {
            self.others(up, share / 2).await;
        }
        let Some(known) = self.known.clone() else {
            return Ok(ANY);
        };
        known.refresh(up, self.procedure);
        if self.left_to_macula {
            return Ok(ANY);
        }
        let nobody = known.lock().nobody_since(Instant::now());
        if let Some(age) = nobody {
            let is_certain = age < RECHECK || known.refreshed(up, self.procedure, share / 2).await;
            if is_certain && known.lock().is_nobody() {
                return Err(Unavailable::NoProvider);
            }
        }
        loop {
            let (linked, spare) = linked(&up.pool);
            let (chosen, stations, timeout, unlinked) = {
                let mut peers = known.lock();
                let now = Instant::now();
                if peers.is_unknown() || peers.is_nobody() {
                    return Ok(ANY);
                }
                if let Some(wait) = peers.least_wait(now) {
                    return Err(Unavailable::Busy(wait));
                }
                let chosen = peers.choose(&self.tried, &linked, now);
                // After each provider had its try, start over.
                let Some(chosen) = chosen.or_else(|| peers.choose(&[], &linked, now)) else {
                    return Ok(ANY);
                };
                let untried = peers.len().saturating_sub(self.tried.len()).max(1);
                let left = until.saturating_duration_since(now);
                let timeout = (left / (untried as u32 + 1)).max(LEAST_SHARE).min(left);
                let unlinked = spare.then(|| peers.starts_dial(&linked, now)).flatten();
                (chosen, peers.stations(&chosen), timeout, unlinked)
            };
            if let Some((node, stations)) = unlinked {
                self.link_later(&known, up, node, stations);
            }
            if stations.iter().any(|station| linked.contains(station)) {
                return Ok(chosen);
            }
            let since = Instant::now();
            let dials = &self.providers.dials;
            if dials.any(&up.pool, &stations, timeout).await {
                return Ok(chosen);
            }
            self.tried.push(chosen);
            let mut peers = known.lock();
            let now = Instant::now();
            peers.learn(&chosen, CallOutcome::Gone, since, now);
            if !peers.any_but(&self.tried, now) {
                return Ok(ANY);
            }
        }
    }

    /// Dials a provider's station for later calls; this call goes to a provider that is already
    /// linked.
    fn link_later(&self, known: &Arc<Shared>, up: &Up, node: Node, stations: Vec<Node>) {
        let dials = Arc::clone(&self.providers.dials);
        let (known, pool) = (Arc::clone(known), up.pool.clone());
        let since = Instant::now();
        tokio::spawn(async move {
            let is_linked = dials.any(&pool, &stations, LOOKUP).await;
            known.lock().dialed(&node, is_linked, since, Instant::now());
        });
    }

    /// Starts a try at `node`, which counts into the provider's load until the returned [`Pick`] is dropped.
    ///
    /// If another call is the first to the provider, this call waits for it briefly, and only once.
    /// `None` if the provider became unusable in that time and another must be picked.
    pub(in crate::mesh) async fn start(&mut self, node: Node, until: Instant) -> Option<Pick> {
        let since = Instant::now();
        let pick = |shared, is_first| Pick {
            shared,
            node,
            since,
            is_first,
        };
        let Some(known) = self.known.clone() else {
            return Some(pick(None, false));
        };
        let found = known.found.notified();
        tokio::pin!(found);
        found.as_mut().enable();
        let started = known.lock().start(&node, !self.has_waited, since);
        if let Some(is_first) = started {
            return Some(pick(Some(known.clone()), is_first));
        }
        self.has_waited = true;
        let left = until.saturating_duration_since(since);
        let moment = since + FIRST_CALL.min(left / 4);
        let _ = tokio::time::timeout_at(moment, found).await;
        let is_first = {
            let mut peers = known.lock();
            let now = Instant::now();
            if !peers.is_usable(&node, now) {
                return None;
            }
            peers.start(&node, false, now).unwrap_or(false)
        };
        Some(Pick {
            shared: Some(known.clone()),
            node,
            since: Instant::now(),
            is_first,
        })
    }

    /// Records how a try ended, for the provider `by` if one answered.
    pub(in crate::mesh) fn learn(&mut self, pick: &Pick, by: Option<Node>, outcome: CallOutcome) {
        let Some(node) = by.or((pick.node != ANY).then_some(pick.node)) else {
            return;
        };
        let mut peers = self.known().lock();
        if pick.node == ANY {
            peers.chosen = Some(node);
        } else {
            peers.found(&node, by.is_some());
        }
        peers.learn(&node, outcome, pick.since, Instant::now());
    }

    /// Records an outcome of a provider that is not from a try of this call.
    pub(in crate::mesh) fn record(&mut self, node: Node, outcome: CallOutcome) {
        let now = Instant::now();
        self.known().lock().learn(&node, outcome, now, now);
    }

    /// Makes the call avoid `node` while there are others.
    pub(in crate::mesh) fn tried(&mut self, node: Node) {
        self.tried.push(node);
    }

    /// Returns whether a provider is left that the call has not tried and that is not busy. Looks
    /// providers up if none is known or left.
    pub(in crate::mesh) async fn others(&mut self, up: &Up, timeout: Duration) -> bool {
        let known = Arc::clone(self.known());
        let look_up = {
            let peers = known.lock();
            let none_left = !peers.any_but(&self.tried, Instant::now());
            peers.is_unknown() || (peers.is_wrong() && none_left)
        };
        if look_up {
            known.refreshed(up, self.procedure, timeout).await;
        }
        let peers = known.lock();
        for node in &mut self.tried {
            if *node == ANY {
                *node = peers.chosen.or(peers.first()).unwrap_or(ANY);
            }
        }
        peers.any_but(&self.tried, Instant::now())
    }

    /// Spends one retry of the procedure's budget; returns whether the budget allowed it.
    pub(in crate::mesh) fn may_retry(&mut self) -> bool {
        self.known().lock().budget.withdraw(Instant::now())
    }

    /// Leaves the next try to macula; returns whether it was not left to macula before.
    pub(in crate::mesh) fn leave_to_macula(&mut self) -> bool {
        !std::mem::replace(&mut self.left_to_macula, true)
    }

    /// Allows providers that failed to be tried again, after some time has passed.
    pub(in crate::mesh) fn forget_tried(&mut self) {
        self.tried.clear();
        self.left_to_macula = false;
    }

    fn known(&mut self) -> &Arc<Shared> {
        let found = || self.providers.found(self.procedure);
        self.known.get_or_insert_with(found)
    }
}

/// A try in progress, which counts into its provider's load until dropped.
#[derive(Debug)]
pub(in crate::mesh) struct Pick {
    shared: Option<Arc<Shared>>,
    node: Node,
    since: Instant,
    /// Whether other calls wait for this one to find the provider.
    is_first: bool,
}

impl Pick {
    pub(in crate::mesh) fn took(&self) -> Duration {
        self.since.elapsed()
    }
}

impl Drop for Pick {
    fn drop(&mut self) {
        let Some(shared) = &self.shared else { return };
        shared.lock().end(&self.node, self.is_first);
        if self.is_first {
            shared.found.notify_waiters();
        }
    }
}
