//! Calls with the signatures of AWS-LC, compared with `macula-rust` as it is published.

use hecate_om_benches::{Table, Unit};
use hecate_om_tests::binary_of_workspace;

use crate::world::{World, this_path};

/// Profiles with numbers of concurrent callers, the calls of each, and the ratios to reach.
const CALLERS: [(&str, usize, usize, f64); 4] = [
    ("pq_pure", 1, 100, 2.5),
    ("pq_pure", 32, 10, 3.0),
    ("pq_hybrid", 1, 50, 1.4),
    ("pq_hybrid", 32, 5, 1.5),
];
/// Size of the payload of a small request.
const SMALL: usize = 64;
const ROUNDS: usize = 5;

/// Compares the calls of three pairs of processes on one station: of hecate-om, of `macula-rust`,
/// and of `macula-rust` without the patch.
pub(crate) fn signatures(table: &mut Table) {
    let program = binary_of_workspace("benches/unpatched", "hecate-om-unpatched");
    for (profile, callers, each, goal) in CALLERS {
        let world = World::with_profile(profile);
        let _echo = world.service("hecate-echo");
        let mut ours = world.ours();
        let mut bare = world.bare_pair(&this_path(), "bare");
        let mut unpatched = world.bare_pair(&program, "unpatched");
        let workers = [&mut ours, &mut bare.caller, &mut unpatched.caller];
        let command = format!("calls {callers} {each} {SMALL}");
        let calls = (callers * each) as f64;
        let mut rates = Vec::new();
        for round in 0..=ROUNDS {
            let mut round_rates = [0.0; 3];
            for turn in 0..workers.len() {
                // Rotate the order, so that none always runs first.
                let at = (round + turn) % workers.len();
                round_rates[at] = calls / workers[at].time(&command).as_secs_f64();
            }
            rates.push(round_rates);
        }
        // The first round warms up.
        rates.remove(0);
        let name = match callers {
            1 => format!("{profile}, calls in a row"),
            _ => format!("{profile}, {callers} callers"),
        };
        let mut row = |side: &str, goal, [ours, baseline]: [usize; 2]| {
            let pairs: Vec<_> = rates.iter().map(|r| (r[ours], r[baseline])).collect();
            let row = table.row(format!("{name}{side}")).goal(goal);
            row.pairs(Unit::Rate, &pairs);
        };
        row(" (unpatched)", goal, [0, 2]);
        row(", bare (unpatched)", goal, [1, 2]);
        row(" (macula-rust)", 0.97, [0, 1]);
    }
}
