//! How two ways of doing a thing compare: measured in turns, so that what slows the machine slows both.

use std::time::{Duration, Instant};

/// Runs `ours` and `baseline` in turns, and prints how long each takes at the median and their ratio.
pub fn compare(
    name: &str,
    rounds: usize,
    mut ours: impl FnMut() -> Duration,
    mut baseline: impl FnMut() -> Duration,
) {
    // Once each unmeasured: the first meets cold caches, and resolves what later ones remember.
    ours();
    baseline();
    let mut times: [Vec<Duration>; 2] = Default::default();
    for round in 0..rounds {
        // Each begins every other round, so that neither always follows the other.
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

/// How long `work` takes.
pub fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The time that `percent` of the others do not exceed; zero of none.
#[must_use]
pub fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort_unstable();
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or_default()
}
