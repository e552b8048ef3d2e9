//! A run: the rounds of a plan, each judged at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::breaks::Break;
use crate::explain::explain;
use crate::history::{Histories, Record};
use crate::judge::{Violation, judge};
use crate::plan::{Fault, Plan, Round};
use crate::world::{Layout, READY_LIMIT, World, skipped};

/// How long the parts of a round take.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Load before the first fault, and after everything has recovered.
    load: Duration,
    /// Time without calls before the measurements.
    idle: Duration,
}

impl Pace {
    /// The usual pace.
    pub const USUAL: Self = Self {
        load: Duration::from_secs(4),
        idle: Duration::from_secs(3),
    };

    /// The pace of short rounds.
    pub const SHORT: Self = Self {
        load: Duration::from_secs(1),
        idle: Duration::from_secs(1),
    };
}

/// How a plan is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the histories and logs.
    pub folder: PathBuf,
    /// The pace of the rounds.
    pub pace: Pace,
    /// The promise that the services break on purpose.
    pub broken: Option<Break>,
}

/// Time in which the facts of a flood are handled.
const FACTS_LIMIT: Duration = Duration::from_secs(60);

/// Maximum number of printed violations; the file `violations` has all.
const MAX_PRINTED: usize = 30;

/// The result of a run.
#[derive(Debug)]
pub struct Report {
    /// The rounds that were run.
    pub played: Plan,
    /// The broken promises.
    pub violations: Vec<Violation>,
    /// What histories and logs say of them.
    pub explanation: String,
}

/// Runs a plan until a round breaks a promise, or starts no further round at `end`.
///
/// # Errors
///
/// If a process cannot be started, or a history cannot be read.
pub fn run(plan: &Plan, options: &Options, end: Option<Instant>) -> io::Result<Report> {
    let folder = &options.folder;
    let mut world = World::start(folder, plan.seed, options.broken)?;
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
        play(&mut world, number, round, options.pace)?;
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
    report(folder, &histories, played, &violations, &known)
}

/// Judges the histories in the folder of an earlier run.
///
/// # Errors
///
/// If its plan or a history cannot be read.
pub fn judge_again(folder: &Path) -> io::Result<Report> {
    let plan = std::fs::read_to_string(folder.join("plan"))?;
    let played = plan.parse().map_err(io::Error::other)?;
    let mut histories = Histories::new(&Layout::histories_of(folder));
    histories.refresh()?;
    let mut known = BTreeSet::new();
    let violations = new_violations(&histories, &mut known).into_iter().collect();
    report(folder, &histories, played, &violations, &known)
}

/// Prints the violations, and writes them to a file.
fn report(
    folder: &Path,
    histories: &Histories,
    played: Plan,
    violations: &BTreeSet<Violation>,
    known: &BTreeSet<Violation>,
) -> io::Result<Report> {
    print_known(known);
    let violations: Vec<Violation> = violations.iter().cloned().collect();
    let lines: Vec<String> = violations.iter().map(|v| format!("{v}\n")).collect();
    std::fs::write(folder.join("violations"), lines.concat())?;
    for line in lines.iter().take(MAX_PRINTED) {
        print!("{line}");
    }
    let explanation = explain(folder, histories, &violations)?;
    Ok(Report {
        played,
        violations,
        explanation,
    })
}

/// Prints the known faults of the product that have occurred, each with an example.
fn print_known(known: &BTreeSet<Violation>) {
    let mut counts: BTreeMap<&str, (usize, &Violation)> = BTreeMap::new();
    for violation in known {
        let count = counts.entry(violation.known().unwrap_or_default());
        count.or_insert((0, violation)).0 += 1;
    }
    for (fault, (count, first)) in counts {
        println!("KNOWN {count} times: {fault}; for instance {first}");
    }
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
fn play(world: &mut World, number: u32, round: &Round, pace: Pace) -> io::Result<()> {
    world.events.write(Record::Round {
        round: number,
        gentle: round.is_gentle(),
    });
    world.resume();
    world.wait(pace.load);
    let start = Instant::now();
    let mut possible = Round::default();
    for fault in &round.faults {
        match world.lacks(fault) {
            Some(lacks) => skipped(&format!("{fault} needs {}", lacks.name), lacks.installable)?,
            None => possible.faults.push(fault.clone()),
        }
    }
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
    let settled = Instant::now();
    world.events.write(Record::Settled { unready });
    world.wait(pace.load);
    let busy = world.pause();
    if !busy.is_empty() {
        println!("calls of {} do not end", busy.join(", "));
    }
    world.wait_for_facts(FACTS_LIMIT);
    world.rest(pace.idle);
    world.wait_for_recovery(settled);
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
