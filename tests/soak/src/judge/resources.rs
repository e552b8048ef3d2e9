//! Promises about what a process holds, counts and logs.

use std::collections::BTreeMap;

use super::model::{Call, Model};
use crate::history::{CallKind, Held};
use crate::plan::{RUST_CALLERS, SERVICES};

/// By how much an idle process may exceed its first idle measurement.
const GROWTH: [(&str, f64); 4] = [
    ("peak_mib", 100.0),
    // A probe of its health, and a file that is being read.
    ("descriptors", 2.0),
    ("threads", 8.0),
    // Freed memory of a flood stays with the process.
    ("memory_mib", 96.0),
];

/// By how much the median of the last third of a process's measurements may exceed that of the
/// third before, if there are many. In the first third, its caches fill.
const STEADY_GROWTH: [(&str, f64); 3] =
    [("descriptors", 3.0), ("threads", 3.0), ("memory_mib", 10.0)];

/// Measurements from which on the growth is judged.
const MANY: usize = 45;

/// By how much the tasks of an idle process may exceed those of its first idle time.
const MORE_TASKS: u64 = 25;

/// By how much more an idle process may hold than when it was first idle.
struct Growth {
    allocations: u64,
    bytes: u64,
}

/// What stations hold besides their records.
const STATIONS: Growth = Growth {
    allocations: 2_500,
    bytes: 6 * 1024 * 1024,
};

/// What the stations hold of each record, one of which they store for hours for each shared content.
const RECORD_ALLOCATIONS: u64 = 80;
const RECORD_BYTES: u64 = 64 * 1024;

/// A service remembers the requests and facts of the last minutes.
const SERVICE: Growth = Growth {
    allocations: 8_000,
    bytes: 16 * 1024 * 1024,
};

const CALLER: Growth = Growth {
    allocations: 600,
    bytes: 4 * 1024 * 1024,
};

/// Time for which a node holds a fact that it has published, in milliseconds.
const UNCONFIRMED: u64 = 150_000;

/// Facts that a service publishes in that time without a flood. [`SERVICE`] includes them unless a
/// link was lost: then each of them is held until it was sent again.
const USUAL_FACTS: u64 = 700;

/// Kinds of faults after which links are lost.
const LOSES_LINKS: [&str; 9] = [
    "close_station",
    "cut",
    "cut_replies",
    "cut_requests",
    "flap_station",
    "kill_stations",
    "new_station_keys",
    "stop",
    "stop_stations",
];

/// What a node holds of each further fact, for two stations.
const FACT_ALLOCATIONS: u64 = 30;
const FACT_BYTES: u64 = 25_000;

/// What a process may use while idle: of one processor, and lines of its log in the whole round.
const QUIET: [(&str, f64); 2] = [("processor_share", 0.4), ("log_lines", 500.0)];

/// The default timeout of a capability, and the time of a busy machine, in milliseconds.
const CAPABILITY_TIMEOUT: u64 = 40_000;

/// Nodes besides the services and the callers in Rust: the caller in Python, and the one that checks
/// services.
const OTHER_NODES: usize = 2;

/// Maximum number of procedures that a service advertises.
const PROCEDURES: usize = 20;

/// Time after its deadline in which a reply to a call is still relayed, the longest time that a
/// station remembers a call of a node whose clock is wrong, and the time in which it then forgets
/// it, in milliseconds.
const PENDING: u64 = 5_000;
const MAX_PENDING: u64 = 15 * 60 * 1_000;
const FORGETS: u64 = 6_000;

/// Gauges that are 0 while nobody calls.
const IDLE: [&str; 4] = [
    "hecate_calls_in_flight",
    "hecate_streams_open",
    "hecate_guard_running",
    "hecate_guard_queued",
];

/// An idle process holds no more than when it was first idle.
pub(super) fn nothing_leaks(model: &Model) -> Vec<String> {
    let mut first: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let mut texts = Vec::new();
    for sample in &model.samples {
        let Some((name, most)) = GROWTH.iter().find(|(name, _)| *name == sample.name) else {
            continue;
        };
        let baseline = *first.entry((&sample.process, name)).or_insert(sample.value);
        if sample.value > baseline + most {
            texts.push(format!(
                "{}: {} {name} at {}, {baseline} at first",
                sample.process, sample.value, sample.at
            ));
        }
    }
    texts.extend(grown(model));
    texts.extend(steady_growth(model));
    texts
}

