//! A run: the rounds of a plan, each judged at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::breaks::Break;
use crate::history::{Histories, Record};
use crate::judge::{Violation, judge};
use crate::plan::{Fault, Plan, Round};
use crate::world::{READY_LIMIT, World};

/// Load before the first fault of a round, and after everything has recovered.
const LOAD: Duration = Duration::from_secs(5);

/// Time without calls before the measurements.
const IDLE: Duration = Duration::from_secs(3);

/// The result of a run.
#[derive(Debug)]
pub struct Report {
    /// The rounds that were run.
    pub played: Plan,
    /// The broken promises.
    pub violations: Vec<Violation>,
}

/// Runs a plan, with its files in `folder`, until a round breaks a promise, or the time is over.
///
/// # Errors
///
/// If a process cannot be started, or a history cannot be read.
pub fn run(
    plan: &Plan,
    folder: &Path,
    limit: Option<Duration>,
    broken: Option<Break>,
) -> io::Result<Report> {
    let end = limit.map(|limit| Instant::now() + limit);
    let mut world = World::start(folder, plan.seed, broken)?;
    let mut histories = Histories::new(&world.layout.histories());
    let mut played = Plan {
        seed: plan.seed,
        rounds: Vec::new(),
    };
    let mut violations = BTreeSet::new();
    let mut known = BTreeSet::new();
    for (number, round) in (1..).zip(&plan.rounds) {
        if end.is_some_and(|end| Instant::now() > end) {
            break;
        }
        played.rounds.push(round.clone());
        std::fs::write(folder.join("plan"), played.to_string())?;
        let started = Instant::now();
        play(&mut world, number, round)?;
        histories.refresh()?;
        violations.extend(new_violations(&histories, &mut known));
        let faults: Vec<String> = round.faults.iter().map(ToString::to_string).collect();
        println!(
            "round {number}: {} s, {}",
            started.elapsed().as_secs(),
            faults.join("; ")
        );
        if !violations.is_empty() {
            break;
        }
    }
    world.stop();
    histories.refresh()?;
    violations.extend(new_violations(&histories, &mut known));
    let mut counts: BTreeMap<&str, (usize, &Violation)> = BTreeMap::new();
    for violation in &known {
        let count = counts.entry(violation.known().unwrap_or_default());
        count.or_insert((0, violation)).0 += 1;
    }
    for (fault, (count, first)) in counts {
        println!("KNOWN {count} times: {fault}; for instance {first}");
    }
    let violations: Vec<Violation> = violations.into_iter().collect();
    let lines: Vec<String> = violations.iter().map(|v| format!("{v}\n")).collect();
    std::fs::write(folder.join("violations"), lines.concat())?;
    print!(
        "{}",
        lines
            .iter()
            .take(30)
            .map(String::as_str)
            .collect::<String>()
    );
    Ok(Report { played, violations })
}

/// Returns the violations whose cause is not known, and adds the others to `known`.
fn new_violations(histories: &Histories, known: &mut BTreeSet<Violation>) -> Vec<Violation> {
    let (of_known, new) = judge(histories)
        .into_iter()
        .partition(|violation| violation.known().is_some());
    let of_known: Vec<Violation> = of_known;
    known.extend(of_known);
    new
}

/// Plays one round: faults, recovery, and measurements while idle.
fn play(world: &mut World, number: u32, round: &Round) -> io::Result<()> {
    world.events.write(Record::Round {
        round: number,
        gentle: round.is_gentle(),
    });
    world.resume();
    world.wait(LOAD);
    let start = Instant::now();
    let mut possible = round.clone();
    possible.faults.retain(|fault| {
        let lacks = world.lacks(fault);
        if let Some(lacks) = lacks {
            println!("SKIPPED: {fault}: {lacks}");
        }
        lacks.is_none()
    });
    for (at, starts, fault) in timeline(&possible) {
        let at = start + Duration::from_millis(at);
        world.wait(at.saturating_duration_since(Instant::now()));
        if starts {
            world.start_fault(fault)?;
        } else {
            world.end_fault(fault)?;
        }
    }
    let unready = world.wait_until_ready(READY_LIMIT);
    world.events.write(Record::Settled { unready });
    world.wait(LOAD);
    let busy = world.pause();
    if !busy.is_empty() {
        println!("calls of {} do not end", busy.join(", "));
    }
    world.rest(IDLE);
    world.measure();
    Ok(())
}

/// Returns the starts (`true`) and ends of the round's faults, in the order of their times.
fn timeline(round: &Round) -> Vec<(u64, bool, &Fault)> {
    let starts = round.faults.iter().map(|fault| (fault.at_ms, true, fault));
    let ends = round
        .faults
        .iter()
        .map(|fault| (fault.at_ms + fault.for_ms, false, fault));
    let mut timeline: Vec<_> = starts.chain(ends).collect();
    timeline.sort_by_key(|(at, _, _)| *at);
    timeline
}

/// Removes rounds and faults one by one while the plan still breaks one of the same promises.
///
/// # Errors
///
/// Same as [`run`].
pub fn shrink(
    report: &Report,
    folder: &Path,
    limit: Duration,
    broken: Option<Break>,
) -> io::Result<Plan> {
    let end = Instant::now() + limit;
    let promises: BTreeSet<&str> = report.violations.iter().map(|v| v.promise).collect();
    let mut shortest = report.played.clone();
    let mut tried = 0;
    while tried < shorter(&shortest).len() && Instant::now() < end {
        let plan = shorter(&shortest).swap_remove(tried);
        let again = run(&plan, &folder.with_extension("shrink"), None, broken)?;
        let same = again
            .violations
            .iter()
            .any(|v| promises.contains(v.promise));
        if same {
            shortest = plan;
            tried = 0;
        } else {
            tried += 1;
        }
    }
    Ok(shortest)
}

/// Returns the plan without its earlier rounds, and then without each of its faults.
fn shorter(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    if plan.rounds.len() > 1 {
        plans.push(Plan {
            seed: plan.seed,
            rounds: plan.rounds[plan.rounds.len() - 1..].to_vec(),
        });
    }
    for (at, round) in plan.rounds.iter().enumerate() {
        for fault in 0..round.faults.len() {
            let mut shorter = plan.clone();
            shorter.rounds[at].faults.remove(fault);
            plans.push(shorter);
        }
    }
    plans
}
