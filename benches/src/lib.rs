//! Table of comparisons. The two sides of a row are measured alternately, so that other load on the
//! machine affects both.

pub mod commands;
mod process;
pub mod scale;
mod statistics;

use std::time::{Duration, Instant};

pub use process::{processor_time, resident};
pub use statistics::{Spread, exponent, percentile, spread};

/// Rounds of a row of a quick run, and of a slow row.
pub const MIN_ROUNDS: usize = 5;
/// Rounds of a row unless it is a quick run.
const ROUNDS: usize = 15;
/// Rounds of a brief row.
const BRIEF_ROUNDS: usize = 201;

/// How long the rounds of a row take.
#[derive(Debug, Clone, Copy)]
enum Pace {
    Brief,
    Usual,
    Slow,
}

/// Unit of the values of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds; less is better.
    Time,
    /// Bytes of memory; less is better.
    Memory,
    /// Bytes per second; more is better.
    Throughput,
    /// Number per second; more is better.
    Rate,
}

impl Unit {
    /// Returns by how much `ours` is better than `baseline`: above 1, it is better.
    fn ratio(self, ours: f64, baseline: f64) -> f64 {
        match self {
            Self::Time | Self::Memory => baseline / ours,
            Self::Throughput | Self::Rate => ours / baseline,
        }
    }

    fn format(self, value: f64) -> String {
        match self {
            Self::Time => format_time(value),
            Self::Memory if value.abs() >= 1024.0 * 1024.0 => {
                format!("{:.1} MiB", value / (1024.0 * 1024.0))
            }
            Self::Memory if value.abs() >= 1024.0 => format!("{:.1} KiB", value / 1024.0),
            Self::Memory => format!("{value:.0} B"),
            Self::Throughput => format!("{:.2} MB/s", value / 1e6),
            Self::Rate => format!("{value:.0} /s"),
        }
    }
}

fn format_time(seconds: f64) -> String {
    match seconds {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.2} ms", s * 1e3),
        s if s >= 1e-6 => format!("{:.2} µs", s * 1e6),
        s => format!("{:.0} ns", s * 1e9),
    }
}

/// Table that is printed row by row.
#[derive(Debug)]
pub struct Table {
    quick: bool,
    missed: Vec<String>,
}

/// Medians of both sides of a row.
#[derive(Debug, Clone, Copy)]
pub struct Medians {
    /// Median of the measured side.
    pub ours: f64,
    /// Median of the baseline.
    pub baseline: f64,
}

impl Table {
    /// Prints the head of the table. A quick table has fewer rounds, and its benches leave out
    /// their largest sizes.
    #[must_use]
    pub fn start(quick: bool) -> Self {
        println!(
            "{:<46} {:>12} {:>12} {:>7}  {:<15} goal",
            "measured, and the baseline", "ours", "baseline", "ratio", "(min..max)"
        );
        Self {
            quick,
            missed: Vec::new(),
        }
    }

    /// Returns whether this is a quick run.
    #[must_use]
    pub const fn is_quick(&self) -> bool {
        self.quick
    }

    /// Starts a row.
    pub fn row(&mut self, name: impl Into<String>) -> Row<'_> {
        Row {
            table: self,
            name: name.into(),
            goal: None,
            pace: Pace::Usual,
        }
    }

    /// Prints the growth of the points `(size, cost)` as an exponent, and whether it is at most
    /// `goal`.
    ///
    /// # Panics
    ///
    /// If fewer than two points have different sizes.
    pub fn growth(&mut self, name: &str, points: &[(f64, f64)], goal: f64) {
        let exponent = exponent(points);
        let verdict = self.verdict(name, exponent <= goal, &format!("<= {goal:.2}"));
        println!("{name:<46} {:>12} {exponent:>20.2}  {verdict}", "exponent");
    }

    /// Prints a measured value and what a model predicts, in seconds per second, and whether the
    /// prediction is off by at most the factor `tolerance`.
    pub fn model(&mut self, name: &str, measured: f64, predicted: f64, tolerance: f64) {
        let factor = (measured / predicted).max(predicted / measured);
        let verdict = self.verdict(name, factor <= tolerance, &format!("<= {tolerance:.2}"));
        let percent = |share: f64| format!("{:.2} %", share * 100.0);
        println!(
            "{name:<46} {:>12} {:>12} {factor:>7.3}  {:<15} {verdict}",
            percent(measured),
            percent(predicted),
            "off by",
        );
    }

    /// Prints the names of the rows that missed their goals.
    pub fn finish(self) {
        match self.missed.as_slice() {
            [] => println!("no row with a goal missed it"),
            missed => println!("rows that missed their goal: {}", missed.join("; ")),
        }
    }

    fn verdict(&mut self, name: &str, met: bool, goal: &str) -> String {
        if met {
            return goal.to_owned();
        }
        self.missed.push(name.to_owned());
        format!("{goal} MISSED")
    }
}

/// Row to be measured.
#[derive(Debug)]
#[must_use = "a row is measured by its last method"]
pub struct Row<'a> {
    table: &'a mut Table,
    name: String,
    goal: Option<f64>,
    pace: Pace,
}

