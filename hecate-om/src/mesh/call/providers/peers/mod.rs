//! Known providers of one procedure, and the choice of the provider to call.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::Node;
use super::budget::RetryBudget;
use super::latency::LatencyEstimate;

/// Time for which a list of providers counts as complete. A new provider is called after this time
/// at the latest.
const FRESH_FOR: Duration = Duration::from_secs(10);
/// Minimum latency that a failure counts as, so that a provider that fails at once does not seem
/// the fastest.
const FAILURE: Duration = Duration::from_secs(1);
/// Time for which an unreachable provider is avoided while there are others.
const AVOIDED_FOR: Duration = Duration::from_secs(5);
/// Time for which a provider that refused without a busy time is avoided while there are others:
/// about the rest of a window of the provider's guard.
const DECLINED_FOR: Duration = Duration::from_secs(1);
/// Longest busy time that is accepted from a provider.
const MAX_BUSY_TIME: Duration = Duration::from_secs(60);
/// Time for which other calls wait for the first call after a provider's busy time. A busy provider
/// refuses at once, so after this time without a refusal the call counts as accepted.
const PROBE: Duration = Duration::from_millis(250);

/// Outcome of a try for its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum CallOutcome {
    /// The provider answered after this time.
    Answered(Duration),
    /// The provider failed after this time, or did not answer within it.
    Failed(Duration),
    /// The provider refused the call, and reported that it is busy for this time.
    Busy(Duration),
    /// The provider refused the call without a busy time.
    Declined,
    /// The call did not reach the provider.
    Gone,
    /// The outcome gives no information about the provider.
    Unknown,
}

/// Providers of a procedure.
#[derive(Debug, Default)]
pub(super) struct ProviderList {
    peers: Vec<ProviderState>,
    listed_at: Option<Instant>,
    /// Whether a call found the list wrong.
    wrong: bool,
    looking_up: bool,
    /// Whether a background dial is in progress.
    dialing: bool,
    /// Node that the router chose for a call without a known provider.
    pub(super) chosen: Option<Node>,
    pub(super) budget: RetryBudget,
}

#[derive(Debug)]
struct ProviderState {
    node: Node,
    /// Stations through which the provider serves, the most recent advertisement first. Empty for a
    /// provider that answered without being listed; such a provider is not called directly.
    stations: Vec<Node>,
    latency: LatencyEstimate,
    in_flight: u32,
    avoided_until: Option<Instant>,
    busy: Option<BusyTime>,
    route: Route,
}

/// Busy time reported by the provider.
#[derive(Debug, Clone, Copy)]
struct BusyTime {
    until: Instant,
    /// Start time of the first call after the busy time.
    probe: Option<Instant>,
}

/// State of the SDK's route to the provider. The SDK forgets the route at each failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Unknown,
    /// A call in progress is finding the route.
    BeingFound,
    Known,
}

impl ProviderList {
    /// Records the result of a lookup: node and station of each provider, the most recent first.
    /// `None` means that the lookup failed; the old list is then used until a lookup succeeds.
    pub(super) fn record_lookup(&mut self, found: Option<Vec<(Node, Node)>>, now: Instant) {
        self.looking_up = false;
        let Some(found) = found else { return };
        self.wrong = false;
        self.listed_at = Some(now);
        let mut before = std::mem::take(&mut self.peers);
        for (node, station) in found {
            if let Some(peer) = self.peers.iter_mut().find(|peer| peer.node == node) {
                peer.stations.push(station);
                continue;
            }
            let known = before.iter().position(|peer| peer.node == node);
            let mut peer = match known {
                Some(at) => before.swap_remove(at),
                None => ProviderState::new(node),
            };
            peer.stations = vec![station];
            self.peers.push(peer);
        }
    }

    /// Returns whether no lookup has succeeded yet.
    pub(super) const fn is_unknown(&self) -> bool {
        self.listed_at.is_none()
    }

    /// Returns whether the list is known to be empty.
    pub(super) fn is_known_empty(&self) -> bool {
        !self.is_unknown() && self.listed().next().is_none()
    }

    /// Returns the age of the list, if the list is known to be empty.
    pub(super) fn empty_for(&self, now: Instant) -> Option<Duration> {
        let listed_at = self.listed_at.filter(|_| self.is_known_empty())?;
        Some(now.saturating_duration_since(listed_at))
    }

    /// Returns whether a call found the list wrong.
    pub(super) const fn is_wrong(&self) -> bool {
        self.wrong
    }

