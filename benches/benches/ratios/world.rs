//! Machine with a development mesh, and the processes on it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use hecate_om::Client;
use hecate_om_benches::resident;
use hecate_om_tests::{Process, Sandbox, Service};

use crate::bare;
use crate::ours::STATE;

/// Time in which a worker ends at the end of its commands.
const END_LIMIT: Duration = Duration::from_secs(10);

/// Machine whose development mesh runs.
pub(crate) struct World {
    pub(crate) machine: Sandbox,
    mesh: Process,
}

impl World {
    pub(crate) fn start() -> Self {
        let machine = Sandbox::new();
        let mesh = machine.mesh();
        Self { machine, mesh }
    }

    /// Returns the state folder of the machine.
    pub(crate) fn state(&self) -> PathBuf {
        self.machine.path().join("state")
    }

    /// Returns the id of the process of the station.
    pub(crate) fn mesh_process(&self) -> u32 {
        self.mesh.id()
    }

    /// Returns the folder of the mesh.
    pub(crate) fn mesh_folder(&self) -> PathBuf {
        mesh_folder(&self.state())
    }

    /// Starts a service that accepts payloads of up to 16 MiB, and waits until it is ready.
    pub(crate) fn service(&self, name: &str) -> Service {
        let mut command = self.machine.service(name);
        let limits = "per_caller_max=1000000,global_max=1000000,max_bytes=16777215";
        let service = Service::start(command.env("HECATE_GUARD_LIMITS", limits));
        service.ready();
        service
    }

    /// Starts a process that uses hecate-om.
    pub(crate) fn ours(&self) -> Worker {
        Worker::start(this_program().env(STATE, self.state()))
    }

    /// Starts a process that uses `macula-rust` directly.
    pub(crate) fn bare(&self, org: &str) -> Worker {
        Worker::start(&mut self.bare_command(this_program(), org))
    }

    /// Starts a program that runs [`bare::run`] twice: a provider, and a caller of it.
    pub(crate) fn bare_pair(&self, program: &Path, org: &str) -> BarePair {
        let command = || self.bare_command(Command::new(program), org);
        BarePair {
            _provider: Worker::start(&mut command()),
            caller: Worker::start(command().env(bare::CALLS_ONLY, "1")),
        }
    }

    fn bare_command(&self, mut program: Command, org: &str) -> Command {
        program
            .env(bare::MESH, self.mesh_folder())
            .env(bare::ORG, org);
        program
    }
}

/// Provider and caller that use `macula-rust` directly, each in its own process.
pub(crate) struct BarePair {
    _provider: Worker,
    pub(crate) caller: Worker,
}

/// Returns the folder of the development mesh in a machine's state folder.
pub(crate) fn mesh_folder(state: &Path) -> PathBuf {
    state.join("hecate/dev-mesh")
}

/// Connects a client to the mesh of the machine with this state folder.
pub(crate) async fn client(state: &Path) -> Client {
    let environment = [("XDG_STATE_HOME".into(), state.into())];
    Client::from_env(environment).await.expect("the mesh runs")
}

/// Returns a command that runs this program.
fn this_program() -> Command {
    Command::new(this_path())
}

/// Returns the path of this program.
pub(crate) fn this_path() -> PathBuf {
    std::env::current_exe().expect("a program knows its path")
}

/// Process that executes commands, one at a time. It ends with its handle.
pub(crate) struct Worker {
    child: Child,
    /// `None` once the worker ends.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts the process, and waits until it is ready.
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the process starts");
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut worker = Self {
            child,
            commands,
            answers,
        };
        assert_eq!(worker.line(), "ready");
        worker
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the output of a command.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        assert!(read.is_ok_and(|bytes| bytes > 0), "the process ended");
        line.trim_end().to_owned()
    }

    /// Executes a command, and returns its output.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.line()
    }

    /// Starts a command.
    pub(crate) fn tell(&mut self, command: &str) {
        let commands = self.commands.as_mut().expect("it is piped");
        writeln!(commands, "{command}").expect("the process reads");
    }

    /// Executes a command, and returns the duration that the process measured.
    pub(crate) fn time(&mut self, command: &str) -> Duration {
        let seconds = self.ask(command).parse().expect("a number");
        Duration::from_secs_f64(seconds)
    }

    /// Returns the resident memory of the process in bytes.
    pub(crate) fn resident(&self) -> f64 {
        resident(self.child.id()) as f64
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // At the end of its commands the process ends, and those that it has started with it.
        drop(self.commands.take());
        let end = Instant::now() + END_LIMIT;
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if Instant::now() > end {
                // The process may have ended by itself.
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
