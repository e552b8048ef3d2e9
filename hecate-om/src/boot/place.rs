//! Where the service meets the mesh: this machine's own, the realm's stations, or none.

use tokio::sync::watch;

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

/// Where the service meets the mesh.
pub(super) struct Place {
    pub(super) stations: Option<Stations>,
    /// Where the stations move to, if they may.
    pub(super) moves: Option<watch::Receiver<Stations>>,
    #[cfg(feature = "dev-mesh")]
    pub(super) dev: Option<DevMesh>,
}

impl Place {
    #[cfg(feature = "dev-mesh")]
    pub(super) async fn find(config: &Config) -> Result<Self, BootError> {
        let dev = match config.mode {
            MeshMode::Dev => Some(join_dev(config).await?),
            _ => None,
        };
        let of_dev = dev.as_ref().map(|dev| dev.stations.clone());
        Ok(Self {
            stations: of_dev.or_else(|| config.stations.clone()),
            moves: dev.as_ref().map(|dev| dev.moves.clone()),
            dev,
        })
    }

    #[cfg(not(feature = "dev-mesh"))]
    #[expect(
        clippy::unused_async,
        reason = "it joins the development mesh where there is one"
    )]
    pub(super) async fn find(config: &Config) -> Result<Self, BootError> {
        Ok(Self {
            stations: config.stations.clone(),
            moves: None,
        })
    }
}

#[cfg(feature = "dev-mesh")]
async fn join_dev(config: &Config) -> Result<DevMesh, BootError> {
    let dev = DevMesh::join(&config.dev_mesh_dir, config.profile)
        .await
        .refused("mesh", Reason::DEV_MESH_UNAVAILABLE)?;
    tracing::warn!(
        mesh_file = %dev.file.display(),
        station = format!("{}:{}", dev.stations.seeds[0].host, dev.stations.seeds[0].port),
        realm = dev.stations.realm.name,
        "this is a development mesh, on this machine only, {}; set HECATE_MESH=required for a real one",
        match dev.is_host() {
            true => "and this process hosts its station",
            false => "and another process hosts its station",
        }
    );
    Ok(dev)
}
