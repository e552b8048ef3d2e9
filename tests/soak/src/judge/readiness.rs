//! Promises about readiness.

use std::collections::BTreeSet;
use std::time::Duration;

use super::model::{Model, Process, is_incarnation};
use crate::plan::homes;
use crate::wire::CAPABILITIES;

/// Time in which a service that lost its last station must say that it is not ready, in
/// milliseconds, as documented.
const UNREADY: u64 = 12_000;

/// Time in which a service is ready after the last fault, in milliseconds.
const READY: u64 = 90_000;

/// Time by which it may be late.
const SLACK: u64 = 3_000;

/// Time of a check by the orchestrator, and the longest time that it may take.
const PROBE: u64 = 2_000;
const MOST_PROBE: u64 = 10_000;

/// Kinds of faults that take away a service's last station: by the path, and by the stations.
const LOSES_PATH: [&str; 3] = ["cut", "cut_requests", "cut_replies"];
const CLOSES_STATION: &str = "close_station";
const LOSES_STATIONS: [&str; 3] = ["stop_stations", "kill_stations", "new_station_keys"];

/// The fault after which a service has no valid certificate.
const LOSES_CERTIFICATE: &str = "cert_expired";

/// Time in which a service that has loaded a certificate notices that it has expired.
const NOTICES: u64 = 2_000;

/// Time from the start of that fault until the certificate expires, in milliseconds. A service
/// looks at the file about every five seconds, and refuses a certificate that has expired by then.
pub const CERTIFICATE_LIFE: u64 = 14_000;

/// The name of the processes of stations that have other keys than those that the nodes expect.
pub const IMPOSTORS: &str = "impostors";

/// The longest wait for readiness. If it is over on a very slow machine, it proves nothing.
pub const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Every service is ready within its bound after the last fault.
pub(super) fn ready_in_time(model: &Model) -> Vec<String> {
    let longest = LONGEST_WAIT.as_millis() as u64;
    let rounds = model.rounds.iter();
    let unready = rounds.filter_map(|round| {
        let settled = round.settled.as_ref()?;
        let since = settled.0.saturating_sub(longest);
        let is_slow = model.stretched(READY, since, settled.0) >= longest;
        (!is_slow).then_some((round, settled))
    });
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
    for (kind, target, from, to) in model.faults() {
        let of_path = LOSES_PATH.contains(&kind.as_str());
        let of_stations = LOSES_STATIONS.contains(&kind.as_str());
        let to = to.unwrap_or(model.end);
        for (name, process) in &model.processes {
            let loses_certificate = kind == LOSES_CERTIFICATE;
            let alone = (of_path || loses_certificate) && is_incarnation(name, target);
            let closed = kind == CLOSES_STATION && homes_of(name) == [target.as_str()];
            let concerned = of_stations || alone || closed;
            let (valid, notices) = if loses_certificate {
                (CERTIFICATE_LIFE, NOTICES)
            } else {
                (0, UNREADY)
            };
            let lost = model.stretched(notices + SLACK, *from, to);
            let exited = process.exited.map_or(u64::MAX, |(at, _)| at);
            if concerned && exited > to && process.signalled("STOP").is_none() {
                texts.extend(
                    ready_during(process, *from + valid + lost, to)
                        .map(|ms| format!("{name} was ready for {ms} ms after the fault {kind}")),
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

/// Returns the stations of a process.
pub(super) fn homes_of(process: &str) -> &'static [&'static str] {
    homes(process.rsplit_once('.').map_or(process, |(name, _)| name))
}

/// No node links to a station with another key than it expects.
pub(super) fn impostors_are_refused(model: &Model) -> Vec<String> {
    let advertised = model.advertised.iter().filter(|advertised| {
        let (_, _, _, station) = advertised;
        is_incarnation(station, IMPOSTORS)
    });
    let text = |(_, node, procedure, station): &(u64, String, String, String)| {
        format!("{node} advertised {procedure} at {station}")
    };
    advertised.map(text).collect()
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
            .filter(|(since, of, _, _)| of == node && (process.spawned..=*at).contains(since));
        let accepted: BTreeSet<&str> = accepted
            .filter_map(|(_, _, procedure, _)| Some(procedure.split_once('/')?.1))
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
    let mut failed = failed_probes(model, "probe");
    failed.extend(failed_probes(model, "volley"));
    failed
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
        let is_slow = model.stretched(PROBE, since, sample.at) > MOST_PROBE;
        if is_slow || (model.faulty(since, sample.at) && !model.calm(since, sample.at, false)) {
            return None;
        }
        Some(format!("{} at {}: {text}", sample.process, sample.at))
    });
    failed.collect()
}
