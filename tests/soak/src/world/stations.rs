//! The process of the two stations.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hecate_om_station::Profile;
use macula_rust::transport::Target;
use serde_json::Value;

use super::process::command;
use super::{LOOK, Layout, NodeEnvironment, Process, binary};
use crate::history::Journal;
use crate::judge::IMPOSTORS;
use crate::plan::STATIONS;
use crate::wire::PERMISSION;

/// The file with a station's port.
const SETTINGS: &str = "station.json";

/// Time in which the stations obey a command.
const LIMIT: Duration = Duration::from_secs(60);

/// The process of the stations.
#[derive(Debug)]
pub struct Stations {
    layout: Layout,
    events: Arc<Journal>,
    pub(super) process: Process,
    description: Value,
}

impl Stations {
    /// Starts the stations.
    pub(super) fn start(layout: &Layout, events: &Arc<Journal>) -> io::Result<Self> {
        let process = start(layout, events, ("stations", 1))?;
        let description = read(&process)?;
        Ok(Self {
            layout: layout.clone(),
            events: Arc::clone(events),
            process,
            description,
        })
    }

    /// Starts the killed stations again, with the same keys and ports.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        self.description = self.replace("stations")?;
        Ok(())
    }

    /// Starts stations with new keys and a new realm on the ports of the killed stations.
    pub(super) fn start_impostors(&mut self) -> io::Result<()> {
        for station in STATIONS {
            let folder = self.layout.state(IMPOSTORS).join(station);
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            std::fs::create_dir_all(&folder)?;
            let settings = self.layout.state("stations").join(station).join(SETTINGS);
            std::fs::copy(settings, folder.join(SETTINGS))?;
        }
        self.replace(IMPOSTORS)?;
        Ok(())
    }

    /// Waits for the end of the killed process, and starts the one with this name in its place.
    fn replace(&mut self, name: &str) -> io::Result<Value> {
        while !self.process.reap(&self.events) {
            std::thread::sleep(LOOK);
        }
        let incarnation = self.process.next_incarnation();
        self.process = start(&self.layout, &self.events, (name, incarnation))?;
        read(&self.process)
    }

    /// Sends a command, and returns its answer.
    pub(super) fn command(&mut self, command: &str) -> io::Result<Value> {
        self.process.send(command)?;
        read(&self.process)
    }

    /// Returns a token for a node, valid for some seconds.
    pub(super) fn token(&mut self, node: &str, seconds: u64) -> io::Result<String> {
        let answer = self.command(&format!("token {node} {PERMISSION} {seconds}"))?;
        let token = answer["token"].as_str();
        token
            .map(ToOwned::to_owned)
            .ok_or_else(|| io::Error::other(answer.to_string()))
    }

    /// Returns the address of a station.
    pub(super) fn addr(&self, station: &str) -> io::Result<SocketAddr> {
        let addr = self.description[station]["addr"].as_str();
        let addr = addr.and_then(|addr| addr.parse().ok());
        addr.ok_or_else(|| io::Error::other(self.description.to_string()))
    }

    /// Returns what a client needs to reach a station.
    pub(super) fn target(&self, station: &str) -> io::Result<Target> {
        let addr = self.addr(station)?;
        let node_id = self.description[station]["node_id"].as_str();
        let node_id = node_id.and_then(|id| hex::decode(id).ok()?.try_into().ok());
        Ok(Target {
            host: addr.ip().to_string(),
            port: addr.port(),
            profile: Profile::PqPure,
            expected_node_id: node_id
                .ok_or_else(|| io::Error::other(self.description.to_string()))?,
        })
    }

    /// Returns the settings of a node that reaches stations at these addresses.
    pub(super) fn environment<'a>(
        &self,
        addrs: impl Iterator<Item = (&'a &'static str, SocketAddr)>,
    ) -> NodeEnvironment {
        NodeEnvironment::new(&self.description, addrs)
    }
}

fn start(
    layout: &Layout,
    events: &Arc<Journal>,
    (name, incarnation): (&str, u64),
) -> io::Result<Process> {
    let mut command = command(&binary("soak-station")?);
    let history = layout.history(&format!("{name}.{incarnation}"));
    command.arg(layout.state(name)).arg(history);
    Process::start(layout, events, (name, incarnation), &mut command)
}

fn read(process: &Process) -> io::Result<Value> {
    let line = process.line(LIMIT)?;
    let answer: Value = serde_json::from_str(&line).map_err(io::Error::other)?;
    match answer.get("error") {
        Some(error) => Err(io::Error::other(format!("the stations: {error}"))),
        None => Ok(answer),
    }
}
