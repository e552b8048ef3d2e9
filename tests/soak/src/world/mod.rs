//! The processes of a soak, and what can be done to them.

mod caller;
mod certificate;
mod clock;
mod disk;
mod faults;
mod health;
mod hostile;
mod idle;
mod layout;
mod machine;
mod node;
mod pages;
mod prober;
mod process;
mod python;
mod service;
mod stations;
mod watch;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hecate_om::testing::NetworkPath;
use tokio::runtime::Runtime;

use crate::breaks::Break;
use crate::history::{Journal, Record};
use crate::judge::{LONGEST_WAIT, RECOVERY};
use crate::plan::{CERTIFIED, RUST_CALLERS, SERVICES, homes};

pub use caller::Caller;
use caller::TokenKind;
use certificate::Certificate;
use disk::Disk;
pub use layout::Layout;
use machine::MachineWatch;
pub use node::NodeEnvironment;
pub use prober::Prober;
pub use process::Process;
pub use service::Service;
pub use stations::Stations;

/// Time in which every service has to be ready after the last fault: a link that was lost without a
/// goodbye ends at its idle timeout, then the service links, claims and advertises again.
pub const READY_LIMIT: Duration = Duration::from_secs(90);

/// Time in which the callers' expired tokens expire.
const TOKENS_EXPIRED: Duration = Duration::from_secs(2);

/// Longest wait for the recovery of callers, on a slow machine.
const LONGEST_RECOVERY: Duration = Duration::from_secs(30);

/// Interval between two looks at the processes.
const LOOK: Duration = Duration::from_millis(50);

/// All processes of a soak.
#[derive(Debug)]
pub struct World {
    /// Folders of the run.
    pub layout: Layout,
    /// The events of the orchestrator.
    pub events: Arc<Journal>,
    stations: Stations,
    services: BTreeMap<String, Service>,
    callers: BTreeMap<String, Caller>,
    /// The paths of each node, one to each station.
    paths: BTreeMap<String, Vec<NetworkPath>>,
    prober: Prober,
    certificate: Certificate,
    /// The disk with keys and state, if this user may mount one. Dropped after the processes.
    disk: Option<Disk>,
    broken: Option<Break>,
    seed: u64,
    machine: MachineWatch,
    /// Serves the paths, and hostile clients.
    runtime: Runtime,
}

impl World {
    /// Starts all processes, with their files in `folder`. Returns once every service is ready.
    ///
    /// # Errors
    ///
    /// If a process cannot be started or does not become ready.
    pub fn start(folder: &Path, seed: u64, broken: Option<Break>) -> io::Result<Self> {
        let layout = Layout::create(folder)?;
        let events = Arc::new(Journal::open(&layout.history("events"))?);
        let machine = MachineWatch::start(&events);
        let runtime = Runtime::new()?;
        let disk = Disk::mount(&layout.states());
        let certificate = Certificate::install(layout.state(CERTIFIED));
        let mut stations = Stations::start(&layout, &events)?;
        let mut paths = BTreeMap::new();
        let callers: Vec<&str> = RUST_CALLERS.into_iter().chain(python::caller()?).collect();
        for name in SERVICES.into_iter().chain(callers.iter().copied()) {
            let mut of_node = Vec::new();
            for station in homes(name) {
                let path = NetworkPath::to(stations.addr(station)?);
                of_node.push(runtime.block_on(path)?);
            }
            paths.insert(name.to_owned(), of_node);
        }
        let prober = Prober::start(&layout, &events, &mut stations)?;
        let mut world = Self {
            layout,
            events,
            stations,
            services: BTreeMap::new(),
            callers: BTreeMap::new(),
            paths,
            prober,
            certificate,
            disk,
            broken,
            seed,
            machine,
            runtime,
        };
        for name in SERVICES {
            world.start_service(name)?;
        }
        for name in callers {
            world.start_caller(name)?;
        }
        world.wait(TOKENS_EXPIRED);
        let unready = world.wait_until_ready(READY_LIMIT);
        if unready.is_empty() {
            Ok(world)
        } else {
            Err(io::Error::other(format!(
                "not ready: {}",
                unready.join(", ")
            )))
        }
    }

    fn node(&self, name: &str) -> io::Result<NodeEnvironment> {
        let paths = self.paths.get(name);
        let paths = paths.ok_or_else(|| io::Error::other(format!("no path of {name}")))?;
        let addrs = homes(name).iter().zip(paths.iter().map(NetworkPath::addr));
        Ok(self.stations.environment(addrs))
    }

