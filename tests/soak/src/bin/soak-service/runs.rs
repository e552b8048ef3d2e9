//! Records of the runs of handlers.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hecate_om::{Call, Refusal};
use hecate_om_soak::breaks::{Break, OneIn};
use hecate_om_soak::history::{Journal, Record};
use hecate_om_soak::wire::{Act, Job};

/// How long after its start a service that breaks `ready_means_answering` refuses calls: longer than
/// it takes to become ready on a slow machine.
const EARLY: Duration = Duration::from_secs(30);

/// The runs of this process.
#[derive(Debug)]
pub(crate) struct Runs {
    /// The process's name and incarnation.
    pub(crate) name: String,
    pub(crate) journal: Arc<Journal>,
    pub(crate) broken: Option<Break>,
    started: Instant,
    chosen: OneIn,
    /// Runs in progress, by the capability's name.
    running: Mutex<BTreeMap<&'static str, u64>>,
    leaked: Mutex<(Vec<Vec<u8>>, Vec<File>)>,
}

/// A run in progress.
#[derive(Debug)]
pub(crate) struct Run {
    runs: Arc<Runs>,
    call: String,
    capability: &'static str,
    finished: bool,
}

impl Runs {
    /// Opens the history that the environment names.
    pub(crate) fn of_environment() -> io::Result<Arc<Self>> {
        let variable = |name: &str| std::env::var(name).map_err(io::Error::other);
        let name = variable("SOAK_NAME")?;
        let folder = PathBuf::from(variable("SOAK_HISTORY")?);
        Ok(Arc::new(Self {
            journal: Arc::new(Journal::open(&folder.join(format!("{name}.jsonl")))?),
            name,
            broken: Break::of_environment(),
            started: Instant::now(),
            chosen: OneIn::default(),
            running: Mutex::default(),
            leaked: Mutex::default(),
        }))
    }

    /// Returns whether this run, one in `n`, breaks the promise.
    pub(crate) fn breaks(&self, broken: Break, n: u64) -> bool {
        self.broken == Some(broken) && self.chosen.chosen(n)
    }

    /// Records that a handler starts, with what breaks a promise.
    pub(crate) fn start(
        self: &Arc<Self>,
        capability: &'static str,
        id: &str,
        call: &Call,
        broken: Option<&str>,
    ) -> Run {
        let running = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            let running = running.entry(capability).or_default();
            *running += 1;
            *running
        };
        let started = || Record::Started {
            call: id.to_owned(),
            capability: capability.to_owned(),
            running,
            caller: call.caller().to_string(),
            remaining_ms: u64::try_from(call.remaining().as_millis()).unwrap_or(u64::MAX),
            broken: broken.map(ToOwned::to_owned),
        };
        if !self.breaks(Break::NoRun, 100) && !self.breaks(Break::WrongMetrics, 50) {
            self.journal.write(started());
        }
        if self.breaks(Break::DoubleRun, 100) {
            self.journal.write(started());
        }
        self.leak();
        Run {
            runs: Arc::clone(self),
            call: id.to_owned(),
            capability,
            finished: false,
        }
    }

    fn leak(&self) {
        let mut leaked = self.leaked.lock().unwrap_or_else(PoisonError::into_inner);
        match self.broken {
            Some(Break::LeakedTask) => drop(tokio::spawn(std::future::pending::<()>())),
            Some(Break::LeakedMemory) => leaked.0.push(vec![1; 1024 * 1024]),
            Some(Break::LeakedDescriptor) if self.chosen.chosen(2) => {
                leaked.1.extend(File::open("/dev/null"));
            }
            _ => {}
        }
    }

    /// Does what the request asks for. Returns an error for the caller, if it asks for one.
    pub(crate) async fn act(&self, job: &Job) -> Result<(), Refusal> {
        if self.broken == Some(Break::EarlyReady) && self.started.elapsed() < EARLY {
            return Err(Refusal::new("not_started", "this service is not ready"));
        }
        if self.breaks(Break::Panic, 500) {
            panic!("not asked for");
        }
        if self.breaks(Break::FalseBusy, 100) {
            return Err(Refusal::new("busy", "this call ran"));
        }
        match job.act {
            Act::Answer => {}
            Act::Sleep(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            Act::Block(ms) => std::thread::sleep(Duration::from_millis(ms)),
            Act::Panic if self.broken == Some(Break::SwallowedFailure) => {}
            Act::Panic => panic!("requested panic"),
            Act::Hang => std::future::pending().await,
            Act::Refuse => return Err(Refusal::new("as_asked", "refused as requested")),
        }
        Ok(())
    }
}

impl Run {
    /// Records that the handler is about to respond.
    pub(crate) fn finish(mut self, received: u64, sent: u64) {
        self.finished = true;
        self.runs.journal.write(Record::Finished {
            call: self.call.clone(),
            received,
            sent,
        });
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut running = self
            .runs
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.get_mut(self.capability) {
            *running -= 1;
        }
        drop(running);
        if !self.finished {
            self.runs.journal.write(Record::Dropped {
                call: self.call.clone(),
            });
        }
    }
}