impl Row<'_> {
    /// Sets the ratio that the row should reach.
    pub const fn goal(mut self, ratio: f64) -> Self {
        self.goal = Some(ratio);
        self
    }

    /// Measures many rounds, each of which should take about a millisecond, so that other load
    /// interrupts only few of them.
    pub const fn brief(mut self) -> Self {
        self.pace = Pace::Brief;
        self
    }

    /// Measures as few rounds as a quick run, without a warm-up: each round takes seconds, or starts
    /// its own processes.
    pub const fn slow(mut self) -> Self {
        self.pace = Pace::Slow;
        self
    }

    /// Measures both durations, and prints the row.
    pub fn times(
        self,
        mut ours: impl FnMut() -> Duration,
        mut baseline: impl FnMut() -> Duration,
    ) -> Medians {
        self.compare(
            Unit::Time,
            || ours().as_secs_f64(),
            || baseline().as_secs_f64(),
        )
    }

    /// Measures both durations of moving `bytes`, and prints the row in bytes per second.
    pub fn throughput(
        self,
        bytes: u64,
        mut ours: impl FnMut() -> Duration,
        mut baseline: impl FnMut() -> Duration,
    ) -> Medians {
        let bytes = bytes as f64;
        self.compare(
            Unit::Throughput,
            || bytes / ours().as_secs_f64(),
            || bytes / baseline().as_secs_f64(),
        )
    }

    /// Measures both durations of `operations`, and prints the row in operations per second.
    pub fn rate(
        self,
        operations: usize,
        mut ours: impl FnMut() -> Duration,
        mut baseline: impl FnMut() -> Duration,
    ) -> Medians {
        let operations = operations as f64;
        self.compare(
            Unit::Rate,
            || operations / ours().as_secs_f64(),
            || operations / baseline().as_secs_f64(),
        )
    }

    /// Measures both sides in `unit`, and prints the row.
    pub fn compare(
        self,
        unit: Unit,
        mut ours: impl FnMut() -> f64,
        mut baseline: impl FnMut() -> f64,
    ) -> Medians {
        let rounds = match self.pace {
            Pace::Brief => BRIEF_ROUNDS,
            Pace::Usual if !self.table.quick => ROUNDS,
            Pace::Usual | Pace::Slow => MIN_ROUNDS,
        };
        if !matches!(self.pace, Pace::Slow) {
            // Warm up caches and name resolution.
            ours();
            baseline();
        }
        let pairs = alternating(rounds, ours, baseline);
        self.pairs(unit, &pairs)
    }

    /// Prints the row of measured pairs, ours first: the medians of both sides, and the median and
    /// the range of the ratios of the pairs.
    pub fn pairs(self, unit: Unit, pairs: &[(f64, f64)]) -> Medians {
        let ratios = spread(pairs.iter().map(|(o, b)| unit.ratio(*o, *b)).collect());
        let medians = Medians {
            ours: spread(pairs.iter().map(|(ours, _)| *ours).collect()).median,
            baseline: spread(pairs.iter().map(|(_, baseline)| *baseline).collect()).median,
        };
        let verdict = match self.goal {
            Some(goal) => {
                let met = ratios.median >= goal;
                self.table
                    .verdict(&self.name, met, &format!(">= {goal:.2}"))
            }
            None => String::new(),
        };
        let range = format!("({:.2}..{:.2})", ratios.min, ratios.max);
        println!(
            "{:<46} {:>12} {:>12} {:>7.3}  {range:<15} {verdict}",
            self.name,
            unit.format(medians.ours),
            unit.format(medians.baseline),
            ratios.median,
        );
        medians
    }
}

/// Measures both sides in alternating order, so that neither always runs second, and returns the
/// pairs, ours first.
pub fn alternating<T>(
    rounds: usize,
    mut ours: impl FnMut() -> T,
    mut baseline: impl FnMut() -> T,
) -> Vec<(T, T)> {
    let round = |round: usize| {
        if round.is_multiple_of(2) {
            let ours = ours();
            (ours, baseline())
        } else {
            let baseline = baseline();
            (ours(), baseline)
        }
    };
    (0..rounds).map(round).collect()
}

/// Returns the duration of `work`.
pub fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_above_one_is_better_in_every_unit() {
        assert_eq!(Unit::Time.ratio(1.0, 2.0), 2.0);
        assert_eq!(Unit::Memory.ratio(1.0, 2.0), 2.0);
        assert_eq!(Unit::Throughput.ratio(2.0, 1.0), 2.0);
        assert_eq!(Unit::Rate.ratio(2.0, 1.0), 2.0);
    }

    #[test]
    fn a_row_or_growth_below_its_goal_is_listed_as_missed() {
        let mut table = Table::start(true);
        let half = |table: &mut Table, goal| {
            table
                .row("half")
                .goal(goal)
                .compare(Unit::Time, || 2.0, || 1.0)
        };
        let Medians { ours, baseline } = half(&mut table, 0.5);
        assert_eq!((ours, baseline), (2.0, 1.0));
        table.growth("linear", &[(1.0, 1.0), (10.0, 10.0)], 1.05);
        assert!(table.missed.is_empty(), "{:?}", table.missed);
        half(&mut table, 0.6);
        table.growth("square", &[(1.0, 1.0), (10.0, 100.0)], 1.05);
        assert_eq!(table.missed, ["half", "square"]);
    }

    #[test]
    fn a_model_that_is_off_by_more_than_its_tolerance_is_listed_as_missed() {
        let mut table = Table::start(true);
        table.model("right", 1.4, 1.0, 1.5);
        table.model("low", 1.6, 1.0, 1.5);
        table.model("high", 1.0, 1.6, 1.5);
        assert_eq!(table.missed, ["low", "high"]);
    }

    #[test]
    fn the_two_sides_take_turns_at_running_first() {
        let order = std::cell::RefCell::new(String::new());
        alternating(
            5,
            || order.borrow_mut().push('o'),
            || order.borrow_mut().push('b'),
        );
        assert_eq!(*order.borrow(), "obboobboob");
    }
}
