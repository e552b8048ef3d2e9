//! The providers of one procedure, and which of them is to be called.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::Node;
use super::budget::RetryBudget;
use super::latency::Latency;

/// How long a list of providers is taken to be whole: a new one is called after at most so long.
const FRESH: Duration = Duration::from_secs(10);
/// What a failure counts as, where it was quicker: a provider that fails at once must not seem the best.
const FAILURE: Duration = Duration::from_secs(1);
/// How long a provider that could not be called is passed over, where there are others.
const PASSED_OVER: Duration = Duration::from_secs(5);
/// How long a provider that took no call, and did not say for how long, is passed over where there are others: about
/// what is left of a window of its guard.
const DECLINED: Duration = Duration::from_secs(1);
/// The longest that a provider's own word keeps calls away from it.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long the first call after a provider's busy time keeps the others away: a provider that is still busy says so at
/// once, so one that is silent for so long has taken the call.
const PROBE: Duration = Duration::from_millis(250);

/// What a try says of the provider that it went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum CallOutcome {
    /// It answered, after so long.
    Answered(Duration),
    /// It failed after so long, or did not answer for so long.
    Failed(Duration),
    /// It takes no calls for so long, by its own word; this one was not run.
    Busy(Duration),
    /// It took no call, and did not say for how long.
    Declined,
    /// It could not be called: nothing reached it.
    Gone,
    /// Nothing.
    Unknown,
}

/// The providers of a procedure.
#[derive(Debug, Default)]
pub(super) struct Peers {
    peers: Vec<Peer>,
    listed_at: Option<Instant>,
    /// Whether the list was found wrong.
    wrong: bool,
    looking_up: bool,
    /// Whether a link to a provider is being made that no call waits for.
    dialing: bool,
    /// Whom macula chose when it was left the choice.
    pub(super) chosen: Option<Node>,
    pub(super) budget: RetryBudget,
}

#[derive(Debug)]
struct Peer {
    node: Node,
    /// The stations that it serves from, the freshest advertisement's first. None for one that answered without being
    /// listed, which is not called by its name.
    stations: Vec<Node>,
    latency: Latency,
    in_flight: u32,
    passed_over: Option<Instant>,
    busy: Option<Busy>,
    found: Found,
}

/// A busy time that the provider stated.
#[derive(Debug, Clone, Copy)]
struct Busy {
    until: Instant,
    /// When the first call after it started.
    probe: Option<Instant>,
}

/// Whether the SDK knows the way to the provider, which it forgets with each failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    No,
    /// A call under way finds it.
    Soon,
    Yes,
}

