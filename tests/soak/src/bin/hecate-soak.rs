//! Runs services and callers under random faults, and judges their histories.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use hecate_om_soak::breaks::Break;
use hecate_om_soak::plan::Plan;
use hecate_om_soak::run::{Options, Pace, judge_again, run};
use hecate_om_soak::shrink::shrink;

/// Runs services and callers under random faults, and judges their histories
#[derive(Debug, Parser)]
struct Arguments {
    /// Draw the plan and the load from this seed; by default from the day
    #[arg(long)]
    seed: Option<u64>,
    /// End after the round in which this time is over
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Run the plan of this file instead of a drawn one
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Keep the histories and logs in this folder
    #[arg(long, value_name = "FOLDER", default_value = "target/soak")]
    out: PathBuf,
    /// Break this promise on purpose, to test the judge
    #[arg(long = "break", value_name = "PROMISE")]
    broken: Option<Break>,
    /// Shorten the plan of a failed run for at most this time
    #[arg(long, default_value_t = 0)]
    shrink_minutes: u64,
    /// Play short rounds with one short fault each, to find what leaks in each of them
    #[arg(long)]
    short: bool,
    /// Print the plan and end
    #[arg(long)]
    print: bool,
    /// Judge the histories in the folder of an earlier run again, instead of a run
    #[arg(long, value_name = "FOLDER", exclusive = true)]
    judge: Option<PathBuf>,
}

/// Maximum number of rounds of a drawn plan; the time ends a run earlier.
const MAX_ROUNDS: usize = 10_000;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match soak(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether every promise was kept.
fn soak(arguments: &Arguments) -> Result<bool, Box<dyn std::error::Error>> {
    let started = Instant::now();
    if let Some(folder) = &arguments.judge {
        let report = judge_again(folder)?;
        print!("{}", report.explanation);
        println!("{} violations", report.violations.len());
        return Ok(report.violations.is_empty());
    }
    let (plan, end) = match &arguments.plan {
        Some(file) => (std::fs::read_to_string(file)?.parse()?, None),
        None => {
            let end = started + Duration::from_secs(arguments.minutes * 60);
            (draw(arguments), Some(end))
        }
    };
    if arguments.print {
        print!("{plan}");
        return Ok(true);
    }
    println!("seed {}", plan.seed);
    let options = Options {
        folder: arguments.out.join(format!("seed-{}", plan.seed)),
        pace: if arguments.short {
            Pace::SHORT
        } else {
            Pace::USUAL
        },
        broken: arguments.broken,
    };
    let report = run(&plan, &options, end)?;
    println!(
        "{} rounds in {} s: {} violations",
        report.played.rounds.len(),
        started.elapsed().as_secs(),
        report.violations.len()
    );
    if report.violations.is_empty() {
        return Ok(true);
    }
    print!("{}", report.explanation);
    let limit = Duration::from_secs(arguments.shrink_minutes * 60);
    let shortest = shrink(&report, &options, limit)?;
    let file = options.folder.join("plan");
    std::fs::write(&file, shortest.to_string())?;
    println!("the shortest plan found that fails:\n{shortest}");
    println!("seed {}", plan.seed);
    println!("histories and logs: {}", options.folder.display());
    println!("run it again: just soak --plan {}", file.display());
    Ok(false)
}

fn draw(arguments: &Arguments) -> Plan {
    let seed = arguments.seed.unwrap_or_else(of_the_day);
    if arguments.short {
        Plan::draw_short(seed, MAX_ROUNDS)
    } else {
        Plan::draw(seed, MAX_ROUNDS)
    }
}

/// Returns the seed of the day: the days since 1970.
fn of_the_day() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs() / 86_400)
}
