//! Shortens a plan that breaks a promise.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use crate::plan::Plan;
use crate::run::{Options, Report, run};

/// Removes rounds and faults as long as the plan still breaks one of the same promises. Starts no
/// run after `limit`. The files of these runs are beside those of the failed run.
///
/// # Errors
///
/// Same as [`run`].
pub fn shrink(report: &Report, options: &Options, limit: Duration) -> io::Result<Plan> {
    let end = Instant::now() + limit;
    let promises: BTreeSet<&str> = report.violations.iter().map(|v| v.promise).collect();
    let options = Options {
        folder: options.folder.with_extension("shrink"),
        ..options.clone()
    };
    shortest(&report.played, |plan| {
        if Instant::now() >= end {
            return Ok(None);
        }
        let again = run(plan, &options, Some(end))?;
        let mut violations = again.violations.iter();
        let fails = violations.any(|v| promises.contains(v.promise));
        let result = if fails {
            "still fails"
        } else {
            "does not fail"
        };
        println!("a plan with {} {result}", size(plan));
        // A run ends with the round that fails.
        Ok(Some(fails.then_some(again.played)))
    })
}

/// Returns the shortest plan found. `fails` runs a plan, and returns the part of it that failed, or
/// nothing; `None` if there is no time for a run.
fn shortest<E>(
    plan: &Plan,
    mut fails: impl FnMut(&Plan) -> Result<Option<Option<Plan>>, E>,
) -> Result<Plan, E> {
    let mut shortest = plan.clone();
    let mut tried = 0;
    while let Some(candidate) = shorter(&shortest).into_iter().nth(tried) {
        match fails(&candidate)? {
            None => break,
            Some(Some(failed)) => {
                shortest = failed;
                tried = 0;
            }
            Some(None) => tried += 1,
        }
    }
    Ok(shortest)
}

/// Returns shorter plans: the last round, the last two, the last four and so on, and then the plan
/// without each of its faults, the last first.
fn shorter(plan: &Plan) -> Vec<Plan> {
    let rounds = plan.rounds.len();
    let lengths = std::iter::successors(Some(1), |length| Some(length * 2));
    let mut plans: Vec<Plan> = lengths
        .take_while(|length| *length < rounds)
        .map(|length| Plan {
            seed: plan.seed,
            rounds: plan.rounds[rounds - length..].to_vec(),
        })
        .collect();
    for round in (0..rounds).rev() {
        for fault in (0..plan.rounds[round].faults.len()).rev() {
            let mut shorter = plan.clone();
            shorter.rounds[round].faults.remove(fault);
            plans.push(shorter);
        }
    }
    plans
}

fn size(plan: &Plan) -> String {
    let faults: usize = plan.rounds.iter().map(|round| round.faults.len()).sum();
    format!("{} rounds and {faults} faults", plan.rounds.len())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::plan::FaultKind;

    fn has(plan: &Plan, kind: FaultKind) -> bool {
        let mut faults = plan.rounds.iter().flat_map(|round| &round.faults);
        faults.any(|fault| fault.kind == kind)
    }

    #[test]
    fn only_the_fault_that_breaks_the_promise_remains() {
        let plan = Plan::draw(7, 13);
        for kind in [FaultKind::Cut, FaultKind::Garbage] {
            assert!(has(&plan, kind));
            let fails =
                |plan: &Plan| Ok::<_, Infallible>(Some(has(plan, kind).then(|| plan.clone())));
            let Ok(shortest) = shortest(&plan, fails);
            let faults: Vec<_> = shortest.rounds.iter().flat_map(|r| &r.faults).collect();
            assert_eq!(faults.len(), 1, "{shortest}");
            assert_eq!(faults[0].kind, kind);
        }
    }

    #[test]
    fn a_plan_that_fails_only_as_a_whole_and_one_without_time_stay() {
        let plan = Plan::draw(7, 5);
        let never = |_: &Plan| Ok::<_, Infallible>(Some(None));
        assert_eq!(shortest(&plan, never), Ok(plan.clone()));
        let no_time = |_: &Plan| Ok::<_, Infallible>(None);
        assert_eq!(shortest(&plan, no_time), Ok(plan));
    }
}
