//! Measurements of the services while nobody calls.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Layout, Process, Service, World, pages};
use crate::history::{Journal, Record};

/// The kernel's unit of processor time.
const TICKS_PER_SECOND: f64 = 100.0;

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
    for (name, value) in pages::measurements(&page) {
        record(name, value);
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
