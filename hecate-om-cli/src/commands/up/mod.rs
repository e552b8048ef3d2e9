//! `up`: builds and runs the services of a workspace on the development mesh, and runs them again
//! when their sources change. `ps`, `logs` and `down` are for the services that it runs.

mod build;
mod child;
mod control;
mod printer;
mod sources;
mod state;
mod supervisor;
mod workspace;

use std::time::Duration;

use clap::Args;
use hecate_om_station::Profile;
use hecate_om_station::dev_mesh::{self, DevMesh};

use self::build::build;
use self::printer::Printer;
use self::sources::Sources;
use self::state::State;
use self::supervisor::Services;
use self::workspace::Workspace;
use crate::interrupt::Interrupt;
use crate::output::{Failure, Output};

pub(crate) use child::{RunArgs, run_child};
pub(crate) use control::{LogsArgs, down, logs, ps};

/// Variable with the cryptographic profile of the mesh.
const PROFILE: &str = "HECATE_PROFILE";
/// Maximum time until all services are ready, with `--once`.
const READY: Duration = Duration::from_secs(120);

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Packages to run [default: all services below this folder]
    packages: Vec<String>,
    /// Drain all services once they are ready, and exit with 0; exit with 1 if one fails
    #[arg(long)]
    once: bool,
}

pub(crate) async fn up(args: &UpArgs, output: &Output) -> Result<(), Failure> {
    let workspace = Workspace::read(&args.packages)?;
    let state = State::claim(&workspace)?;
    let printer = Printer::new(output, &workspace);
    let mut interrupt = Interrupt::listen()?;
    let mut sources = Sources::of(&workspace)?;
    let failed = |error: &dyn std::fmt::Display| Failure::new("failed", error.to_string());
    // The services read the same variable.
    let profile = match std::env::var(PROFILE) {
        Ok(name) => Profile::parse(&name)
            .map_err(|error| Failure::malformed(format!("{PROFILE}: {error}")))?,
        Err(_) => Profile::PqPure,
    };
    let directory = dev_mesh::default_state_dir();
    let mesh = tokio::select! {
        mesh = DevMesh::join(&directory, profile) => mesh.map_err(|error| failed(&error))?,
        () = interrupt.received() => return Ok(()),
    };
    let mut services: Option<Services> = None;
    let mut outcome = Ok(());
    loop {
        let built = tokio::select! {
            built = build(&workspace) => built?,
            () = interrupt.received() => break,
        };
        match (built, &services) {
            (Some(built), None) => {
                sources.watch(&built.sources());
                let started = services.insert(Services::start(&built, &printer, &state)?);
                if args.once {
                    outcome = tokio::select! {
                        ready = started.all_ready(READY) => ready,
                        () = interrupt.received() => Ok(()),
                    };
                    break;
                }
            }
            (Some(built), Some(running)) => {
                sources.watch(&built.sources());
                running.replace(&built);
            }
            (None, _) if args.once => {
                let text = "the services do not build; the errors are above";
                outcome = Err(Failure::new("build_failed", text));
                break;
            }
            (None, Some(_)) => printer.note("the build failed; the running services are kept"),
            (None, None) => printer.note("the build failed; waiting for a change"),
        }
        tokio::select! {
            () = sources.changed() => printer.note("the sources have changed; building"),
            () = interrupt.received() => break,
        }
    }
    if let Some(services) = services {
        printer.note("draining");
        services.stop().await;
    }
    mesh.close().await;
    outcome
}
