//! Comparison of two implementations, measured alternately, so that other load on the machine
//! affects both.

use std::time::{Duration, Instant};

/// Runs `ours` and `baseline` alternately, and prints their median durations and the ratio.
pub fn compare(
    name: &str,
    rounds: usize,
    mut ours: impl FnMut() -> Duration,
    mut baseline: impl FnMut() -> Duration,
) {
    // Warm up caches and name resolution.
    ours();
    baseline();
    let mut times: [Vec<Duration>; 2] = Default::default();
    for round in 0..rounds {
        // Alternate the order, so that neither always runs second.
        if round % 2 == 0 {
            times[0].push(ours());
            times[1].push(baseline());
        } else {
            times[1].push(baseline());
            times[0].push(ours());
        }
    }
    let [ours, baseline] = times.map(median);
    println!(
        "{name:<44} {ours:>12?} vs {baseline:>12?}   rate ratio {:.3}",
        baseline.as_secs_f64() / ours.as_secs_f64()
    );
}

/// Returns the duration of `work`.
pub fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Returns the percentile of durations; zero if there are none.
#[must_use]
pub fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort_unstable();
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or_default()
}
