//! A thread that polls the readiness of one process, and records each change.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::health;
use super::prober::Probe;
use crate::history::{Entry, Journal, Record};

/// Interval between two polls.
const POLL: Duration = Duration::from_millis(50);

/// The watch over one process.
#[derive(Debug)]
pub(super) struct Watch {
    status: Arc<AtomicU16>,
    stopped: Arc<AtomicBool>,
}

impl Watch {
    /// Starts to watch. When the process first says that it is ready, a probe is requested.
    pub(super) fn start(
        process: String,
        org: String,
        socket: PathBuf,
        events: &Arc<Journal>,
        prober: Sender<Probe>,
    ) -> Self {
        let status = Arc::<AtomicU16>::default();
        let stopped = Arc::<AtomicBool>::default();
        let watch = Self {
            status: Arc::clone(&status),
            stopped: Arc::clone(&stopped),
        };
        let events = Arc::clone(events);
        std::thread::spawn(move || {
            let mut probed = false;
            while !stopped.load(Ordering::Relaxed) {
                let answer = health::get(&socket, "/health/ready");
                let new = answer.map_or(0, |(status, _)| status);
                if status.swap(new, Ordering::Relaxed) != new {
                    events.write(Record::Ready {
                        process: process.clone(),
                        status: new,
                    });
                }
                if new == 200 && !probed {
                    probed = true;
                    let probe = Probe::first(process.clone(), org.clone());
                    // The prober ends with the run.
                    let _ = prober.send(probe);
                }
                std::thread::sleep(POLL);
            }
            status.store(0, Ordering::Relaxed);
        });
        watch
    }

    /// Returns the last status; 0 if nothing answered.
    pub(super) fn status(&self) -> u16 {
        if self.stopped.load(Ordering::Relaxed) {
            return 0;
        }
        self.status.load(Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns the node id that a service has written to its history.
pub(super) fn node_of(history: &Path) -> Option<String> {
    let lines = BufReader::new(File::open(history).ok()?).lines();
    lines.map_while(Result::ok).take(5).find_map(|line| {
        let entry: Entry = serde_json::from_str(&line).ok()?;
        match entry.record {
            Record::Node { node } => Some(node),
            _ => None,
        }
    })
}