    fn start_service(&mut self, name: &str) -> io::Result<()> {
        let incarnation = self.services.get(name).map_or(1, Service::next_incarnation);
        let node = self.node(name)?;
        let service = Service::start(
            &self.layout,
            &self.events,
            name,
            incarnation,
            node,
            self.broken,
            self.prober.requests(),
        )?;
        self.services.insert(name.to_owned(), service);
        Ok(())
    }

    fn start_caller(&mut self, name: &str) -> io::Result<()> {
        let incarnation = self.callers.get(name).map_or(1, Caller::next_incarnation);
        let node = self.node(name)?;
        let seed = self.seed.wrapping_add(incarnation);
        let caller = Caller::start(
            &self.layout,
            &self.events,
            (name, incarnation),
            node,
            self.broken,
            seed,
        )?;
        if incarnation == 1 {
            for kind in [TokenKind::Valid, TokenKind::Expired] {
                caller.write_token(&self.layout, &mut self.stations, kind)?;
            }
        }
        self.callers.insert(name.to_owned(), caller);
        Ok(())
    }

    /// Records the processes that have ended.
    pub fn reap(&mut self) {
        for service in self.services.values_mut() {
            service.reap(&self.events);
        }
        for caller in self.callers.values_mut() {
            caller.process.reap(&self.events);
        }
    }

    /// Waits until every service is ready. Returns those that are not.
    pub fn wait_until_ready(&mut self, limit: Duration) -> Vec<String> {
        let start = Instant::now();
        loop {
            self.reap();
            let is_over = start.elapsed() >= self.machine.stretched(limit).min(LONGEST_WAIT);
            let unready = self.services.values().filter(|service| !service.is_ready());
            let unready: Vec<String> = unready.map(|service| service.process.name()).collect();
            if unready.is_empty() || is_over {
                return unready;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until the time is over in which callers recover from the faults, so that all checks
    /// count.
    pub fn wait_for_recovery(&mut self, settled: Instant) {
        let recovery = self.machine.stretched(Duration::from_millis(RECOVERY));
        let recovery = recovery.mul_f64(1.1).min(LONGEST_RECOVERY);
        self.wait(recovery.saturating_sub(settled.elapsed()));
    }

    /// Waits, and records the processes that end meanwhile.
    pub fn wait(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            self.reap();
            let remaining = end.saturating_duration_since(Instant::now());
            if remaining.is_zero() {
                return;
            }
            std::thread::sleep(LOOK.min(remaining));
        }
    }

    /// Lets the callers make calls.
    pub fn resume(&mut self) {
        for caller in self.callers.values_mut() {
            caller.resume();
        }
    }

    /// Waits until no call is in progress. Returns the callers whose calls do not end.
    pub fn pause(&mut self) -> Vec<String> {
        for caller in self.callers.values_mut() {
            caller.ask_to_pause();
        }
        let mut busy = Vec::new();
        for caller in self.callers.values_mut() {
            if !caller.wait_for_pause() {
                busy.push(caller.process.name());
            }
        }
        if busy.is_empty() {
            self.events.write(Record::Idle);
        }
        busy
    }

    /// Asks all processes to end, and ends those that do not.
    pub fn stop(mut self) {
        for service in self.services.values_mut() {
            service.process.signal(&self.events, "TERM");
        }
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            self.reap();
            if self
                .services
                .values()
                .all(|service| !service.process.runs())
            {
                break;
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// Prints what is skipped.
///
/// # Errors
///
/// With `CI` set, nothing is skipped that can run once its requirement is installed.
pub fn skipped(what: &str, installable: bool) -> io::Result<()> {
    if installable && std::env::var_os("CI").is_some() {
        return Err(io::Error::other(format!("cannot run {what}")));
    }
    println!("SKIPPED: {what}");
    Ok(())
}

/// Returns the path of a binary beside this one.
fn binary(name: &str) -> io::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let beside = this.ancestors().map(|folder| folder.join(name));
    let found = beside.into_iter().take(4).find(|path| path.is_file());
    found.ok_or_else(|| {
        io::Error::other(format!(
            "`{name}` is not built; run `cargo build -p hecate-om-soak`"
        ))
    })
}
