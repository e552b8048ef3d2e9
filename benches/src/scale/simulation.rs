//! Simulation of a realm, second by second.

use std::collections::{HashMap, HashSet};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::{Costs, LOOKUP_FRESH_FOR, MAX_DIRECT_LINKS, RENEWED_AFTER, Realm};

/// Work of a realm. Times are in seconds of processor time per second.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Mean of all stations.
    pub stations: f64,
    /// The busiest station, in the second that is busier than 99 % of its others.
    pub busiest_station: f64,
    /// Mean of all nodes.
    pub nodes: f64,
    /// Mean of the busiest node.
    pub busiest_node: f64,
    /// Calls per second that the most popular provider answers.
    pub most_answered: f64,
    /// Links of the station with the most links.
    pub links_of_station: usize,
    /// Direct links of the node with the most direct links.
    pub direct_links: usize,
    /// Calls of the whole realm.
    pub calls: u64,
    /// Lookups of the whole realm.
    pub lookups: u64,
    /// Advertisements and renewals of the whole realm.
    pub advertisements: u64,
    /// Calls that failed because their node had no direct link left.
    pub failed: u64,
}

/// Simulates a realm that has been running for a while. The same seed gives the same load.
#[must_use]
pub fn simulate(realm: &Realm, costs: &Costs, seed: u64) -> Load {
    let mut simulation = Simulation::new(*realm, *costs, seed);
    for second in 0..realm.seconds {
        simulation.run(second);
    }
    simulation.load()
}

struct Simulation {
    realm: Realm,
    costs: Costs,
    random: StdRng,
    /// Second of each capability's renewals, modulo [`RENEWED_AFTER`].
    renewed_at: Vec<Vec<usize>>,
    callers: Vec<Caller>,
    /// Time of each node.
    nodes: Vec<f64>,
    /// Time of each station, by second.
    stations: Vec<Vec<f64>>,
    /// Number of links of each station.
    links: Vec<usize>,
    answered: Vec<u64>,
    calls: u64,
    lookups: u64,
    advertisements: u64,
    failed: u64,
}

#[derive(Default)]
struct Caller {
    /// Capabilities that this node calls.
    called: Vec<usize>,
    /// Time of the last lookup of each capability.
    looked_up: HashMap<usize, f64>,
    /// Stations of the direct links.
    direct: HashSet<usize>,
    /// Time of the next call.
    next: f64,
}

impl Simulation {
    fn new(realm: Realm, costs: Costs, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut renewed_at = vec![Vec::new(); RENEWED_AFTER];
        for capability in 0..realm.capabilities {
            renewed_at[random.random_range(0..RENEWED_AFTER)].push(capability);
        }
        let mut callers = Vec::new();
        for _ in 0..realm.callers {
            let mut caller = Caller::default();
            while caller.called.len() < realm.called.min(realm.capabilities) {
                // Log-uniform: the n-th capability is called by a share of nodes of about 1/n.
                let popular = (realm.capabilities as f64 + 1.0).powf(random.random::<f64>());
                let capability = (popular as usize - 1).min(realm.capabilities - 1);
                if !caller.called.contains(&capability) {
                    caller.called.push(capability);
                }
            }
            caller.next = gap(&mut random, realm.calls_per_second);
            callers.push(caller);
        }
        let mut links = vec![0; realm.stations];
        for node in 0..realm.nodes() {
            links[node % realm.stations] += 1;
        }
        Self {
            realm,
            costs,
            random,
            renewed_at,
            callers,
            nodes: vec![0.0; realm.nodes()],
            stations: vec![Vec::new(); realm.stations],
            links,
            answered: vec![0; realm.providers],
            calls: 0,
            lookups: 0,
            advertisements: 0,
            failed: 0,
        }
    }

    fn station_of(&self, node: usize) -> usize {
        node % self.realm.stations
    }

    fn spend(&mut self, node: usize, station: usize, cost: super::Cost) {
        self.nodes[node] += cost.node;
        if let Some(time) = self.stations[station].last_mut() {
            *time += cost.station;
        }
    }

    fn run(&mut self, second: usize) {
        for times in &mut self.stations {
            times.push(0.0);
        }
        for node in 0..self.realm.nodes() {
            let station = self.station_of(node);
            self.spend(node, station, self.costs.second);
        }
        for capability in self.renewed_at[second % RENEWED_AFTER].clone() {
            let provider = capability % self.realm.providers;
            let station = self.station_of(provider);
            self.spend(provider, station, self.costs.advertisement);
            self.advertisements += 1;
        }
        for node in 0..self.callers.len() {
            for station in self.callers[node].direct.clone() {
                self.spend(node, station, self.costs.second);
            }
            while self.callers[node].next < (second + 1) as f64 {
                let at = self.callers[node].next;
                self.call(node, at);
                let next = gap(&mut self.random, self.realm.calls_per_second);
                self.callers[node].next = at + next;
            }
        }
    }

