//! Load balancer: choice of the provider for each try of one call.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{
    ANY_PROVIDER, CallOutcome, LOOKUP_TIMEOUT, Node, Providers, RECHECK_INTERVAL, SharedList,
};
use crate::mesh::connection::Uplink;

/// Minimum time to wait for a provider's station, unless the call has less time. As in macula-rust.
pub(super) const MIN_STATION_WAIT: Duration = Duration::from_secs(1);
/// Time for which calls to a provider wait for the first call, in which the router finds the route.
/// Without the wait, each call would look up the route.
const FIRST_CALL_WAIT: Duration = Duration::from_millis(250);

/// Reason why no provider can be called now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum Unavailable {
    /// Every provider reported that it is busy. The first provider may be called again after this
    /// time.
    Busy(Duration),
    /// No provider serves the procedure.
    NoProvider,
}

/// Load balancer of one call, for all its tries.
#[derive(Debug)]
pub(in crate::mesh) struct LoadBalancer<'a> {
    providers: &'a Providers,
    pub(super) procedure: &'a str,
    known: Option<Arc<SharedList>>,
    /// Providers that the call avoids while there are others. [`ANY_PROVIDER`] stands for the
    /// choice of the router.
    pub(super) avoided: Vec<Node>,
    /// Whether the router chooses the next provider, because every known provider failed.
    delegated: bool,
    /// Whether the call has already waited for another call to find the route. A call waits only
    /// once.
    has_waited: bool,
}

/// Provider for the next try.
struct Candidate {
    node: Node,
    stations: Vec<Node>,
    is_linked: bool,
    /// Timeout of dialing the provider's stations.
    timeout: Duration,
}

impl<'a> LoadBalancer<'a> {
    pub(in crate::mesh) fn new(providers: &'a Providers, procedure: &'a str) -> Self {
        let known = providers.known(procedure);
        if let Some(known) = &known {
            known.lock().budget.deposit();
        }
        Self {
            known,
            providers,
            procedure,
            avoided: Vec::new(),
            delegated: false,
            has_waited: false,
        }
    }

    /// Returns the provider for the next try: a provider whose station is linked, or
    /// [`ANY_PROVIDER`]. Uses at most `try_timeout`.
    pub(in crate::mesh) async fn pick(
        &mut self,
        up: &Uplink,
        try_timeout: Duration,
    ) -> Result<Node, Unavailable> {
        let until = Instant::now() + try_timeout;
        if !self.avoided.is_empty() && !self.delegated {
            self.has_others(up, try_timeout / 2).await;
        }
        let Some(known) = self.known.clone() else {
            return Ok(ANY_PROVIDER);
        };
        known.refresh(up, self.procedure);
        if self.delegated {
            return Ok(ANY_PROVIDER);
        }
        let empty_for = known.lock().empty_for(Instant::now());
        if let Some(age) = empty_for {
            let is_certain = age < RECHECK_INTERVAL
                || known.refreshed(up, self.procedure, try_timeout / 2).await;
            if is_certain && known.lock().is_known_empty() {
                return Err(Unavailable::NoProvider);
            }
        }
        loop {
            let Some(candidate) = self.candidate(&known, up, until)? else {
                return Ok(ANY_PROVIDER);
            };
            let Candidate { node, stations, .. } = candidate;
            let since = Instant::now();
            if candidate.is_linked || up.router.any_linked(&stations, candidate.timeout).await {
                return Ok(node);
            }
            self.avoided.push(node);
            let mut peers = known.lock();
            let now = Instant::now();
            peers.record_outcome(&node, CallOutcome::Gone, since, now);
            if !peers.has_other_than(&self.avoided, now) {
                return Ok(ANY_PROVIDER);
            }
        }
    }

    /// Returns a provider for the next try, or `None` to let the router choose. Starts a dial for
    /// later calls if a provider is not linked.
    fn candidate(
        &self,
        known: &Arc<SharedList>,
        up: &Uplink,
        until: Instant,
    ) -> Result<Option<Candidate>, Unavailable> {
        let (linked, spare) = up.router.linked();
        let mut peers = known.lock();
        let now = Instant::now();
        if peers.is_unknown() || peers.is_known_empty() {
            return Ok(None);
        }
        if let Some(wait) = peers.shortest_wait(now) {
            return Err(Unavailable::Busy(wait));
        }
        let chosen = peers.choose(&self.avoided, &linked, now);
        // Starts over after every provider was tried.
        let Some(node) = chosen.or_else(|| peers.choose(&[], &linked, now)) else {
            return Ok(None);
        };
        let untried = peers.len().saturating_sub(self.avoided.len()).max(1);
        let remaining = until.saturating_duration_since(now);
        let share = remaining / (untried as u32 + 1);
        let stations = peers.stations(&node);
        let unlinked = spare.then(|| peers.try_start_dial(&linked, now)).flatten();
        drop(peers);
        if let Some((node, stations)) = unlinked {
            dial_later(known, up, node, stations);
        }
        Ok(Some(Candidate {
            node,
            is_linked: stations.iter().any(|station| linked.contains(station)),
            stations,
            timeout: share.max(MIN_STATION_WAIT).min(remaining),
        }))
    }

    /// Starts a try at `node`. The try counts towards the provider's load until the returned
    /// [`Pick`] is dropped.
    ///
    /// If the provider's first call is in progress, waits for it briefly, once per call. Returns
    /// `None` if the provider became unusable meanwhile, so that another provider must be picked.
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
        let remaining = until.saturating_duration_since(since);
        let waits_until = since + FIRST_CALL_WAIT.min(remaining / 4);
        let _ = tokio::time::timeout_at(waits_until, found).await;
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

