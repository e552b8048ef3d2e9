//! Where the service meets the mesh: this machine's own, the realm's stations, or none.

#[cfg(feature = "dev-mesh")]
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "dev-mesh")]
use super::error::At;
use super::error::BootError;
#[cfg(feature = "dev-mesh")]
use crate::boot_refusal::Reason;
#[cfg(feature = "dev-mesh")]
use crate::config::MeshMode;
use crate::config::{Config, Stations};
#[cfg(feature = "dev-mesh")]
use crate::mesh::DevMesh;

/// How long joining the development mesh may continue after a signal.
#[cfg(feature = "dev-mesh")]
const JOIN_GRACE: Duration = Duration::from_secs(3);

/// Where the service meets the mesh.
pub(super) struct Place {
    pub(super) stations: Option<Stations>,
    /// Where the stations move to, if they may.
    pub(super) moves: Option<watch::Receiver<Stations>>,
    #[cfg(feature = "dev-mesh")]
    pub(super) dev: Option<DevMesh>,
}

impl Place {
    /// Finds the mesh; `None` if `ended` is cancelled first.
    #[cfg(feature = "dev-mesh")]
    pub(super) async fn find(
        config: &Config,
        ended: &CancellationToken,
    ) -> Result<Option<Self>, BootError> {
        let dev = match config.mode {
            MeshMode::Dev => match join_dev(config, ended).await? {
                Some(dev) => Some(dev),
                None => return Ok(None),
            },
            _ => None,
        };
        let of_dev = dev.as_ref().map(|dev| dev.stations.clone());
        Ok(Some(Self {
            stations: of_dev.or_else(|| config.stations.clone()),
            moves: dev.as_ref().map(|dev| dev.moves.clone()),
            dev,
        }))
    }

    #[cfg(not(feature = "dev-mesh"))]
    #[expect(
        clippy::unused_async,
        reason = "it joins the development mesh where there is one"
    )]
    pub(super) async fn find(
        config: &Config,
        _ended: &CancellationToken,
    ) -> Result<Option<Self>, BootError> {
        Ok(Some(Self {
            stations: config.stations.clone(),
            moves: None,
        }))
    }
}

#[cfg(feature = "dev-mesh")]
async fn join_dev(
    config: &Config,
    ended: &CancellationToken,
) -> Result<Option<DevMesh>, BootError> {
    let joining = DevMesh::join(&config.dev_mesh_dir, config.profile);
    tokio::pin!(joining);
    let joined = tokio::select! {
        joined = &mut joining => joined,
        () = ended.cancelled() => {
            // A starting station writes its keys and files; it is stopped only once they are
            // complete.
            if let Ok(Ok(dev)) = tokio::time::timeout(JOIN_GRACE, joining).await {
                dev.leave().await;
            }
            return Ok(None);
        }
    };
    let dev = joined.refused("mesh", Reason::DEV_MESH_UNAVAILABLE)?;
    tracing::warn!(
        mesh_file = %dev.file.display(),
        station = format!("{}:{}", dev.stations.seeds[0].host, dev.stations.seeds[0].port),
        realm = dev.stations.realm.name,
        "this is a development mesh, on this machine only, {}; set HECATE_MESH=required for a real one",
        if dev.is_host() {
            "and this process hosts its station"
        } else {
            "and another process hosts its station"
        }
    );
    Ok(Some(dev))
}
