//! The providers of one procedure, and which of them is to be called.

use std::time::Duration;

use tokio::time::Instant;

use super::Node;
use super::latency::Latency;

/// How long a list of providers is taken to be whole: a new one is called after at most so long.
const FRESH: Duration = Duration::from_secs(10);
/// What a failure counts as, where it was quicker: a provider that fails at once must not seem the best.
const FAILURE: Duration = Duration::from_secs(1);
/// How long a provider that could not be called is passed over, where there are others.
const PASSED_OVER: Duration = Duration::from_secs(5);
/// The longest that a provider's own word keeps calls away from it.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What a try says of the provider that it went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// It answers, after so long.
    Answered(Duration),
    /// It failed after so long, or did not answer for so long.
    Failed(Duration),
    /// It takes no calls for so long; this one was not run.
    Busy(Duration),
    /// It could not be called: nothing reached it.
    Gone,
    /// Nothing.
    Nothing,
}

/// The providers of a procedure.
#[derive(Debug, Default)]
pub(super) struct Peers {
    peers: Vec<Peer>,
    resolved: Option<Instant>,
    /// Whether the list was found wrong.
    wrong: bool,
    resolving: bool,
    /// Whom macula chose when it was left the choice.
    pub(super) chosen: Option<Node>,
}

#[derive(Debug)]
struct Peer {
    node: Node,
    /// The stations that it serves from, the freshest advertisement's first.
    stations: Vec<Node>,
    latency: Latency,
    in_flight: u32,
    passed_over: Option<Instant>,
}

impl Peers {
    /// Takes in who serves the procedure now: node and station, the freshest first.
    pub(super) fn resolved(&mut self, found: Vec<(Node, Node)>, now: Instant) {
        (self.resolving, self.wrong) = (false, false);
        self.resolved = Some(now);
        let mut before = std::mem::take(&mut self.peers);
        for (node, station) in found {
            if let Some(peer) = self.peers.iter_mut().find(|peer| peer.node == node) {
                peer.stations.push(station);
                continue;
            }
            let known = before.iter().position(|peer| peer.node == node);
            let mut peer = match known {
                Some(at) => before.swap_remove(at),
                None => Peer {
                    node,
                    stations: Vec::new(),
                    latency: Latency::default(),
                    in_flight: 0,
                    passed_over: None,
                },
            };
            peer.stations = vec![station];
            self.peers.push(peer);
        }
    }

    /// Whether nothing is known of who serves it.
    pub(super) const fn is_unknown(&self) -> bool {
        self.resolved.is_none()
    }

    /// Whether the list was found wrong.
    pub(super) const fn is_wrong(&self) -> bool {
        self.wrong
    }

    /// Whether the list is to be made anew, which the caller then does.
    pub(super) fn begins_resolving(&mut self, now: Instant) -> bool {
        let fresh = self.resolved.is_some_and(|at| now < at + FRESH);
        (self.wrong || !fresh) && !std::mem::replace(&mut self.resolving, true)
    }

    /// Says that the list could not be made anew: the old one serves until it can.
    pub(super) fn unresolved(&mut self) {
        self.resolving = false;
    }

    pub(super) fn len(&self) -> usize {
        self.peers.len()
    }

    pub(super) fn first(&self) -> Option<Node> {
        self.peers.first().map(|peer| peer.node)
    }

    pub(super) fn any_but(&self, tried: &[Node]) -> bool {
        self.peers.iter().any(|peer| !tried.contains(&peer.node))
    }

    pub(super) fn stations(&self, node: &Node) -> Vec<Node> {
        let peer = self.peers.iter().find(|peer| peer.node == *node);
        peer.map(|peer| peer.stations.clone()).unwrap_or_default()
    }

    /// Whom to call: of two taken at random, the one that will answer sooner, as far as its latency and the calls
    /// under way to it tell. Those who were tried are left out; those who are passed over, where there are others.
    pub(super) fn choose(&self, tried: &[Node], now: Instant) -> Option<Node> {
        let left: Vec<&Peer> = self
            .peers
            .iter()
            .filter(|peer| !tried.contains(&peer.node))
            .collect();
        let free: Vec<&Peer> = left.iter().copied().filter(|p| p.is_free(now)).collect();
        let of = if free.is_empty() { left } else { free };
        let chosen = match of.len() {
            0 => return None,
            1 => of[0],
            count => {
                let one = rand::random_range(0..count);
                let other = (one + rand::random_range(1..count)) % count;
                let (one, other) = (of[one], of[other]);
                match other.cost(now) < one.cost(now) {
                    true => other,
                    false => one,
                }
            }
        };
        Some(chosen.node)
    }

    pub(super) fn begin(&mut self, node: &Node) {
        if let Some(peer) = self.peer(node) {
            peer.in_flight += 1;
        }
    }

    pub(super) fn end(&mut self, node: &Node) {
        if let Some(peer) = self.peer(node) {
            // One that was left out of a list and is in the next begins anew.
            peer.in_flight = peer.in_flight.saturating_sub(1);
        }
    }

    /// Takes in what a try says of the provider.
    pub(super) fn learn(&mut self, node: &Node, said: Said, now: Instant) {
        self.wrong |= said == Said::Gone;
        let Some(peer) = self.peer(node) else { return };
        match said {
            Said::Answered(took) => {
                peer.latency.observe(took, now);
                peer.passed_over = None;
            }
            Said::Failed(took) => peer.latency.observe(took.max(FAILURE), now),
            Said::Busy(wait) => peer.passed_over = Some(now + wait.min(LONGEST_WAIT)),
            Said::Gone => peer.passed_over = Some(now + PASSED_OVER),
            Said::Nothing => {}
        }
    }