    /// Returns whether the list must be refreshed.
    pub(super) fn needs_lookup(&self, now: Instant) -> bool {
        let fresh = self.listed_at.is_some_and(|at| now < at + FRESH_FOR);
        self.wrong || !fresh
    }

    /// Starts a lookup. Returns whether no lookup was in progress.
    pub(super) fn try_start_lookup(&mut self) -> bool {
        !std::mem::replace(&mut self.looking_up, true)
    }

    fn listed(&self) -> impl Iterator<Item = &ProviderState> {
        self.peers.iter().filter(|peer| !peer.stations.is_empty())
    }

    /// Returns the listed nodes.
    pub(super) fn nodes(&self) -> Vec<Node> {
        self.listed().map(|peer| peer.node).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.listed().count()
    }

    pub(super) fn first(&self) -> Option<Node> {
        self.listed().next().map(|peer| peer.node)
    }

    /// Returns whether there is a provider that was not tried and is not busy.
    pub(super) fn has_other_than(&self, tried: &[Node], now: Instant) -> bool {
        self.listed()
            .any(|peer| !tried.contains(&peer.node) && peer.wait(now).is_none())
    }

    pub(super) fn stations(&self, node: &Node) -> Vec<Node> {
        let peer = self.listed().find(|peer| peer.node == *node);
        peer.map(|peer| peer.stations.clone()).unwrap_or_default()
    }

    /// Returns the time until the first provider may be called, if every provider is busy.
    pub(super) fn shortest_wait(&self, now: Instant) -> Option<Duration> {
        let waits: Option<Vec<Duration>> = self.listed().map(|peer| peer.wait(now)).collect();
        waits?.into_iter().min()
    }

    /// Returns the provider to call: of two providers chosen at random, the provider with the
    /// shorter expected time to answer, from its latency and its calls in flight. Tried and busy
    /// providers are excluded. Avoided providers, and then providers at stations that are not
    /// linked, are excluded while there are others.
    pub(super) fn choose(
        &self,
        tried: &[Node],
        linked: &HashSet<Node>,
        now: Instant,
    ) -> Option<Node> {
        let mut candidates: Vec<&ProviderState> = self
            .listed()
            .filter(|peer| !tried.contains(&peer.node) && peer.wait(now).is_none())
            .collect();
        prefer(&mut candidates, |peer| peer.is_free(now));
        prefer(&mut candidates, |peer| peer.is_linked(linked));
        let chosen = match candidates.len() {
            0 => return None,
            1 => candidates[0],
            count => {
                let first = rand::random_range(0..count);
                let second = (first + rand::random_range(1..count)) % count;
                let (first, second) = (candidates[first], candidates[second]);
                if second.cost(now) < first.cost(now) {
                    second
                } else {
                    first
                }
            }
        };
        Some(chosen.node)
    }

    /// Returns a provider to dial for later calls, with its stations. Only one such dial runs at a
    /// time.
    pub(super) fn try_start_dial(
        &mut self,
        linked: &HashSet<Node>,
        now: Instant,
    ) -> Option<(Node, Vec<Node>)> {
        if self.dialing || !self.listed().any(|peer| peer.is_linked(linked)) {
            return None;
        }
        let unlinked = self
            .listed()
            .find(|peer| !peer.is_linked(linked) && peer.is_free(now))
            .map(|peer| (peer.node, peer.stations.clone()));
        self.dialing = unlinked.is_some();
        unlinked
    }

    /// Records the result of a background dial.
    pub(super) fn record_dial(
        &mut self,
        node: &Node,
        is_linked: bool,
        since: Instant,
        now: Instant,
    ) {
        self.dialing = false;
        if !is_linked {
            self.record_outcome(node, CallOutcome::Gone, since, now);
        }
    }

    /// Counts a call to `node`. Returns whether the call is the first, in which the SDK finds the
    /// route. Returns `None` if another call is finding the route and this call `waits` for it.
    pub(super) fn start(&mut self, node: &Node, waits: bool, now: Instant) -> Option<bool> {
        let Some(peer) = self.peer(node) else {
            return Some(false);
        };
        if waits && peer.route == Route::BeingFound {
            return None;
        }
        peer.in_flight += 1;
        if let Some(BusyTime { until, probe }) = peer.busy
            && until <= now
        {
            let busy = BusyTime {
                until,
                probe: Some(probe.unwrap_or(now)),
            };
            peer.busy = Some(busy);
        }
        let is_first = peer.route == Route::Unknown;
        if is_first {
            peer.route = Route::BeingFound;
        }
        Some(is_first)
    }

