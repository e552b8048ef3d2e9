//! `dev`: runs the development mesh without a service.

use std::env::VarError;

use clap::Args;
use hecate_om_station::Profile;
use hecate_om_station::dev_mesh::{self, DevMesh, MeshFile};

use crate::interrupt::Interrupt;
use crate::output::{Failure, Output};

#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// Cryptographic profile of the mesh
    #[arg(long, default_value = "pq_pure", value_parser = ["pq_pure", "pq_hybrid"])]
    pub(crate) profile: String,
}

pub(crate) async fn run(args: &DevArgs, output: &Output) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new("failed", error.to_string());
    let profile = Profile::parse(&args.profile).map_err(|e| Failure::malformed(e.to_string()))?;
    log()?;
    let mut interrupt = Interrupt::listen()?;
    let dir = dev_mesh::default_state_dir();
    let mesh = tokio::select! {
        mesh = DevMesh::join(&dir, profile) => mesh.map_err(|e| failed(&e))?,
        () = interrupt.received() => return Ok(()),
    };
    let file = mesh.file().clone();
    output.print_result(&file, || {
        let role = if mesh.hosting() {
            "this process hosts the station"
        } else {
            "another process hosts the station; this process takes over when that exits"
        };
        format!(
            "development mesh: {role}\n  station  {}:{}\n  node id  {}\n  realm    {} ({})\n  profile  {}\n  file     \
             {}\nPress Ctrl-C to stop.",
            file.station.host,
            file.station.port,
            file.station.node_id,
            file.realm.name,
            file.realm.id,
            file.profile,
            dir.join(MeshFile::NAME).display(),
        )
    })?;
    interrupt.received().await;
    mesh.close().await;
    Ok(())
}

/// Logs the station's warnings to standard error, or the lines that `HECATE_LOG` selects.
pub(crate) fn log() -> Result<(), Failure> {
    const FILTER: &str = "HECATE_LOG";
    let filter = match std::env::var(FILTER) {
        Err(VarError::NotPresent) => None,
        Ok(text) => Some(text),
        Err(error) => return Err(Failure::malformed(format!("{FILTER}: {error}"))),
    };
    hecate_om::__private::log_for_tool(filter.as_deref())
        .map_err(|error| Failure::malformed(format!("{FILTER}: {error}")))
}
