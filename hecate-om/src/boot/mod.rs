//! Boot, command line and shutdown of a service.

mod allow_lists;
mod cli;
mod environment;
mod error;
mod exit_code;
mod issuers;
mod mesh_connection;
mod preflight;
mod reload;
mod running;
mod shutdown;
mod signals;
mod startup;
mod stop;
mod systemd;
mod thread_timer;

use std::process::ExitCode;
use std::sync::Arc;

pub use signals::hangup_is_ignored;

#[cfg(feature = "testing")]
pub(crate) use {
    environment::BootEnvironment,
    error::BootError,
    issuers::declared_variables,
    mesh_connection::{MeshConnection, NodeCredentials},
    running::RunningService,
    shutdown::shut_down,
    startup::boot,
};

use crate::config::Defaults;
use crate::health::{HealthState, ServiceInfo};
use crate::service::Contract;
use crate::telemetry::FlushAtEnd;

/// Runs the command line of the service `S`. Without a subcommand, the service boots, serves until
/// SIGTERM or SIGINT, and drains. On SIGHUP it reads its settings again.
///
/// `#[hecate_service]` generates a `main` that calls this function; with `main = false`, the author
/// writes `main`.
///
/// Exit codes: 0 after a drain, 1 for a refused boot, 2 for a malformed command line.
#[must_use]
pub fn run<S: Contract>() -> ExitCode {
    let _flush = FlushAtEnd;
    cli::main::<S>()
}

/// Returns the defaults that the service `S` defines.
const fn defaults<S: Contract>() -> Defaults {
    Defaults {
        name: S::NAME,
        health_port: S::HEALTH_PORT,
    }
}

/// Returns the health state of the service `S` before it has booted.
pub(crate) fn health_state<S: Contract>() -> Arc<HealthState> {
    let service = ServiceInfo {
        name: S::NAME,
        version: S::VERSION,
        description: S::DESCRIPTION,
    };
    HealthState::new(service, S::MANIFEST)
}