    /// Returns whether a call that has waited for the first call to `node` may still use `node`.
    pub(super) fn is_usable(&self, node: &Node, now: Instant) -> bool {
        let peer = self.peers.iter().find(|peer| peer.node == *node);
        peer.is_some_and(|peer| peer.is_free(now) && peer.wait(now).is_none())
    }

    pub(super) fn end(&mut self, node: &Node, is_first: bool) {
        if let Some(peer) = self.peer(node) {
            // A provider that was missing from one list and returns in the next starts from zero.
            peer.in_flight = peer.in_flight.saturating_sub(1);
            if is_first && peer.route == Route::BeingFound {
                peer.route = Route::Unknown;
            }
        }
    }

    /// Records the outcome of a try that started at `since`.
    pub(super) fn record_outcome(
        &mut self,
        node: &Node,
        outcome: CallOutcome,
        since: Instant,
        now: Instant,
    ) {
        // A failed try does not prove a list wrong that is newer than the try.
        let is_news = self.listed_at.is_none_or(|at| at <= since);
        self.wrong |= outcome == CallOutcome::Gone && is_news;
        if self.peer(node).is_none() && matches!(outcome, CallOutcome::Busy(_)) {
            // The router chose the provider before there was a list. The entry stays until the
            // first list.
            self.peers.push(ProviderState::new(*node));
        }
        let Some(peer) = self.peer(node) else { return };
        match outcome {
            CallOutcome::Answered(took) => {
                peer.latency.observe(took, now);
                // The provider accepts calls, so an earlier refusal no longer counts.
                (peer.avoided_until, peer.busy) = (None, None);
            }
            CallOutcome::Failed(took) => {
                peer.latency.observe(took.max(FAILURE), now);
                peer.busy = peer.busy.filter(|busy| now < busy.until);
            }
            CallOutcome::Busy(wait) => {
                peer.busy = Some(BusyTime {
                    until: now + wait.min(MAX_BUSY_TIME),
                    probe: None,
                });
            }
            CallOutcome::Declined => peer.avoided_until = Some(now + DECLINED_FOR),
            CallOutcome::Gone => peer.avoided_until = Some(now + AVOIDED_FOR),
            CallOutcome::Unknown => {}
        }
    }

    /// Records whether the SDK knows the route to the provider, after a direct call.
    pub(super) fn record_route(&mut self, node: &Node, is_found: bool) {
        if let Some(peer) = self.peer(node) {
            peer.route = if is_found {
                Route::Known
            } else {
                Route::Unknown
            };
        }
    }

    fn peer(&mut self, node: &Node) -> Option<&mut ProviderState> {
        self.peers.iter_mut().find(|peer| peer.node == *node)
    }
}

/// Retains only the peers that satisfy `is_better`, if there are any.
fn prefer(peers: &mut Vec<&ProviderState>, is_better: impl Fn(&ProviderState) -> bool) {
    if peers.iter().any(|peer| is_better(peer)) {
        peers.retain(|peer| is_better(peer));
    }
}

impl ProviderState {
    fn new(node: Node) -> Self {
        Self {
            node,
            stations: Vec::new(),
            latency: LatencyEstimate::default(),
            in_flight: 0,
            avoided_until: None,
            busy: None,
            route: Route::Unknown,
        }
    }

    fn is_free(&self, now: Instant) -> bool {
        self.avoided_until.is_none_or(|until| until <= now)
    }

    fn is_linked(&self, linked: &HashSet<Node>) -> bool {
        self.stations.iter().any(|station| linked.contains(station))
    }

    /// Returns the time for which the provider must not be called: until the busy time ends, and
    /// then until the first call has confirmed the end.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let BusyTime { until, probe } = self.busy?;
        let until = probe.map_or(until, |since| until.max(since + PROBE));
        (now < until).then(|| until - now)
    }

    /// Returns the expected duration of a further call, behind the calls in flight. An unknown
    /// provider receives one call at once, and counts as failing until that call is answered.
    fn cost(&self, now: Instant) -> f64 {
        let calls = f64::from(self.in_flight);
        match self.latency.now(now) {
            Some(latency) => latency * (calls + 1.0),
            None => FAILURE.as_secs_f64() * calls,
        }
    }
}

#[cfg(test)]
mod tests;
