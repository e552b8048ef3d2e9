//! The text form of a plan.

use std::fmt;
use std::str::FromStr;

use super::{Fault, FaultKind, Plan, Round};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        for round in &self.rounds {
            writeln!(f, "round")?;
            for fault in &round.faults {
                writeln!(f, "  {fault}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut plan = Self {
            seed: 0,
            rounds: Vec::new(),
        };
        for (number, line) in text.lines().enumerate() {
            let read = read(&mut plan, line);
            read.ok_or_else(|| format!("line {}: `{line}` is not part of a plan", number + 1))?;
        }
        Ok(plan)
    }
}

fn read(plan: &mut Plan, line: &str) -> Option<()> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match *words {
        [] => {}
        [comment, ..] if comment.starts_with('#') => {}
        ["seed", seed] => plan.seed = seed.parse().ok()?,
        ["round"] => plan.rounds.push(Round::default()),
        [kind, target, "at", at, "for", length] => {
            let kind = FaultKind::of(kind)?;
            let names = kind.target().names();
            let fault = Fault {
                kind,
                target: names.into_iter().find(|name| *name == target)?.to_owned(),
                at_ms: milliseconds(at)?,
                for_ms: milliseconds(length)?,
            };
            plan.rounds.last_mut()?.faults.push(fault);
        }
        _ => return None,
    }
    Some(())
}

fn milliseconds(text: &str) -> Option<u64> {
    text.strip_suffix("ms")?.parse().ok()
}
