//! A machine of its own, as far as services can see: its state folder, and so its development mesh.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::run;
use crate::{Process, binary, get, until};

/// A folder that stands for a machine.
#[derive(Debug)]
pub struct Sandbox {
    dir: TempDir,
}

/// A service that is live.
#[derive(Debug)]
pub struct Service {
    /// Its process.
    pub process: Process,
    /// Where its health listener is: `127.0.0.1:40123`.
    pub health: String,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Answer {
    /// The exit code.
    pub code: i32,
    /// Standard output, without the last line break.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
}

impl Answer {
    /// Standard output as JSON.
    ///
    /// # Panics
    ///
    /// Where it is none, with all that was said.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// A fresh machine.
    ///
    /// # Panics
    ///
    /// Where no folder can be made.
    #[must_use]
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a folder can be made"),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Where the development mesh says how to join it.
    #[must_use]
    pub fn mesh_file(&self) -> PathBuf {
        self.path().join("state/hecate/dev-mesh/mesh.json")
    }

    /// A command on this machine: nothing of the surrounding environment but the path reaches it.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.path())
            .env("XDG_STATE_HOME", self.path().join("state"))
            .current_dir(self.path());
        command
    }

    /// A service that is to run on this machine, on a free health port, with its log as text. A test's load comes from
    /// few callers, so it lets each make more calls than a service does by default.
    #[must_use]
    pub fn service(&self, name: &str) -> Command {
        let mut command = self.command(binary(name));
        command
            .env("HECATE_HEALTH_PORT", "0")
            .env("HECATE_LOG_FORMAT", "text")
            .env(
                "HECATE_GUARD_LIMITS",
                "per_caller_max=1000000,global_max=1000000",
            );
        command
    }

    /// Starts a service and waits until it serves every capability.
    #[must_use]
    pub fn start(&self, name: &str) -> Service {
        let service = Service::start(&mut self.service(name));
        service.ready();
        service
    }

    /// `hecate-om dev`: the development mesh in a process of its own.
    #[must_use]
    pub fn dev(&self) -> Command {
        let mut command = self.command(binary("hecate-om"));
        command.arg("dev");
        command
    }

    /// Starts `hecate-om dev` and waits until the mesh can be joined.
    #[must_use]
    pub fn mesh(&self) -> Process {
        let mut dev = Process::start(&mut self.dev());
        dev.wait_for("Ctrl-C ends it");
        dev
    }

    /// Runs the command line to its end.
    ///
    /// # Panics
    ///
    /// Where it cannot be run.
    #[must_use]
    pub fn cli(&self, args: &[&str]) -> Answer {
        self.run(self.command(binary("hecate-om")).args(args))
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    ///
    /// Where it cannot be run.
    #[must_use]
    pub fn run(&self, command: &mut Command) -> Answer {
        let (status, stdout, stderr) = run(command);
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .expect("what is printed is UTF-8")
                .trim_end_matches('\n')
                .to_owned()
        };
        Answer {
            code: status.code().unwrap_or(-1),
            stdout: text(stdout),
            stderr: text(stderr),
        }
    }
}

impl Service {
    /// Starts a service and waits until it says that it serves.
    ///
    /// # Panics
    ///
    /// Where it does not.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut process = Process::start(command);
        let line = process.wait_for("is live");
        let health = line
            .split_once("http://")
            .or_else(|| line.split_once("https://"))
            .and_then(|(_, rest)| rest.split_once("/health"))
            .map(|(addr, _)| addr.to_owned())
            .unwrap_or_else(|| panic!("no health address in `{line}`"));
        Self { process, health }
    }

    /// Waits until it serves every capability.
    ///
    /// # Panics
    ///
    /// Where it does not.
    pub fn ready(&self) {
        until("ready", || match get(&self.health, "/health/ready") {
            Some((200, _)) => Ok(()),
            other => Err(other),
        });
    }
}
