//! A process that makes calls.

use std::io;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::process::command;
use super::python::{self, python};
use super::{Layout, NodeEnvironment, Process, Stations, binary, clock};
use crate::breaks::{Break, VARIABLE};
use crate::history::Journal;
use crate::plan::PYTHON_CALLER;

/// Time in which the caller's process starts.
const START: Duration = Duration::from_secs(120);

/// Time in which the calls in progress end: a stream that stands still, and what follows it.
const PAUSE: Duration = Duration::from_secs(240);

/// Returns the command of a caller: one in Python, or one in Rust.
fn program(name: &str) -> io::Result<Command> {
    if name != PYTHON_CALLER {
        return Ok(command(&binary("soak-caller")?));
    }
    let python = python().ok_or_else(|| io::Error::other("no Python with macula-py"))?;
    let mut command = command(&python);
    command.arg("-c").arg(python::SCRIPT);
    Ok(command)
}

/// A kind of token.
#[derive(Debug, Clone, Copy)]
pub(super) enum TokenKind {
    /// Valid for longer than any run.
    Valid,
    /// Expired soon.
    Expired,
}

/// A process that makes calls.
#[derive(Debug)]
pub struct Caller {
    /// The process.
    pub process: Process,
    node: String,
    pausing: bool,
}

impl Caller {
    /// Starts a caller, paused.
    pub(super) fn start(
        layout: &Layout,
        events: &Arc<Journal>,
        (name, incarnation): (&str, u64),
        node: NodeEnvironment,
        broken: Option<Break>,
        seed: u64,
    ) -> io::Result<Self> {
        let mut command = program(name)?;
        command
            .envs(node)
            .env("SOAK_NAME", format!("{name}.{incarnation}"))
            .env("SOAK_HISTORY", layout.histories())
            .env("SOAK_KEY", layout.key(name))
            .env("SOAK_TOKEN", layout.token(name))
            .env("SOAK_ORGS", "alpha,beta")
            .env("SOAK_SEED", seed.to_string())
            .envs(broken.map(|broken| (VARIABLE, broken.name())));
        clock::prepare(layout, name, &mut command)?;
        let process = Process::start(layout, events, (name, incarnation), &mut command)?;
        let line = process.line(START)?;
        let node = line.strip_prefix("node ").unwrap_or(&line).to_owned();
        Ok(Self {
            process,
            node,
            pausing: false,
        })
    }

    pub(super) const fn next_incarnation(&self) -> u64 {
        self.process.next_incarnation()
    }

    /// Writes a token for the caller, which it reads before each call that needs one.
    pub(super) fn write_token(
        &self,
        layout: &Layout,
        stations: &mut Stations,
        kind: TokenKind,
    ) -> io::Result<()> {
        let (extension, seconds) = match kind {
            TokenKind::Valid => ("valid", 3_000),
            TokenKind::Expired => ("expired", 1),
        };
        let token = stations.token(&self.node, seconds)?;
        let file = layout.token(self.process.base_name());
        std::fs::write(file.with_extension(extension), token)
    }

    pub(super) fn resume(&mut self) {
        // A caller that has ended makes no calls.
        if self.process.send("resume").is_ok() {
            let _ = self.wait_for("resumed", START);
        }
    }

    pub(super) fn ask_to_pause(&mut self) {
        self.pausing = self.process.send("pause").is_ok();
    }

    /// Returns whether the calls in progress have ended in time.
    pub(super) fn wait_for_pause(&mut self) -> bool {
        !self.pausing || self.wait_for("paused", PAUSE).is_ok()
    }

    /// Waits for an answer. An earlier command may have been answered too late.
    fn wait_for(&self, answer: &str, limit: Duration) -> io::Result<()> {
        while self.process.line(limit)? != answer {}
        Ok(())
    }

    /// Sends a command, and returns its answer.
    pub(super) fn command(&mut self, command: &str, limit: Duration) -> io::Result<String> {
        self.process.send(command)?;
        self.process.line(limit)
    }
}