    fn peer(&mut self, node: &Node) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.node == *node)
    }
}

impl Peer {
    fn is_free(&self, now: Instant) -> bool {
        self.passed_over.is_none_or(|until| until <= now)
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
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const A: Node = [1; 32];
    const B: Node = [2; 32];
    const C: Node = [3; 32];
    const STATION: Node = [9; 32];

    fn peers(nodes: &[Node], now: Instant) -> Peers {
        let mut peers = Peers::default();
        peers.resolved(nodes.iter().map(|node| (*node, STATION)).collect(), now);
        peers
    }

    /// How many of a thousand choices fall on `node`.
    fn share(peers: &Peers, node: Node, now: Instant) -> usize {
        let choices = (0..1_000).filter(|_| peers.choose(&[], now) == Some(node));
        choices.count()
    }

    #[tokio::test(start_paused = true)]
    async fn the_faster_is_called_and_the_slower_again_once_its_figure_is_old() {
        let now = Instant::now();
        let mut peers = peers(&[A, B], now);
        peers.learn(&A, Said::Answered(2 * MS), now);
        peers.learn(&B, Said::Answered(200 * MS), now);
        assert_eq!(share(&peers, A, now), 1_000);
        tokio::time::advance(Duration::from_secs(60)).await;
        let now = Instant::now();
        peers.learn(&A, Said::Answered(2 * MS), now);
        assert_eq!(share(&peers, B, now), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn equals_are_called_alike() {
        let now = Instant::now();
        let mut peers = peers(&[A, B], now);
        for node in [A, B] {
            peers.learn(&node, Said::Answered(2 * MS), now);
        }
        let share = share(&peers, A, now);
        assert!((300..700).contains(&share), "{share}");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_under_way_count_like_time() {
        let now = Instant::now();
        let mut peers = peers(&[A, B], now);
        peers.learn(&A, Said::Answered(2 * MS), now);
        peers.learn(&B, Said::Answered(5 * MS), now);
        peers.begin(&A);
        assert_eq!(share(&peers, A, now), 1_000, "4 ms are less than 5 ms");
        peers.begin(&A);
        assert_eq!(share(&peers, B, now), 1_000, "6 ms are more");
        peers.end(&A);
        assert_eq!(share(&peers, A, now), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_provider_is_tried_at_once_and_by_one_call() {
        let now = Instant::now();
        let mut peers = peers(&[A], now);
        peers.learn(&A, Said::Answered(2 * MS), now);
        peers.resolved(vec![(B, STATION), (A, STATION)], now);
        assert_eq!(share(&peers, B, now), 1_000);
        peers.begin(&B);
        assert_eq!(share(&peers, A, now), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn who_fails_at_once_does_not_seem_the_best() {
        let now = Instant::now();
        let mut peers = peers(&[A, B], now);
        peers.learn(&A, Said::Failed(MS), now);
        peers.learn(&B, Said::Answered(300 * MS), now);
        assert_eq!(share(&peers, B, now), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn the_busy_are_left_alone_as_long_as_they_say() {
        let now = Instant::now();
        let mut peers = peers(&[A, B, C], now);
        peers.learn(&A, Said::Busy(500 * MS), now);
        assert_eq!(share(&peers, A, now), 0);
        peers.learn(&B, Said::Busy(500 * MS), now);
        peers.learn(&C, Said::Gone, now);
        assert_ne!(share(&peers, A, now), 0, "where all are, all may be called");
        tokio::time::advance(500 * MS).await;
        assert_eq!(share(&peers, C, Instant::now()), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_tried_is_not_chosen_again() {
        let now = Instant::now();
        let peers = peers(&[A, B], now);
        assert_eq!(peers.choose(&[A], now), Some(B));
        assert_eq!(peers.choose(&[A, B], now), None);
        assert!(peers.any_but(&[A]) && !peers.any_but(&[A, B]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_is_made_anew_after_a_while_and_after_a_failure_by_one_at_a_time() {
        let mut peers = Peers::default();
        assert!(peers.begins_resolving(Instant::now()));
        assert!(!peers.begins_resolving(Instant::now()), "somebody does it");
        peers.resolved(vec![(A, STATION)], Instant::now());
        assert!(!peers.begins_resolving(Instant::now()), "it is fresh");
        tokio::time::advance(FRESH).await;
        assert!(peers.begins_resolving(Instant::now()));
        peers.resolved(vec![(A, STATION), (A, [8; 32])], Instant::now());
        assert_eq!((peers.len(), peers.stations(&A).len()), (1, 2));
        peers.learn(&A, Said::Gone, Instant::now());
        assert!(peers.begins_resolving(Instant::now()));
        peers.unresolved();
        assert!(peers.begins_resolving(Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_known_of_a_provider_outlives_a_new_list() {
        let now = Instant::now();
        let mut peers = peers(&[A, B], now);
        peers.learn(&A, Said::Answered(200 * MS), now);
        peers.learn(&B, Said::Answered(2 * MS), now);
        peers.resolved(vec![(A, STATION), (B, STATION)], now);
        assert_eq!(share(&peers, B, now), 1_000);
    }
}
