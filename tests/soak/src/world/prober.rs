//! A caller on a path without faults, which checks single services, and lies about contents.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::caller::TokenKind;
use super::watch::node_of;
use super::{Caller, Layout, Stations};
use crate::history::{Journal, Record};
use crate::plan::STATIONS;

/// The caller's name.
const NAME: &str = "probe";

/// Time in which a check ends.
const LIMIT: Duration = Duration::from_secs(60);

/// A check of one service.
#[derive(Debug)]
pub(super) struct Probe {
    process: String,
    org: String,
    check: &'static str,
    done: Option<Sender<bool>>,
}

/// The thread that makes the checks, one after the other.
#[derive(Debug)]
pub struct Prober(Sender<Probe>);

impl Probe {
    /// The check of a service that says for the first time that it is ready.
    pub(super) const fn first(process: String, org: String) -> Self {
        Self {
            process,
            org,
            check: "probe",
            done: None,
        }
    }
}

impl Prober {
    /// Starts the caller.
    pub(super) fn start(
        layout: &Layout,
        events: &Arc<Journal>,
        stations: &mut Stations,
    ) -> io::Result<Self> {
        let addrs = STATIONS.map(|station| stations.addr(station));
        let addrs: Vec<SocketAddr> = addrs.into_iter().collect::<io::Result<_>>()?;
        let node = stations.environment(STATIONS.iter().zip(addrs));
        let caller = Caller::start(layout, events, (NAME, 1), node, None, 0)?;
        caller.write_token(layout, stations, TokenKind::Valid)?;
        let (sender, probes) = channel();
        let (layout, events) = (layout.clone(), Arc::clone(events));
        std::thread::spawn(move || run(caller, &probes, &layout, &events));
        Ok(Self(sender))
    }

    /// Returns the sender of checks.
    pub(super) fn requests(&self) -> Sender<Probe> {
        self.0.clone()
    }

    /// Makes a check, `volley`, `probe` or `meet`, and waits for its end. Returns whether it was passed.
    pub(super) fn check(&self, process: String, org: String, check: &'static str) -> bool {
        let (sender, done) = channel();
        let probe = Probe {
            process,
            org,
            check,
            done: Some(sender),
        };
        self.0.send(probe).is_ok() && done.recv_timeout(LIMIT * 2) == Ok(true)
    }
}

fn run(mut caller: Caller, probes: &Receiver<Probe>, layout: &Layout, events: &Journal) {
    while let Ok(probe) = probes.recv() {
        // Its links may have changed. Without a station, it cannot lie.
        let _ = caller.command("lie", LIMIT);
        let Some(node) = node_of(&layout.history(&probe.process)) else {
            continue;
        };
        let started = Instant::now();
        let command = format!("{} {} {node}", probe.check, probe.org);
        let answer = caller.command(&command, LIMIT);
        let answer = answer.unwrap_or_else(|error| error.to_string());
        let passed = matches!(answer.as_str(), "answered" | "met");
        if !passed {
            events.write(Record::Sample {
                process: probe.process,
                name: format!("failed_{}: {answer}", probe.check),
                value: started.elapsed().as_millis() as f64,
            });
        }
        if let Some(done) = probe.done {
            // The orchestrator may no longer wait.
            let _ = done.send(passed);
        }
    }
}
