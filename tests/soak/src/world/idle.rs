//! Measurements of the services while nobody calls.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Layout, Process, Service, World};
use crate::history::{Journal, Record};
use crate::wire::TOPIC;

/// Gauges that are recorded as they are.
const GAUGES: [&str; 4] = [
    "hecate_calls_in_flight",
    "hecate_streams_open",
    "hecate_guard_running",
    "hecate_guard_queued",
];

/// The kernel's unit of processor time.
const TICKS_PER_SECOND: f64 = 100.0;

/// Outcomes of calls whose handler ran. A call that is cancelled, or whose time is over, may have
/// ended before it ran.
const RAN: [&str; 4] = ["ok", "refused", "panicked", "invalid_response"];

/// Capabilities whose calls may wait, and so end without a run.
const QUEUED: [&str; 2] = ["soak.narrow", "soak.meet"];

impl World {
    /// Waits while nobody calls, and measures what the services use meanwhile.
    pub fn rest(&mut self, time: Duration) {
        let before = self.processor_times();
        self.wait(time);
        for (process, after) in self.processor_times() {
            if let Some(before) = before.get(&process) {
                self.events.write(Record::Sample {
                    process,
                    name: "processor_share".to_owned(),
                    value: (after - before) / time.as_secs_f64(),
                });
            }
        }
    }

    fn processor_times(&self) -> BTreeMap<String, f64> {
        let time = |service: &Service| {
            let time = processor_time(service.process.id())?;
            Some((service.process.name(), time))
        };
        self.services.values().filter_map(time).collect()
    }

    /// Measures the processes, and checks that each service answers.
    pub fn measure(&mut self) {
        let callers = self.callers.values().map(|caller| &caller.process);
        for process in callers.chain([&self.stations.process]) {
            measure_process(process, &self.events);
        }
        let running = || {
            self.services
                .values()
                .filter(|service| service.process.runs())
        };
        for service in running() {
            measure_process(&service.process, &self.events);
            measure_service(service, &self.layout, &self.events);
        }
        for service in running() {
            for check in ["probe", "meet"] {
                let name = service.process.name();
                self.prober.check(name, service.org.clone(), check);
            }
        }
    }
}

fn record(events: &Journal, process: &Process, name: impl Into<String>, value: f64) {
    events.write(Record::Sample {
        process: process.name(),
        name: name.into(),
        value,
    });
}

/// Measures what the kernel knows of a process.
fn measure_process(process: &Process, events: &Journal) {
    let record = |name: &str, value: f64| record(events, process, name, value);
    let folder = format!("/proc/{}", process.id());
    if let Ok(descriptors) = std::fs::read_dir(format!("{folder}/fd")) {
        record("descriptors", descriptors.count() as f64);
    }
    let status = std::fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
    for line in status.lines() {
        let number = || line.split_whitespace().nth(1)?.parse::<f64>().ok();
        match line.split_once(':') {
            Some(("VmRSS", _)) => record("memory_mib", number().unwrap_or(0.0) / 1024.0),
            Some(("VmHWM", _)) => record("peak_mib", number().unwrap_or(0.0) / 1024.0),
            Some(("Threads", _)) => record("threads", number().unwrap_or(0.0)),
            _ => {}
        }
    }
}

/// Measures what a service logs and counts.
fn measure_service(service: &Service, layout: &Layout, events: &Journal) {
    let process = &service.process;
    let record = |name: String, value: f64| record(events, process, name, value);
    record("log_lines".to_owned(), process.new_log_lines() as f64);
    let Some((200, page)) = service.get("/metrics") else {
        record("failed_probe: no metrics".to_owned(), 0.0);
        return;
    };
    // For a person: the judge has the samples.
    let _ = std::fs::write(layout.metrics(&process.name()), &page);
    for (name, value) in gauges(&page).into_iter().chain(fact_counts(&page)) {
        record(name.to_owned(), value);
    }
    for (name, value) in run_counts(&page) {
        record(name, value);
    }
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

/// Returns how many facts of the topic were published, and how many were handled.
fn fact_counts(page: &str) -> BTreeMap<&str, f64> {
    let mut totals = BTreeMap::from([("published", 0.0), ("heard", 0.0)]);
    for (name, labels, value) in metrics(page) {
        if label(labels, "messaging_destination_name") != Some(TOPIC) {
            continue;
        }
        let total = match name {
            "hecate_facts_published_total" if label(labels, "outcome") == Some("ok") => "published",
            "hecate_facts_heard_total" => "heard",
            _ => continue,
        };
        *totals.entry(total).or_default() += value;
    }
    totals
}

/// Returns for each capability how many of its calls ran, and how many of them succeeded.
fn run_counts(page: &str) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    let calls = metrics(page).filter(|(name, _, _)| *name == "hecate_calls_total");
    for (_, labels, value) in calls {
        let method = label(labels, "rpc_method").and_then(|method| method.split_once('/'));
        let (Some((_, capability)), Some(outcome)) = (method, label(labels, "outcome")) else {
            continue;
        };
        let counted = capability.starts_with("soak.") && !QUEUED.contains(&capability);
        if counted && RAN.contains(&outcome) {
            *counts.entry(format!("calls {capability}")).or_default() += value;
        }
        if counted && outcome == "ok" {
            counts.insert(format!("ok {capability}"), value);
        }
    }
    counts
}

/// Returns the seconds of processor time that a process has used.
fn processor_time(process: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Some(ticks / TICKS_PER_SECOND)
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
