//! Promises about the metrics of a service.

use std::ops::RangeInclusive;

use super::model::{Call, Model, Run, Sample};
use super::readiness::homes_of;
use crate::history::CallKind;

/// Difference of the clocks of two processes, in milliseconds.
const CLOCKS_DIFFER: u64 = 20;

/// Time in which something that has happened is counted, in milliseconds.
const COUNTED: u64 = 1_000;

/// The metrics count what the histories show: runs, items, facts, scheduled runs, and calls to other
/// services.
pub(super) fn metrics_agree(model: &Model) -> Vec<String> {
    let different = model.samples.iter().filter_map(|sample| {
        let counts = counted(model, sample)?;
        let agrees = sample.value >= *counts.start() as f64 && sample.value <= *counts.end() as f64;
        (!agrees).then(|| {
            format!(
                "{}: the metrics count {} `{}`, the history {counts:?}",
                sample.process, sample.value, sample.name
            )
        })
    });
    different.collect()
}

/// Returns how often the process did what the sample counts, at least and at most.
fn counted(model: &Model, sample: &Sample) -> Option<RangeInclusive<usize>> {
    // A sample is taken after the page was written.
    let latest = sample.at + CLOCKS_DIFFER;
    let since = sample.at.saturating_sub(COUNTED);
    let earliest = sample
        .at
        .saturating_sub(model.stretched(COUNTED, since, sample.at));
    let between = |times: &mut dyn Iterator<Item = u64>| {
        let times: Vec<u64> = times.collect();
        let until = |limit| times.iter().filter(|at| **at <= limit).count();
        until(earliest)..=until(latest)
    };
    let process = sample.process.as_str();
    if let Some((what, capability)) = sample.name.split_once(' ') {
        let runs: Vec<(&Call, &Run)> = runs(model, process, capability, latest).collect();
        return match what {
            "calls" => Some(count_calls(&runs, earliest, false)),
            "ok" => Some(count_calls(&runs, earliest, true)),
            "items_received" => Some(count_items(&runs, earliest, |(_, received, _)| received)),
            "items_sent" => Some(count_items(&runs, earliest, |(_, _, sent)| sent)),
            _ => None,
        };
    }
    match sample.name.as_str() {
        "published" => {
            let facts = model.facts.get(process);
            let accepted = facts.into_iter().flat_map(|facts| facts.accepted.values());
            let least = between(&mut accepted.copied());
            let published = facts.into_iter().flat_map(|facts| {
                let published = facts.published.iter();
                published.filter(|(number, _)| !facts.failed.contains_key(number))
            });
            let most = between(&mut published.map(|(_, at)| *at));
            Some(*least.start()..=*most.end())
        }
        "heard" => {
            let deliveries = model.deliveries.get(process).into_iter().flatten();
            Some(between(&mut deliveries.map(|(at, _)| *at)))
        }
        "ticks" => {
            let ticks = model.processes.get(process).map(|process| &process.ticks);
            Some(between(&mut ticks.into_iter().flatten().map(|(at, _)| *at)))
        }
        "outgoing" => {
            let calls = || model.calls.values().filter(|call| call.caller == process);
            let ended = between(&mut calls().filter_map(|call| Some(call.end.as_ref()?.at)));
            let made = between(&mut calls().map(|call| call.at));
            Some(*ended.start()..=*made.end())
        }
        _ => None,
    }
}

/// Returns the runs of a process's capability until a time.
fn runs<'a>(
    model: &'a Model,
    process: &'a str,
    capability: &'a str,
    until: u64,
) -> impl Iterator<Item = (&'a Call, &'a Run)> {
    let calls = model.calls.values();
    let runs = calls.flat_map(|call| call.runs.iter().map(move |run| (call, run)));
    runs.filter(move |(_, run)| {
        run.process == process && run.capability == capability && run.at <= until
    })
}

/// Returns how many calls were counted, or how many of them were successful. The caller of a call
/// that ended in time knows it; others may have ended too late, or after `earliest`.
fn count_calls(runs: &[(&Call, &Run)], earliest: u64, successful: bool) -> RangeInclusive<usize> {
    let ended = runs.iter().filter(|(call, _)| {
        let lost = matches!(call.code(), Some("timeout" | "link_failed"));
        // A stream that its caller leaves is cancelled.
        let all = successful || call.kind != CallKind::Unary;
        let known = if all { call.is_ok() } else { !lost };
        call.end_or(u64::MAX) <= earliest && call.runs.len() == 1 && known
    });
    let finished = runs.iter().filter(|(_, run)| run.finished.is_some());
    let most = if successful {
        finished.count()
    } else {
        runs.len()
    };
    ended.count()..=most
}

/// Returns how many items were counted. How many a stream had that was not finished, is not known.
fn count_items(
    runs: &[(&Call, &Run)],
    earliest: u64,
    items: impl Fn((u64, u64, u64)) -> u64,
) -> RangeInclusive<usize> {
    let finished = |whole: bool| {
        let ended = move |call: &Call| call.is_ok() && call.end_or(u64::MAX) <= earliest;
        let runs = runs.iter().filter(move |(call, _)| ended(call) || !whole);
        let counts = runs.filter_map(|(_, run)| run.finished.map(&items));
        usize::try_from(counts.sum::<u64>()).unwrap_or(usize::MAX)
    };
    let all_finished = runs.iter().all(|(_, run)| run.finished.is_some());
    let most = if all_finished {
        finished(false)
    } else {
        usize::MAX
    };
    finished(true)..=most
}

/// Histograms of a page have as many observations as the counters beside them count.
pub(super) fn histograms_agree(model: &Model) -> Vec<String> {
    let different = model.samples.iter().filter_map(|sample| {
        let name = sample.name.strip_prefix("histogram_difference ")?;
        (sample.value != 0.0).then(|| format!("{}: {name} by {}", sample.process, sample.value))
    });
    different.collect()
}

/// Each station has the advertisement of each capability once all links have recovered.
pub(super) fn advertised_at_each_station(model: &Model) -> Vec<String> {
    let few = model.samples.iter().filter(|sample| {
        sample.name == "advertised_stations"
            && sample.value < homes_of(&sample.process).len() as f64
            && !model.faulty(sample.at, sample.at)
    });
    few.map(|sample| {
        format!(
            "{}: a capability has {} stations at {}",
            sample.process, sample.value, sample.at
        )
    })
    .collect()
}
