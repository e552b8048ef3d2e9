//! The step `mesh`: joins the development mesh, or uses the configured stations.

#[cfg(feature = "dev-mesh")]
use std::time::Duration;

use tokio::sync::watch;

use super::progress::BootProgress;
use crate::boot::error::BootError;
#[cfg(feature = "dev-mesh")]
use crate::boot::error::StepResult as _;
#[cfg(feature = "dev-mesh")]
use crate::boot_refusal::Reason;
#[cfg(feature = "dev-mesh")]
use crate::config::MeshMode;
use crate::config::{Config, Stations};
#[cfg(feature = "dev-mesh")]
use crate::mesh::DevMesh;

/// Time that joining the development mesh may continue after a signal.
#[cfg(feature = "dev-mesh")]
const JOIN_GRACE: Duration = Duration::from_secs(3);

/// The mesh that a service links to.
pub(super) struct JoinedMesh {
    /// `None` without a mesh.
    pub(super) stations: Option<Stations>,
    /// Receives new addresses of the stations; only a development mesh changes them.
    pub(super) moves: Option<watch::Receiver<Stations>>,
    #[cfg(feature = "dev-mesh")]
    pub(super) dev_mesh: Option<DevMesh>,
}

impl JoinedMesh {
    /// Joins the development mesh if the configuration says so.
    #[cfg(feature = "dev-mesh")]
    pub(super) async fn join(
        config: &Config,
        progress: &BootProgress<'_>,
    ) -> Result<Self, BootError> {
        if config.mode != MeshMode::Dev {
            return Ok(Self {
                stations: config.stations.clone(),
                moves: None,
                dev_mesh: None,
            });
        }
        let dev_mesh = join_dev_mesh(config, progress).await?;
        Ok(Self {
            stations: Some(dev_mesh.stations.clone()),
            moves: Some(dev_mesh.moves.clone()),
            dev_mesh: Some(dev_mesh),
        })
    }

    #[cfg(not(feature = "dev-mesh"))]
    #[expect(
        clippy::unused_async,
        reason = "it joins the development mesh if the feature is enabled"
    )]
    pub(super) async fn join(
        config: &Config,
        _progress: &BootProgress<'_>,
    ) -> Result<Self, BootError> {
        Ok(Self {
            stations: config.stations.clone(),
            moves: None,
        })
    }
}

#[cfg(feature = "dev-mesh")]
async fn join_dev_mesh(config: &Config, progress: &BootProgress<'_>) -> Result<DevMesh, BootError> {
    let joining = DevMesh::join(&config.dev_mesh_dir, config.profile);
    tokio::pin!(joining);
    let joined = tokio::select! {
        joined = &mut joining => joined,
        () = progress.ended.cancelled() => {
            // A starting station writes its keys and files, so it is stopped only once they are
            // complete.
            if let Ok(Ok(dev_mesh)) = tokio::time::timeout(JOIN_GRACE, joining).await {
                dev_mesh.leave().await;
            }
            return Err(progress.cancelled());
        }
    };
    let dev_mesh = joined.refused_at("mesh", Reason::DEV_MESH_UNAVAILABLE)?;
    let seed = &dev_mesh.stations.seeds[0];
    tracing::warn!(
        mesh_file = %dev_mesh.file.display(),
        station = format!("{}:{}", seed.host, seed.port),
        realm = dev_mesh.stations.realm.name,
        hosts_station = dev_mesh.is_host(),
        "using the development mesh of this machine; set HECATE_MESH=required for a real mesh"
    );
    Ok(dev_mesh)
}
