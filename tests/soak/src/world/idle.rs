//! Measurements of the services while nobody calls.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Layout, Service, World};
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

    /// Measures each service, and checks that it answers.
    pub fn measure(&mut self) {
        let running = || {
            self.services
                .values()
                .filter(|service| service.process.runs())
        };
        for service in running() {
            measure(service, &self.layout, &self.events);
        }
        for service in running() {
            for check in ["probe", "meet"] {
                let name = service.process.name();
                self.prober.check(name, service.org.clone(), check);
            }
        }
    }
}

fn measure(service: &Service, layout: &Layout, events: &Journal) {
    let sample = |name: String, value: f64| {
        events.write(Record::Sample {
            process: service.process.name(),
            name,
            value,
        });
    };
    sample(
        "log_lines".to_owned(),
        service.process.new_log_lines() as f64,
    );
    let id = service.process.id();
    let folder = format!("/proc/{id}");
    if let Ok(descriptors) = std::fs::read_dir(format!("{folder}/fd")) {
        sample("descriptors".to_owned(), descriptors.count() as f64);
    }
    let status = std::fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
    for line in status.lines() {
        let number = || line.split_whitespace().nth(1)?.parse::<f64>().ok();
        match line.split_once(':') {
            Some(("VmRSS", _)) => sample("memory_mib".to_owned(), number().unwrap_or(0.0) / 1024.0),
            Some(("VmHWM", _)) => sample("peak_mib".to_owned(), number().unwrap_or(0.0) / 1024.0),
            Some(("Threads", _)) => sample("threads".to_owned(), number().unwrap_or(0.0)),
            _ => {}
        }
    }
    let Some((200, page)) = service.get("/metrics") else {
        sample("failed_probe: no metrics".to_owned(), 0.0);
        return;
    };
    // For a person: the judge has the samples.
    let _ = std::fs::write(layout.metrics(&service.process.name()), &page);
    let mut gauges: BTreeMap<&str, f64> = BTreeMap::new();
    let mut ran: BTreeMap<String, f64> = BTreeMap::new();
    let mut totals: BTreeMap<&str, f64> = BTreeMap::from([("published", 0.0), ("heard", 0.0)]);
    for (name, labels, value) in page.lines().filter_map(metric) {
        if let Some(gauge) = GAUGES.iter().find(|gauge| **gauge == name) {
            *gauges.entry(gauge).or_default() += value;
        }
        let method = label(labels, "rpc_method").and_then(|method| method.split_once('/'));
        let outcome = label(labels, "outcome");
        if let (Some((_, capability)), Some(outcome)) = (method, outcome)
            && name == "hecate_calls_total"
            && capability.starts_with("soak.")
            && !QUEUED.contains(&capability)
            && RAN.contains(&outcome)
        {
            *ran.entry(capability.to_owned()).or_default() += value;
            if outcome == "ok" {
                sample(format!("ok {capability}"), value);
            }
        }
        if label(labels, "messaging_destination_name") != Some(TOPIC) {
            continue;
        }
        let total = match name {
            "hecate_facts_published_total" if outcome == Some("ok") => "published",
            "hecate_facts_heard_total" => "heard",
            _ => continue,
        };
        *totals.entry(total).or_default() += value;
    }
    for (name, value) in gauges.into_iter().chain(totals) {
        sample(name.to_owned(), value);
    }
    for (capability, value) in ran {
        sample(format!("calls {capability}"), value);
    }
}

/// Returns the seconds of processor time that a process has used.
fn processor_time(process: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Some(ticks / TICKS_PER_SECOND)
}

/// Splits a line into its name, labels and value.
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
