//! A sandbox that stands for a machine: a state folder, and so a development mesh, of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use hecate_om::Client;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::run;
use crate::{Exposition, Process, binary, get, json, until};

/// A temporary folder that stands for a machine.
#[derive(Debug)]
pub struct Sandbox {
    dir: TempDir,
}

/// A live service.
#[derive(Debug)]
pub struct Service {
    /// Process of the service.
    pub process: Process,
    /// The address of its health listener, such as `127.0.0.1:40123`.
    pub health: String,
}

/// The output and the exit code of a command.
#[derive(Debug)]
pub struct Answer {
    /// The exit code.
    pub code: i32,
    /// Standard output without the last line break.
    pub stdout: String,
    /// Standard error without the last line break.
    pub stderr: String,
}

impl Answer {
    /// Returns standard output as JSON.
    ///
    /// # Panics
    ///
    /// If the output is not JSON, with the whole output.
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
    /// Creates a sandbox.
    ///
    /// # Panics
    ///
    /// If the folder cannot be created.
    #[must_use]
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a folder can be created"),
        }
    }

    /// Returns the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Returns the file that describes how to join the development mesh.
    #[must_use]
    pub fn mesh_file(&self) -> PathBuf {
        self.path().join("state/hecate/dev-mesh/mesh.json")
    }

    /// Returns the contents of [`Sandbox::mesh_file`].
    ///
    /// # Panics
    ///
    /// If there is no development mesh.
    #[must_use]
    pub fn mesh_info(&self) -> Value {
        let text = std::fs::read_to_string(self.mesh_file()).expect("the mesh was started");
        serde_json::from_str(&text).expect("the file is JSON")
    }

    /// Connects a client in this process to the sandbox's development mesh.
    ///
    /// # Panics
    ///
    /// If there is no development mesh.
    pub async fn client(&self) -> Client {
        let state = self.path().join("state");
        let environment = [("XDG_STATE_HOME".into(), state.into())];
        let client = Client::from_env(environment).await;
        client.expect("the development mesh runs")
    }

    /// Returns a command in this sandbox. Of the environment, it inherits only `PATH`.
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

    /// Returns a command that runs a service in this sandbox, on a free health port, with its log
    /// as text. Tests make many calls from few callers, so the limit per caller is higher than the
    /// default.
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

    /// Returns the command `hecate-om dev`, the development mesh in a process of its own.
    #[must_use]
    pub fn dev(&self) -> Command {
        let mut command = self.command(binary("hecate-om"));
        command.arg("dev");
        command
    }

    /// Starts `hecate-om dev` and waits until the mesh can be joined.
    #[must_use]
    pub fn mesh(&self) -> Process {
        self.mesh_with_profile("pq_pure")
    }

    /// Like [`Sandbox::mesh`], with a cryptographic profile. Services join it with the same
    /// `HECATE_PROFILE`.
    #[must_use]
    pub fn mesh_with_profile(&self, profile: &str) -> Process {
        let mut dev = Process::start(self.dev().args(["--profile", profile]));
        dev.wait_for("Press Ctrl-C to stop");
        dev
    }

    /// Runs `hecate-om` to its end.
    ///
    /// # Panics
    ///
    /// If the command cannot be run.
    #[must_use]
    pub fn cli(&self, args: &[&str]) -> Answer {
        self.run(self.command(binary("hecate-om")).args(args))
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    ///
    /// If the command cannot be run.
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
    /// Starts a service and waits until it is live.
    ///
    /// # Panics
    ///
    /// If the service does not become live.
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

    /// Waits until the service serves every capability.
    ///
    /// # Panics
    ///
    /// If the service does not become ready.
    pub fn ready(&self) {
        until("ready", || match get(&self.health, "/health/ready") {
            Some((200, _)) => Ok(()),
            other => Err(other),
        });
    }

    /// Requests `/metrics`.
    ///
    /// # Panics
    ///
    /// If the health listener does not respond with metrics.
    #[must_use]
    pub fn metrics(&self) -> Exposition {
        let (status, text) = get(&self.health, "/metrics").expect("the health listener responds");
        assert_eq!(status, 200, "{text}");
        Exposition::parse(&text)
    }

    /// Waits until the value of a metric satisfies `is`.
    ///
    /// # Panics
    ///
    /// If the metric does not reach the value.
    pub fn wait_for_metric(&self, name: &str, labels: &[(&str, &str)], is: impl Fn(f64) -> bool) {
        until(&format!("{name} {labels:?} as expected"), || {
            match self.metrics().value(name, labels) {
                value if is(value) => Ok(()),
                other => Err(other),
            }
        });
    }

    /// Waits until stations carry this many subscriptions, and no others are pending.
    ///
    /// # Panics
    ///
    /// If the subscriptions are not carried in time.
    pub fn wait_for_subscriptions(&self, count: usize) {
        until("subscribed", || {
            let body = json(&self.health, "/health").1;
            let all = body["subscriptions"].as_array().expect("a list");
            let subscribed = all.iter().filter(|entry| entry["status"] == "subscribed");
            if all.len() == count && subscribed.count() == count {
                Ok(())
            } else {
                Err(body)
            }
        });
    }
}
