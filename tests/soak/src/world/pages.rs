//! Pages of `/metrics`.

use std::collections::BTreeMap;

use crate::wire::TOPIC;

/// Gauges that are recorded as they are.
const GAUGES: [&str; 4] = [
    "hecate_calls_in_flight",
    "hecate_streams_open",
    "hecate_guard_running",
    "hecate_guard_queued",
];

/// Outcomes of calls whose handler ran. A call that is cancelled, or whose time is over, may have
/// ended before it ran.
const RAN: [&str; 4] = ["ok", "refused", "panicked", "invalid_response"];

/// Capabilities whose calls may wait, and so end without a run.
const QUEUED: [&str; 2] = ["soak.narrow", "soak.meet"];

/// Counters, each with the histogram of the same events, and the label of the counter that names
/// what both count.
const PAIRS: [(&str, &str, &str); 4] = [
    (
        "hecate_calls_total",
        "rpc_server_call_duration_seconds_count",
        "rpc_method",
    ),
    (
        "hecate_facts_published_total",
        "messaging_client_operation_duration_seconds_count",
        "messaging_destination_name",
    ),
    (
        "hecate_facts_heard_total",
        "messaging_process_duration_seconds_count",
        "messaging_destination_name",
    ),
    (
        "hecate_schedule_runs_total",
        "hecate_schedule_run_duration_seconds_count",
        "schedule",
    ),
];

/// Returns what is recorded of a page, by name.
pub(super) fn measurements(page: &str) -> Vec<(String, f64)> {
    let mut all: Vec<(String, f64)> = Vec::new();
    let sums = gauges(page).into_iter().chain(sums(page));
    all.extend(sums.map(|(name, value)| (name.to_owned(), value)));
    all.extend(run_counts(page));
    all.extend(differences(page));
    all.extend(advertised_stations(page).map(|least| ("advertised_stations".to_owned(), least)));
    all
}

/// Returns whether the page's counters and histograms agree.
pub(super) fn is_consistent(page: &str) -> bool {
    differences(page)
        .values()
        .all(|difference| *difference == 0.0)
}

/// Returns whether facts wait for their handler.
pub(super) fn has_waiting_facts(page: &str) -> bool {
    metrics(page).any(|(name, _, value)| name == "hecate_facts_waiting" && value > 0.0)
}

/// Returns the sum of each gauge.
fn gauges(page: &str) -> BTreeMap<&str, f64> {
    let mut gauges = BTreeMap::new();
    for (name, _, value) in metrics(page) {
        if GAUGES.contains(&name) {
            *gauges.entry(name).or_default() += value;
        }
    }
    gauges
}

/// Returns how many facts of the topic were published, how many were handled, how many scheduled
/// runs there were, and how many calls of other services.
fn sums(page: &str) -> BTreeMap<&str, f64> {
    let mut sums =
        BTreeMap::from(["published", "heard", "ticks", "outgoing"].map(|name| (name, 0.0)));
    for (name, labels, value) in metrics(page) {
        let of_topic = label(labels, "messaging_destination_name") == Some(TOPIC);
        let is_ok = label(labels, "outcome") == Some("ok");
        let sum = match name {
            "hecate_facts_published_total" if of_topic && is_ok => "published",
            "hecate_facts_heard_total" if of_topic => "heard",
            "hecate_schedule_runs_total" => "ticks",
            "rpc_client_call_duration_seconds_count" => "outgoing",
            _ => continue,
        };
        *sums.entry(sum).or_default() += value;
    }
    sums
}

/// Returns for each capability how many of its calls ran, how many of them succeeded, and how many
/// items its streams had.
fn run_counts(page: &str) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for (name, labels, value) in metrics(page) {
        let method = label(labels, "rpc_method").and_then(|method| method.split_once('/'));
        let Some((_, capability)) = method.filter(|(_, name)| name.starts_with("soak.")) else {
            continue;
        };
        match name {
            "hecate_calls_total" if !QUEUED.contains(&capability) => {
                let outcome = label(labels, "outcome").unwrap_or_default();
                if RAN.contains(&outcome) {
                    *counts.entry(format!("calls {capability}")).or_default() += value;
                }
                if outcome == "ok" {
                    counts.insert(format!("ok {capability}"), value);
                }
            }
            "hecate_stream_items_total" => {
                let direction = label(labels, "direction").unwrap_or_default();
                counts.insert(format!("items_{direction} {capability}"), value);
            }
            _ => {}
        }
    }
    counts
}

/// Returns for each pair by how much the counter differs from the number of its histogram's
/// observations.
fn differences(page: &str) -> BTreeMap<String, f64> {
    let mut differences = BTreeMap::new();
    for (name, labels, value) in metrics(page) {
        for (counter, histogram, key) in PAIRS {
            let sign = match name {
                _ if name == counter => 1.0,
                _ if name == histogram => -1.0,
                _ => continue,
            };
            let of = label(labels, key).unwrap_or_default();
            let name = format!("histogram_difference {counter} {of}");
            *differences.entry(name).or_default() += sign * value;
        }
    }
    differences
}

/// Returns how many stations hold the advertisement of the capability that has fewest.
fn advertised_stations(page: &str) -> Option<f64> {
    let stations = metrics(page).filter(|(name, _, _)| *name == "hecate_advertised_stations");
    stations.map(|(_, _, value)| value).reduce(f64::min)
}

/// Returns the name, labels and value of each metric.
fn metrics(page: &str) -> impl Iterator<Item = (&str, &str, f64)> {
    page.lines().filter_map(metric)
}

fn metric(line: &str) -> Option<(&str, &str, f64)> {
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    Some((name, labels, value.parse().ok()?))
}

/// Returns the value of a label.
fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = labels.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}
