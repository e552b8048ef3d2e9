//! Promises about readiness.

use std::collections::BTreeSet;

use super::model::{Model, Process};
use crate::plan::{SERVICES, homes};
use crate::wire::CAPABILITIES;

/// Time in which a service that lost its last station must say that it is not ready, in
/// milliseconds: 12 s as documented, and the time of a busy machine.
const UNREADY: u64 = 12_000 + 3_000;

/// Kinds of faults that take away a service's last station: by the path, and by the stations.
const LOSES_PATH: [&str; 3] = ["cut", "cut_requests", "cut_replies"];
const CLOSES_STATION: &str = "close_station";
const LOSES_STATIONS: [&str; 2] = ["stop_stations", "kill_stations"];

/// The fault after which a service has no valid certificate, which it notices as soon.
const LOSES_CERTIFICATE: &str = "cert_expired";

/// Every service is ready within its bound after the last fault.
pub(super) fn ready_in_time(model: &Model) -> Vec<String> {
    let rounds = model.rounds.iter();
    let unready = rounds.filter_map(|round| round.settled.as_ref().map(|settled| (round, settled)));
    let texts = unready.flat_map(|(round, (_, unready))| {
        let text =
            |service: &String| format!("{service} is not ready after round {}", round.number);
        unready.iter().map(text)
    });
    texts.collect()
}

/// A service that has lost its last station says soon that it is not ready.
pub(super) fn unready_in_time(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (kind, target, from, to) in model.rounds.iter().flat_map(|round| &round.faults) {
        let of_path = LOSES_PATH.contains(&kind.as_str());
        let of_stations = LOSES_STATIONS.contains(&kind.as_str())
            || (kind == CLOSES_STATION && homes(SERVICES[0]).contains(&target.as_str()));
        let to = to.unwrap_or(model.end);
        for (name, process) in &model.processes {
            let by_path = of_path || kind == LOSES_CERTIFICATE;
            let concerned = of_stations || (by_path && is_incarnation(name, target));
            let exited = process.exited.map_or(u64::MAX, |(at, _)| at);
            if concerned && exited > to && process.signalled("STOP").is_none() {
                texts.extend(
                    ready_during(process, *from + UNREADY, to).map(|ms| {
                        format!("{name} was ready for {ms} ms without a station ({kind})")
                    }),
                );
            }
        }
    }
    texts
}

/// Returns for how long a process said that it was ready between two times.
fn ready_during(process: &Process, from: u64, to: u64) -> Option<u64> {
    let mut ready = 0;
    for (index, (at, status)) in process.ready.iter().enumerate() {
        let end = process.ready.get(index + 1).map_or(to, |(at, _)| *at);
        if *status == 200 {
            ready += end.min(to).saturating_sub((*at).max(from));
        }
    }
    (ready > 0).then_some(ready)
}

/// Returns whether a process is an incarnation of the named one: `alpha-1.3` of `alpha-1`.
fn is_incarnation(process: &str, name: &str) -> bool {
    process.rsplit_once('.').is_some_and(|(of, _)| of == name)
}

/// A service says first that it is ready after a station has accepted all its capabilities.
pub(super) fn ready_means_advertised(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (name, process) in &model.processes {
        let first = process.ready.iter().find(|(_, status)| *status == 200);
        let (Some((at, _)), Some(node)) = (first, &process.node) else {
            continue;
        };
        let accepted = model
            .advertised
            .iter()
            .filter(|(since, of, _)| of == node && (process.spawned..=*at).contains(since));
        let accepted: BTreeSet<&str> = accepted
            .filter_map(|(_, _, procedure)| Some(procedure.split_once('/')?.1))
            .collect();
        let missing: Vec<&&str> = CAPABILITIES
            .iter()
            .filter(|c| !accepted.contains(**c))
            .collect();
        if !missing.is_empty() {
            texts.push(format!("{name} was ready without {missing:?}"));
        }
    }
    texts
}

/// A service that says ready answers each of its capabilities.
pub(super) fn ready_means_answering(model: &Model) -> Vec<String> {
    failed_probes(model, "probe")
}

/// As many calls run at once as before the faults.
pub(super) fn permits_return(model: &Model) -> Vec<String> {
    failed_probes(model, "meet")
}

/// Returns the services for which the orchestrator's check failed without a fault. Such a sample has
/// the name `failed_<check>: <text>` and the duration of the check as its value.
fn failed_probes(model: &Model, check: &str) -> Vec<String> {
    let prefix = format!("failed_{check}: ");
    let failed = model.samples.iter().filter_map(|sample| {
        let text = sample.name.strip_prefix(&prefix)?;
        let since = sample.at.saturating_sub(sample.value as u64);
        if model.faulty(since, sample.at) {
            return None;
        }
        Some(format!("{} at {}: {text}", sample.process, sample.at))
    });
    failed.collect()
}
