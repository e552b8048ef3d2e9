//! A service under test.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::prober::Probe;
use super::process::command;
use super::watch::Watch;
use super::{Layout, NodeEnvironment, Process, binary, clock, health};
use crate::breaks::{Break, VARIABLE};
use crate::history::Journal;
use crate::judge::DRAIN_MAX;

/// A service under test.
#[derive(Debug)]
pub struct Service {
    /// Its process.
    pub process: Process,
    pub(super) org: String,
    socket: PathBuf,
    watch: Watch,
}

impl Service {
    /// Starts a service, and watches its readiness.
    pub(super) fn start(
        layout: &Layout,
        events: &Arc<Journal>,
        name: &str,
        incarnation: u64,
        node: NodeEnvironment,
        broken: Option<Break>,
        prober: Sender<Probe>,
    ) -> io::Result<Self> {
        let (org, _) = name.rsplit_once('-').unwrap_or((name, ""));
        let state = layout.state(name);
        std::fs::create_dir_all(&state)?;
        let socket = layout.socket(name);
        let process = format!("{name}.{incarnation}");
        let mut command = command(&binary("soak-service")?);
        command
            .envs(node)
            .env("HECATE_ORG", org)
            .env("HECATE_SERVICE_NAME", name)
            .env("HECATE_SECRETS_DIR", &state)
            .env("HECATE_STATE_DIR", &state)
            .env("HECATE_HEALTH_SOCKET", &socket)
            .env("HECATE_KEM_ADVERTISE", "enabled")
            .env("HECATE_DRAIN_MAX", format!("{DRAIN_MAX}ms"))
            .env("HECATE_LOG_FORMAT", "text")
            // Fewer arenas make the memory of an idle process comparable.
            .env("MALLOC_ARENA_MAX", "2")
            .env("SOAK_NAME", &process)
            .env("SOAK_HISTORY", layout.histories())
            .envs(broken.map(|broken| (VARIABLE, broken.name())));
        clock::prepare(layout, name, &mut command)?;
        let started = Process::start(layout, events, (name, incarnation), &mut command)?;
        let watch = Watch::start(process, org.to_owned(), socket.clone(), events, prober);
        Ok(Self {
            process: started,
            org: org.to_owned(),
            socket,
            watch,
        })
    }

    pub(super) const fn next_incarnation(&self) -> u64 {
        self.process.next_incarnation()
    }

    /// Records the end of the process, if it has ended. Returns whether it has.
    pub(super) fn reap(&mut self, events: &Journal) -> bool {
        let ended = self.process.reap(events);
        if ended {
            self.watch.stop();
        }
        ended
    }

    /// Returns whether the service said that it is ready when it was last asked.
    pub(super) fn is_ready(&self) -> bool {
        self.watch.status() == 200
    }

    /// Requests a page of the health listener.
    pub(super) fn get(&self, path: &str) -> Option<(u16, String)> {
        health::get(&self.socket, path)
    }
}
