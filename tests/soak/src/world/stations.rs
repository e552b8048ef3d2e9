//! The process of the two stations.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::process::command;
use super::{Layout, NodeEnvironment, Process, binary};
use crate::history::Journal;
use crate::wire::PERMISSION;

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
        let process = start(layout, events, 1)?;
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
        let incarnation = self.process.next_incarnation();
        self.process = start(&self.layout, &self.events, incarnation)?;
        self.description = read(&self.process)?;
        Ok(())
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

    /// Returns the settings of a node that reaches stations at these addresses.
    pub(super) fn environment<'a>(
        &self,
        addrs: impl Iterator<Item = (&'a &'static str, SocketAddr)>,
    ) -> NodeEnvironment {
        NodeEnvironment::new(&self.description, addrs)
    }
}

fn start(layout: &Layout, events: &Arc<Journal>, incarnation: u64) -> io::Result<Process> {
    let mut command = command(&binary("soak-station")?);
    let history = layout.history(&format!("stations.{incarnation}"));
    command.arg(layout.state("stations")).arg(history);
    Process::start(layout, events, ("stations", incarnation), &mut command)
}

fn read(process: &Process) -> io::Result<Value> {
    let line = process.line(LIMIT)?;
    let answer: Value = serde_json::from_str(&line).map_err(io::Error::other)?;
    match answer.get("error") {
        Some(error) => Err(io::Error::other(format!("the stations: {error}"))),
        None => Ok(answer),
    }
}
