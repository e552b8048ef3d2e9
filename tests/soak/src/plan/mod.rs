//! Plans: which faults happen when. The same seed gives the same plan.

mod fault;
mod random;
mod text;

pub use fault::{
    CERTIFIED, Fault, FaultKind, PYTHON_CALLER, RUST_CALLERS, SERVICES, SET_CLOCKS, STATIONS,
    Target, homes,
};
pub use random::Random;

/// The rounds of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The seed that the plan and the load are drawn from.
    pub seed: u64,
    /// The rounds, in order.
    pub rounds: Vec<Round>,
}

/// Faults that overlap, after which everything has to recover.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// The faults, in the order of their start.
    pub faults: Vec<Fault>,
}

/// Latest start of a round's fault, in milliseconds.
const LATEST_START: u64 = 4_000;

/// One round in this many is gentle.
const GENTLE: usize = 6;

/// Faults of a round.
const FAULTS: usize = 4;

/// Maximum number of draws of a fault's target, until it conflicts with none of the round.
const DRAWS: usize = 4;

/// Longest fault of a short round, in milliseconds.
const SHORT_FAULT: u64 = 1_500;

impl Round {
    /// Returns whether no fault of the round loses an answer: services are only asked to stop.
    #[must_use]
    pub fn is_gentle(&self) -> bool {
        self.faults.iter().all(|fault| fault.kind.is_gentle())
    }
}

impl Plan {
    /// Draws a plan of `rounds` rounds. Each kind of fault occurs once before any occurs again, and
    /// each sixth round is gentle. Kinds of similar lengths share a round, so that ten minutes have
    /// most kinds.
    #[must_use]
    pub fn draw(seed: u64, rounds: usize) -> Self {
        let mut random = Random::new(seed);
        let mut next = Vec::new();
        let rounds = (0..rounds).map(|round| {
            if round % GENTLE == GENTLE - 1 {
                return gentle(&mut random);
            }
            if next.is_empty() {
                next = each_kind_once(&mut random);
            }
            next.pop().unwrap_or_default()
        });
        let rounds = rounds.collect();
        Self { seed, rounds }
    }

    /// Draws a plan of `rounds` short rounds, each with one short fault that ends no process: what
    /// a process leaks in each of them can be seen in the end.
    #[must_use]
    pub fn draw_short(seed: u64, rounds: usize) -> Self {
        let mut random = Random::new(seed);
        let kinds: Vec<FaultKind> = FaultKind::ALL
            .iter()
            .copied()
            .filter(|kind| kind.is_short())
            .collect();
        let rounds = (0..rounds).map(|_| {
            let kind = kinds[random.below(kinds.len() as u64) as usize];
            let mut fault = Fault::draw(kind, 1, &mut random);
            fault.for_ms = fault.for_ms.min(SHORT_FAULT);
            Round {
                faults: vec![fault],
            }
        });
        let rounds = rounds.collect();
        Self { seed, rounds }
    }
}

/// Draws rounds that have each kind of fault once, in random order.
fn each_kind_once(random: &mut Random) -> Vec<Round> {
    let mut kinds = FaultKind::ALL.to_vec();
    random.shuffle(&mut kinds);
    let mut rounds = Vec::new();
    // Each round can have only one of those that need the stations.
    kinds.sort_by_key(|kind| !kind.needs_stations());
    while let Some(first) = kinds.first().copied() {
        kinds[1..].sort_by_key(|kind| kind.longest().abs_diff(first.longest()));
        let mut faults: Vec<Fault> = Vec::new();
        kinds.retain(|kind| {
            if faults.len() == FAULTS {
                return true;
            }
            let drawn = (0..DRAWS)
                .map(|_| Fault::draw(*kind, LATEST_START, random))
                .find(|fault| !faults.iter().any(|other| other.conflicts_with(fault)));
            let is_drawn = drawn.is_some();
            faults.extend(drawn);
            !is_drawn
        });
        faults.sort_by_key(|fault| fault.at_ms);
        rounds.push(Round { faults });
        random.shuffle(&mut kinds);
        kinds.sort_by_key(|kind| !kind.needs_stations());
    }
    random.shuffle(&mut rounds);
    rounds
}

/// Draws a round in which a service is asked to stop, while the stations receive what is no frame.
fn gentle(random: &mut Random) -> Round {
    let attacks = [FaultKind::Garbage, FaultKind::MalformedFrames];
    let attack = attacks[random.below(attacks.len() as u64) as usize];
    let mut faults = [FaultKind::Term, attack].map(|kind| Fault::draw(kind, LATEST_START, random));
    faults.sort_by_key(|fault| fault.at_ms);
    Round {
        faults: faults.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_seed_another() {
        assert_eq!(Plan::draw(7, 40), Plan::draw(7, 40));
        assert_ne!(Plan::draw(7, 40), Plan::draw(8, 40));
    }

    #[test]
    fn every_kind_of_fault_occurs_in_twelve_rounds() {
        for seed in 0..100 {
            let plan = Plan::draw(seed, 12);
            for kind in FaultKind::ALL {
                let occurs = |round: &Round| round.faults.iter().any(|fault| fault.kind == *kind);
                assert!(plan.rounds.iter().any(occurs), "{kind:?} with seed {seed}");
            }
        }
    }

    #[test]
    fn each_sixth_round_is_gentle() {
        let plan = Plan::draw(7, 60);
        assert!(plan.rounds.iter().skip(5).step_by(6).all(Round::is_gentle));
    }

    #[test]
    fn a_short_round_ends_no_process() {
        for round in Plan::draw_short(7, 200).rounds {
            let kind = round.faults[0].kind;
            assert!(
                kind.is_short() && !matches!(kind.target(), Target::StationProcess),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn a_plan_reads_as_it_was_written() {
        let plan = Plan::draw(7, 40);
        assert_eq!(plan.to_string().parse(), Ok(plan));
    }

    #[test]
    fn a_mistake_in_a_plan_names_its_line() {
        let error = "seed 1\nround\nkil alpha-1 at 0ms for 5ms".parse::<Plan>();
        assert!(error.unwrap_err().starts_with("line 3: "));
    }
}