    fn call(&mut self, node: usize, at: f64) {
        let own = self.station_of(node);
        let caller = &mut self.callers[node];
        if caller.called.is_empty() {
            return;
        }
        let capability = caller.called[self.random.random_range(0..caller.called.len())];
        let provider = capability % self.realm.providers;
        let station = provider % self.realm.stations;
        let known = caller.looked_up.get(&capability);
        let is_stale = known.is_none_or(|known| at - known > LOOKUP_FRESH_FOR);
        let is_linked = station == own || caller.direct.contains(&station);
        let has_room = caller.direct.len() < MAX_DIRECT_LINKS;
        if is_stale {
            caller.looked_up.insert(capability, at);
        }
        if !is_linked && has_room {
            caller.direct.insert(station);
        }
        if is_stale {
            self.lookups += 1;
            self.spend(node, own, self.costs.lookup);
        }
        if !is_linked {
            if !has_room {
                self.failed += 1;
                return;
            }
            self.links[station] += 1;
            self.spend(node, station, self.costs.link);
        }
        self.calls += 1;
        self.spend(node, station, self.costs.call);
        self.nodes[provider] += self.costs.answer;
        self.answered[provider] += 1;
    }

    fn load(self) -> Load {
        let seconds = self.realm.seconds as f64;
        let means: Vec<f64> = self
            .stations
            .iter()
            .map(|times| times.iter().sum::<f64>() / seconds)
            .collect();
        let busiest = self.stations.into_iter().map(|mut times| {
            times.sort_unstable_by(f64::total_cmp);
            times.get(times.len() * 99 / 100).copied().unwrap_or(0.0)
        });
        let most_answered = self.answered.iter().max().copied().unwrap_or(0);
        let direct = self.callers.iter().map(|caller| caller.direct.len());
        Load {
            stations: means.iter().sum::<f64>() / means.len() as f64,
            busiest_station: busiest.fold(0.0, f64::max),
            nodes: self.nodes.iter().sum::<f64>() / self.nodes.len() as f64 / seconds,
            busiest_node: self.nodes.iter().copied().fold(0.0, f64::max) / seconds,
            most_answered: most_answered as f64 / seconds,
            links_of_station: self.links.iter().copied().max().unwrap_or(0),
            direct_links: direct.max().unwrap_or(0),
            calls: self.calls,
            lookups: self.lookups,
            advertisements: self.advertisements,
            failed: self.failed,
        }
    }
}

/// Returns the time until the next of events that happen at random, `rate` times per second.
fn gap(random: &mut StdRng, rate: f64) -> f64 {
    -(1.0 - random.random::<f64>()).ln() / rate
}

#[cfg(test)]
mod tests {
    use super::super::Cost;
    use super::*;

    const QUIET: Realm = Realm {
        stations: 1,
        providers: 10,
        capabilities: 100,
        callers: 0,
        called: 0,
        calls_per_second: 1.0,
        seconds: 300,
    };

    fn cost(node: f64, station: f64) -> Cost {
        Cost { node, station }
    }

    #[test]
    fn without_calls_a_realm_spends_its_links_and_two_renewals_in_300_seconds() {
        let costs = Costs {
            second: cost(0.001, 0.002),
            advertisement: cost(0.003, 0.006),
            ..Costs::default()
        };
        let load = simulate(&QUIET, &costs, 1);
        assert_eq!((load.advertisements, load.calls), (200, 0));
        // 10 links, and 200 advertisements.
        let station = 10.0 * 0.002 + 200.0 * 0.006 / 300.0;
        assert!((load.stations - station).abs() < 1e-9, "{load:?}");
        let node = 0.001 + 20.0 * 0.003 / 300.0;
        assert!((load.nodes - node).abs() < 1e-9, "{load:?}");
        assert_eq!((load.links_of_station, load.direct_links), (10, 0));
    }

    #[test]
    fn calls_come_at_their_rate_and_each_capability_is_looked_up_again_after_ten_seconds() {
        let realm = Realm {
            callers: 1,
            called: 1,
            calls_per_second: 50.0,
            ..QUIET
        };
        let costs = Costs {
            call: cost(0.001, 0.001),
            answer: 0.002,
            ..Costs::default()
        };
        let load = simulate(&realm, &costs, 1);
        assert!((14_000..16_000).contains(&load.calls), "{load:?}");
        assert!((29..=30).contains(&load.lookups), "{load:?}");
        let rate = load.calls as f64 / 300.0;
        assert!((load.stations - rate * 0.001).abs() < 1e-9, "{load:?}");
        assert!((load.most_answered - rate).abs() < 1e-9, "{load:?}");
    }

    #[test]
    fn a_caller_of_many_stations_runs_out_of_direct_links() {
        let realm = Realm {
            stations: 100,
            providers: 100,
            capabilities: 100,
            callers: 1,
            called: 100,
            calls_per_second: 10.0,
            seconds: 300,
        };
        let load = simulate(&realm, &Costs::default(), 1);
        assert_eq!(load.direct_links, MAX_DIRECT_LINKS);
        assert!(load.failed > 0, "{load:?}");
        assert_eq!(load.links_of_station, 2);
    }

    #[test]
    fn the_same_seed_gives_the_same_load() {
        let realm = Realm {
            callers: 10,
            called: 5,
            ..QUIET
        };
        let load = |seed| simulate(&realm, &Costs::default(), seed);
        assert_eq!(load(1), load(1));
        assert_ne!(load(1).lookups, load(2).lookups);
    }
}
