//! Machine with a development mesh, and the processes on it.

use std::path::{Path, PathBuf};
use std::process::Command;

use hecate_om::Client;
use hecate_om_benches::commands::{CALLS_ONLY, MESH, ORG};
use hecate_om_benches::resident;
use hecate_om_tests::{Process, Sandbox, Service, Worker};

use crate::ours::STATE;

/// Machine whose development mesh runs.
pub(crate) struct World {
    pub(crate) machine: Sandbox,
    mesh: Process,
    /// Cryptographic profile of the mesh.
    profile: &'static str,
}

impl World {
    pub(crate) fn start() -> Self {
        Self::with_profile("pq_pure")
    }

    /// Starts the mesh with a cryptographic profile.
    pub(crate) fn with_profile(profile: &'static str) -> Self {
        let machine = Sandbox::new();
        let mesh = machine.mesh_with_profile(profile);
        Self {
            machine,
            mesh,
            profile,
        }
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
        command
            .env("HECATE_GUARD_LIMITS", limits)
            .env("HECATE_PROFILE", self.profile);
        let service = Service::start(&mut command);
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

    /// Starts a program that runs [`crate::bare::run`] twice: a provider, and a caller of it.
    pub(crate) fn bare_pair(&self, program: &Path, org: &str) -> BarePair {
        let command = || self.bare_command(Command::new(program), org);
        BarePair {
            _provider: Worker::start(&mut command()),
            caller: Worker::start(command().env(CALLS_ONLY, "1")),
        }
    }

    fn bare_command(&self, mut program: Command, org: &str) -> Command {
        program.env(MESH, self.mesh_folder()).env(ORG, org);
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

/// Returns the resident memory of a worker in bytes.
pub(crate) fn resident_of(worker: &Worker) -> f64 {
    resident(worker.id()) as f64
}