/// Returns what grows slowly, but from round to round.
fn steady_growth(model: &Model) -> Vec<String> {
    let mut series: BTreeMap<(&str, &str), (f64, Vec<f64>)> = BTreeMap::new();
    for sample in &model.samples {
        if let Some((name, most)) = STEADY_GROWTH.iter().find(|(name, _)| *name == sample.name) {
            let (_, values) = series
                .entry((&sample.process, name))
                .or_insert((*most, Vec::new()));
            values.push(sample.value);
        }
    }
    let many = series
        .into_iter()
        .filter(|(_, (_, values))| values.len() >= MANY);
    let growing = many.filter_map(|((process, name), (most, mut values))| {
        let third = values.len() / 3;
        let last = median(values.split_off(2 * third));
        let before = median(values.split_off(third));
        (last > before + most).then(|| format!("{process}: {name} grew from {before} to {last}"))
    });
    growing.collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Returns the idle processes that hold more than when they were first idle.
fn grown(model: &Model) -> Vec<String> {
    let mut first: BTreeMap<&str, (u64, Held)> = BTreeMap::new();
    let mut texts = Vec::new();
    let idle = model
        .samples
        .iter()
        .filter(|sample| sample.name == "threads");
    for sample in idle {
        let process = model.processes.get(&sample.process);
        let held = process.into_iter().flat_map(|process| &process.held);
        let Some((_, held)) = held.take_while(|(at, _)| *at <= sample.at).last() else {
            continue;
        };
        let entry = first.entry(&sample.process);
        let (since, before) = *entry.or_insert((sample.at, *held));
        let growth = growth(&sample.process);
        let usual = if model.had(
            &LOSES_LINKS,
            sample.at.saturating_sub(UNCONFIRMED),
            sample.at,
        ) {
            0
        } else {
            USUAL_FACTS
        };
        let facts = unconfirmed(model, &sample.process, sample.at).saturating_sub(usual);
        let records = more_records(model, &sample.process, since, sample.at);
        let compared = [
            ("tasks", held.tasks, before.tasks, MORE_TASKS),
            (
                "allocations",
                held.allocations,
                before.allocations,
                growth.allocations + facts * FACT_ALLOCATIONS + records * RECORD_ALLOCATIONS,
            ),
            (
                "bytes",
                held.bytes,
                before.bytes,
                growth.bytes + facts * FACT_BYTES + records * RECORD_BYTES,
            ),
        ];
        let over = compared
            .iter()
            .filter(|(_, now, before, most)| *now > before + most);
        texts.extend(over.map(|(name, now, before, _)| {
            let (process, at) = (&sample.process, sample.at);
            format!("{process}: {now} {name} at {at}, {before} at first")
        }));
    }
    texts
}

fn growth(process: &str) -> &'static Growth {
    let name = process.rsplit_once('.').map_or(process, |(name, _)| name);
    if name == "stations" {
        &STATIONS
    } else if SERVICES.contains(&name) {
        &SERVICE
    } else {
        &CALLER
    }
}

/// Returns how many records a process of stations has stored in a time, as the samples that follow
/// `since` and `until` say.
fn more_records(model: &Model, process: &str, since: u64, until: u64) -> u64 {
    let samples = model.samples.iter().filter(|sample| {
        sample.process == process && sample.name.starts_with("station_records of ")
    });
    let at = |time: u64| samples.clone().find(|sample| sample.at >= time);
    let (before, after) = (at(since), at(until));
    let grown = before.zip(after).map(|(a, b)| b.value - a.value);
    grown.map_or(0, |grown| grown.max(0.0) as u64)
}

/// Returns how many facts a process had published that it still held at a time.
fn unconfirmed(model: &Model, process: &str, at: u64) -> u64 {
    let held = at.saturating_sub(UNCONFIRMED)..=at;
    let own = model.facts.get(process).into_iter();
    let published = own.flat_map(|facts| facts.published.values());
    published.filter(|at| held.contains(at)).count() as u64
}

/// Without a caller, nothing is in progress. A call from a node whose clock is ahead may run until
/// the timeout of its capability.
pub(super) fn nothing_is_in_progress_when_idle(model: &Model) -> Vec<String> {
    let busy = model.samples.iter().filter(|sample| {
        let since = sample.at.saturating_sub(CAPABILITY_TIMEOUT);
        let is_idle = IDLE.contains(&sample.name.as_str());
        is_idle && sample.value != 0.0 && !model.clock_set(since, sample.at)
    });
    busy.map(|sample| format!("{}: {} is {}", sample.process, sample.name, sample.value))
        .collect()
}

/// A station forgets the links, procedures, subscriptions, streams and calls that have ended.
pub(super) fn stations_forget_what_has_ended(model: &Model) -> Vec<String> {
    let nodes = SERVICES.len() + RUST_CALLERS.len() + OTHER_NODES;
    let over = model.samples.iter().filter_map(|sample| {
        let (count, _) = sample.name.strip_prefix("station_")?.split_once(" of ")?;
        let most = match count {
            "links" | "held_links" => nodes,
            "procedures" => SERVICES.len() * PROCEDURES,
            "subscriptions" => SERVICES.len(),
            "streams" => 0,
            "pending_calls" => unanswered(model, sample.at),
            _ => return None,
        };
        (sample.value > most as f64).then(|| {
            format!(
                "{} {} at {}, of {most}",
                sample.value, sample.name, sample.at
            )
        })
    });
    over.collect()
}

/// Returns how many calls a station may still relay the reply of, although their callers no longer
/// wait for it.
fn unanswered(model: &Model, at: u64) -> usize {
    let pending = |call: &&Call| {
        let end = call.end_or(at);
        // A try of an idempotent call may be lost although a later one is answered.
        let lost = matches!(call.code(), None | Some("timeout" | "link_failed")) && !call.is_ok()
            || call.idempotent && model.faulty(call.at, end);
        let forgotten = if model.clock_set(call.at, end) {
            call.at + MAX_PENDING
        } else {
            call.deadline() + PENDING + model.stretched(FORGETS, at, at)
        };
        call.kind == CallKind::Unary && lost && (call.at..forgotten).contains(&at)
    };
    model.calls.values().filter(pending).count()
}

/// An idle process uses little of the processor, and logs little.
pub(super) fn idle_means_idle(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for sample in &model.samples {
        let over = QUIET
            .iter()
            .find(|(name, most)| sample.name == *name && sample.value > *most);
        if over.is_some() {
            texts.push(format!(
                "{}: {} {} at {}",
                sample.process, sample.value, sample.name, sample.at
            ));
        }
    }
    texts
}

/// No log has a panic that was not asked for.
pub(super) fn no_panics(model: &Model) -> Vec<String> {
    let lines = model.bad_lines.iter();
    lines
        .map(|(process, line)| format!("{process}: {line}"))
        .collect()
}