    /// Records the outcome of a try, for the provider `by` if a provider answered.
    pub(in crate::mesh) fn record_try(
        &mut self,
        pick: &Pick,
        by: Option<Node>,
        outcome: CallOutcome,
    ) {
        let Some(node) = by.or((pick.node != ANY_PROVIDER).then_some(pick.node)) else {
            return;
        };
        let mut peers = self.known().lock();
        if pick.node == ANY_PROVIDER {
            peers.chosen = Some(node);
        } else {
            peers.record_route(&node, by.is_some());
        }
        peers.record_outcome(&node, outcome, pick.since, Instant::now());
    }

    /// Records an outcome for a provider that is not from a try of this call.
    pub(in crate::mesh) fn record(&mut self, node: Node, outcome: CallOutcome) {
        let now = Instant::now();
        self.known().lock().record_outcome(&node, outcome, now, now);
    }

    /// Makes the call avoid `node` while there are other providers.
    pub(in crate::mesh) fn avoid(&mut self, node: Node) {
        self.avoided.push(node);
    }

    /// Returns whether there is a provider that is not busy and that the call does not avoid. Looks
    /// up providers if none is known or left.
    pub(in crate::mesh) async fn has_others(&mut self, up: &Uplink, timeout: Duration) -> bool {
        let known = Arc::clone(self.known());
        let look_up = {
            let peers = known.lock();
            let has_none = !peers.has_other_than(&self.avoided, Instant::now());
            peers.is_unknown() || (peers.is_wrong() && has_none)
        };
        if look_up {
            known.refreshed(up, self.procedure, timeout).await;
        }
        let peers = known.lock();
        for node in &mut self.avoided {
            if *node == ANY_PROVIDER {
                *node = peers.chosen.or(peers.first()).unwrap_or(ANY_PROVIDER);
            }
        }
        peers.has_other_than(&self.avoided, Instant::now())
    }

    /// Spends one retry of the procedure's budget. Returns whether the budget allowed the retry.
    pub(in crate::mesh) fn may_retry(&mut self) -> bool {
        self.known().lock().budget.withdraw(Instant::now())
    }

    /// Lets the router choose the next provider. Returns whether this is the first delegation.
    pub(in crate::mesh) fn delegate_to_router(&mut self) -> bool {
        !std::mem::replace(&mut self.delegated, true)
    }

    /// Allows all providers to be tried again, after a delay.
    pub(in crate::mesh) fn clear_avoided(&mut self) {
        self.avoided.clear();
        self.delegated = false;
    }

    pub(super) fn known(&mut self) -> &Arc<SharedList> {
        let found = || self.providers.register(self.procedure);
        self.known.get_or_insert_with(found)
    }
}

/// Dials a provider's station for later calls. The current call uses a provider that is already
/// linked.
fn dial_later(known: &Arc<SharedList>, up: &Uplink, node: Node, stations: Vec<Node>) {
    let (known, router) = (Arc::clone(known), up.router.clone());
    let since = Instant::now();
    tokio::spawn(async move {
        let is_linked = router.any_linked(&stations, LOOKUP_TIMEOUT).await;
        known
            .lock()
            .record_dial(&node, is_linked, since, Instant::now());
    });
}

/// Try in progress. Counts towards the provider's load until dropped.
#[derive(Debug)]
pub(in crate::mesh) struct Pick {
    shared: Option<Arc<SharedList>>,
    node: Node,
    since: Instant,
    /// Whether other calls wait for this try to find the route.
    is_first: bool,
}

impl Pick {
    pub(in crate::mesh) const fn node(&self) -> Node {
        self.node
    }

    pub(in crate::mesh) fn elapsed(&self) -> Duration {
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

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: Node = [1; 32];

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_once_and_briefly_for_the_first_call_to_its_provider() {
        let providers = Providers::default();
        let list = providers.register("org/p");
        list.record_lookup(Some(vec![(NODE, [9; 32])]));
        let mut first = LoadBalancer::new(&providers, "org/p");
        let mut second = LoadBalancer::new(&providers, "org/p");
        let until = Instant::now() + 8 * FIRST_CALL_WAIT;
        let _first = first.start(NODE, until).await.expect("it may be called");
        let since = Instant::now();
        assert!(second.start(NODE, until).await.is_some());
        assert_eq!(since.elapsed(), FIRST_CALL_WAIT);
        assert!(second.start(NODE, until).await.is_some());
        assert_eq!(since.elapsed(), FIRST_CALL_WAIT, "it waits only once");

        let mut short = LoadBalancer::new(&providers, "org/p");
        let since = Instant::now();
        let timeout = Duration::from_millis(400);
        assert!(short.start(NODE, since + timeout).await.is_some());
        assert_eq!(since.elapsed(), timeout / 4, "a quarter of its time");
    }
}

#[cfg(all(test, shuttle))]
mod interleavings {
    use shuttle::future;

    use super::*;
    use crate::sync::check;

    const NODE: Node = [1; 32];

    #[test]
    fn calls_that_wait_for_the_first_call_continue_when_it_ends() {
        check(|| {
            let providers = Arc::new(Providers::default());
            let list = providers.register("org/p");
            list.record_lookup(Some(vec![(NODE, [9; 32])]));
            let calls = [(); 3].map(|()| {
                let providers = Arc::clone(&providers);
                future::spawn(async move {
                    let until = Instant::now() + Duration::from_secs(60);
                    let mut balancer = LoadBalancer::new(&providers, "org/p");
                    let pick = balancer.start(NODE, until).await;
                    assert!(pick.is_some());
                })
            });
            for call in calls {
                future::block_on(call).unwrap();
            }
        });
    }
}
