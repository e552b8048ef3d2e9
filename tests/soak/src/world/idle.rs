//! Measurements of the services while nobody calls.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Layout, Process, Service, World, pages};
use crate::history::{Journal, Record};
use crate::plan::STATIONS;

/// The kernel's unit of processor time.
const TICKS_PER_SECOND: f64 = 100.0;

/// Maximum number of pages that are read until one is consistent.
const MAX_PAGES: usize = 5;

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

    /// Waits until no received fact waits for its handler.
    pub fn wait_for_facts(&mut self, limit: Duration) {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            let mut pages = self
                .services
                .values()
                .filter_map(|service| service.get("/metrics"));
            if !pages.any(|(_, page)| pages::has_waiting_facts(&page)) {
                return;
            }
            self.wait(Duration::from_millis(500));
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
        self.measure_stations();
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
            for check in ["volley", "probe", "meet"] {
                let name = service.process.name();
                // A failed check ends the run, so further ones would only delay its end.
                if !self.prober.check(name, service.org.clone(), check) {
                    return;
                }
            }
        }
    }
}

impl World {
    /// Measures what the stations hold. A station that is stopped holds nothing.
    fn measure_stations(&mut self) {
        let Ok(counts) = self.stations.command("counts") else {
            return;
        };
        for station in STATIONS {
            for (name, count) in counts[station].as_object().into_iter().flatten() {
                let name = format!("station_{name} of {station}");
                let count = count.as_f64().unwrap_or(f64::INFINITY);
                record(&self.events, &self.stations.process, name, count);
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
    let Some(page) = page(service) else {
        record("failed_probe: no metrics".to_owned(), 0.0);
        return;
    };
    // For a person: the judge has the samples.
    let _ = std::fs::write(layout.metrics(&process.name()), &page);
    for (name, value) in pages::measurements(&page) {
        record(name, value);
    }
}

/// Returns the metrics of a service. If a fact or a scheduled run ends while a page is written, its
/// counter and its histogram differ, so another page is read.
fn page(service: &Service) -> Option<String> {
    let mut last = None;
    for _ in 0..MAX_PAGES {
        let (200, page) = service.get("/metrics")? else {
            return None;
        };
        let agrees = pages::is_consistent(&page);
        last = Some(page);
        if agrees {
            break;
        }
    }
    last
}

/// Returns the seconds of processor time that a process has used.
fn processor_time(process: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Some(ticks / TICKS_PER_SECOND)
}