impl Peers {
    /// Records the end of a look-up: node and station of each provider, the freshest first, or `None` where it failed:
    /// the old list serves until another succeeds.
    pub(super) fn looked_up(&mut self, found: Option<Vec<(Node, Node)>>, now: Instant) {
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
                None => Peer::new(node),
            };
            peer.stations = vec![station];
            self.peers.push(peer);
        }
    }

    /// Whether nothing is known of who serves it.
    pub(super) const fn is_unknown(&self) -> bool {
        self.listed_at.is_none()
    }

    /// Whether nobody serves it, as far as is known.
    pub(super) fn is_nobody(&self) -> bool {
        !self.is_unknown() && self.listed().next().is_none()
    }

    /// Whether the list was found wrong.
    pub(super) const fn is_wrong(&self) -> bool {
        self.wrong
    }

    /// Whether the list is to be refreshed.
    pub(super) fn needs_lookup(&self, now: Instant) -> bool {
        let fresh = self.listed_at.is_some_and(|at| now < at + FRESH);
        self.wrong || !fresh
    }

    /// Whether the caller is to look providers up: nobody does yet.
    pub(super) fn starts_lookup(&mut self) -> bool {
        !std::mem::replace(&mut self.looking_up, true)
    }

    fn listed(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter().filter(|peer| !peer.stations.is_empty())
    }

    pub(super) fn len(&self) -> usize {
        self.listed().count()
    }

    pub(super) fn first(&self) -> Option<Node> {
        self.listed().next().map(|peer| peer.node)
    }

    /// Whether one is left that was not tried and is not busy.
    pub(super) fn any_but(&self, tried: &[Node], now: Instant) -> bool {
        self.listed()
            .any(|peer| !tried.contains(&peer.node) && peer.wait(now).is_none())
    }

    pub(super) fn stations(&self, node: &Node) -> Vec<Node> {
        let peer = self.listed().find(|peer| peer.node == *node);
        peer.map(|peer| peer.stations.clone()).unwrap_or_default()
    }

    /// How long until the first may be called, where each is busy by its own word.
    pub(super) fn least_wait(&self, now: Instant) -> Option<Duration> {
        let waits: Option<Vec<Duration>> = self.listed().map(|peer| peer.wait(now)).collect();
        waits?.into_iter().min()
    }

    /// The provider to call: of two taken at random, the one that will answer sooner, as far as its latency and the calls
    /// under way to it tell. Providers that were tried or are busy are left out; those that are passed over, where there
    /// are others; then those at stations that are not linked, likewise.
    pub(super) fn choose(
        &self,
        tried: &[Node],
        linked: &HashSet<Node>,
        now: Instant,
    ) -> Option<Node> {
        let mut left: Vec<&Peer> = self
            .listed()
            .filter(|peer| !tried.contains(&peer.node) && peer.wait(now).is_none())
            .collect();
        prefer(&mut left, |peer| peer.is_free(now));
        prefer(&mut left, |peer| peer.is_linked(linked));
        let chosen = match left.len() {
            0 => return None,
            1 => left[0],
            count => {
                let one = rand::random_range(0..count);
                let other = (one + rand::random_range(1..count)) % count;
                let (one, other) = (left[one], left[other]);
                if other.cost(now) < one.cost(now) {
                    other
                } else {
                    one
                }
            }
        };
        Some(chosen.node)
    }

    /// A provider to link to, for later calls, and its stations; one at a time.
    pub(super) fn starts_dial(
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

    /// Records the end of such a dial.
    pub(super) fn dialed(&mut self, node: &Node, is_linked: bool, since: Instant, now: Instant) {
        self.dialing = false;
        if !is_linked {
            self.learn(node, CallOutcome::Gone, since, now);
        }
    }

    /// Counts a call to `node`, and says whether it is the first, by which the SDK finds the provider. `None` where
    /// another call is that now and this one `waits` for it.
    pub(super) fn start(&mut self, node: &Node, waits: bool, now: Instant) -> Option<bool> {
        let Some(peer) = self.peer(node) else {
            return Some(false);
        };
        if waits && peer.found == Found::Soon {
            return None;
        }
        peer.in_flight += 1;
        if let Some(Busy { until, probe }) = peer.busy
            && until <= now
        {
            let busy = Busy {
                until,
                probe: Some(probe.unwrap_or(now)),
            };
            peer.busy = Some(busy);
        }
        let is_first = peer.found == Found::No;
        if is_first {
            peer.found = Found::Soon;
        }
        Some(is_first)
    }

    /// Whether a call that has waited for the first one to `node` may still go there.
    pub(super) fn is_usable(&self, node: &Node, now: Instant) -> bool {
        let peer = self.peers.iter().find(|peer| peer.node == *node);
        peer.is_some_and(|peer| peer.is_free(now) && peer.wait(now).is_none())
    }

    pub(super) fn end(&mut self, node: &Node, is_first: bool) {
        if let Some(peer) = self.peer(node) {
            // One that was left out of a list and is in the next counts from zero.
            peer.in_flight = peer.in_flight.saturating_sub(1);
            if is_first && peer.found == Found::Soon {
                peer.found = Found::No;
            }
        }
    }

    /// Records what a try that started at `since` says of the provider.
    pub(super) fn learn(
        &mut self,
        node: &Node,
        outcome: CallOutcome,
        since: Instant,
        now: Instant,
    ) {
        // A list that was made after the try began is not wrong by what the try found.
        let is_news = self.listed_at.is_none_or(|at| at <= since);
        self.wrong |= outcome == CallOutcome::Gone && is_news;
        if self.peer(node).is_none() && matches!(outcome, CallOutcome::Busy(_)) {
            // Macula chose it before any list was made; its word holds once there is one.
            self.peers.push(Peer::new(*node));
        }
        let Some(peer) = self.peer(node) else { return };
        match outcome {
            CallOutcome::Answered(took) => {
                peer.latency.observe(took, now);
                // It takes calls, so one that it refused before does not count any more.
                (peer.passed_over, peer.busy) = (None, None);
            }
            CallOutcome::Failed(took) => {
                peer.latency.observe(took.max(FAILURE), now);
                peer.busy = peer.busy.filter(|busy| now < busy.until);
            }
            CallOutcome::Busy(wait) => {
                peer.busy = Some(Busy {
                    until: now + wait.min(LONGEST_WAIT),
                    probe: None,
                });
            }
            CallOutcome::Declined => peer.passed_over = Some(now + DECLINED),
            CallOutcome::Gone => peer.passed_over = Some(now + PASSED_OVER),
            CallOutcome::Unknown => {}
        }
    }

    /// Records whether the SDK knows the way to the provider, which was called by its name.
    pub(super) fn found(&mut self, node: &Node, is_found: bool) {
        if let Some(peer) = self.peer(node) {
            peer.found = if is_found { Found::Yes } else { Found::No };
        }
    }

    fn peer(&mut self, node: &Node) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.node == *node)
    }
}

/// Leaves only those that `is_better` holds for, where there are any.
fn prefer(peers: &mut Vec<&Peer>, is_better: impl Fn(&Peer) -> bool) {
    if peers.iter().any(|peer| is_better(peer)) {
        peers.retain(|peer| is_better(peer));
    }
}

impl Peer {
    fn new(node: Node) -> Self {
        Self {
            node,
            stations: Vec::new(),
            latency: Latency::default(),
            in_flight: 0,
            passed_over: None,
            busy: None,
            found: Found::No,
        }
    }

    fn is_free(&self, now: Instant) -> bool {
        self.passed_over.is_none_or(|until| until <= now)
    }

    fn is_linked(&self, linked: &HashSet<Node>) -> bool {
        self.stations.iter().any(|station| linked.contains(station))
    }

    /// How long it takes no calls: until its busy time is over, and then until the first call has shown that it is.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let Busy { until, probe } = self.busy?;
        let until = probe.map_or(until, |since| until.max(since + PROBE));
        (now < until).then(|| until - now)
    }

    /// How long a further call is expected to take: each under way is one before it. A provider that nothing is known
    /// of is tried at once, by one call; until that is answered it counts as one that fails.
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
