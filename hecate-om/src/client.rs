//! A caller that serves nothing: what tools and scripts use.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

#[cfg(feature = "dev-mesh")]
use crate::config::MeshMode;
use crate::config::{Config, Defaults, Layers, Profile, Stations};
use crate::mesh::{self, Authority, Identity, Mesh, PoolHandle};

/// A node that only calls. It takes the same environment as a service, and without any finds the development mesh
/// of this machine.
#[derive(Debug)]
pub struct Client {
    mesh: Mesh,
    /// Cancelled when the client is dropped, too.
    connecting: DropGuard,
    links: JoinHandle<Option<PoolHandle>>,
}

/// Why a client cannot begin.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ClientError(String);

impl Client {
    /// Begins to connect, with a node key made for this client alone. The first call waits for the link.
    ///
    /// # Errors
    ///
    /// Where the environment is wrong or incomplete, saying all of it; where nothing is configured and no
    /// development mesh runs.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = hecate_om::Client::connect(std::env::vars_os()).await?;
    /// let answer: String = client.mesh().procedure("hecate-echo/echo.say").call("hello").await?;
    /// client.close().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ClientError> {
        let wrong = |error: &dyn std::fmt::Display| ClientError(error.to_string());
        let layers = Layers::gather(environment, &BTreeMap::new(), None).map_err(|e| wrong(&e))?;
        let defaults = Defaults {
            name: "hecate-om",
            health_port: 0,
        };
        let config = Config::read(&layers, defaults).map_err(|e| wrong(&e))?;
        let (stations, profile) = stations(&config)?;
        mesh::check_stations(&stations, profile).map_err(|e| wrong(&e))?;
        // Solving the key's puzzle takes up to a second of a core.
        let identity = tokio::task::spawn_blocking(move || Identity::ephemeral(profile))
            .await
            .map_err(|e| wrong(&e))?
            .map_err(|e| wrong(&e))?;
        Ok(Self::begin(stations, identity, profile))
    }

    /// Begins to connect as this node.
    pub(crate) fn begin(stations: Stations, identity: Identity, profile: Profile) -> Self {
        let (mesh, setter) = Mesh::pending(identity.node_id, Arc::new(Authority::none()));
        let connecting = CancellationToken::new();
        let cancelled = connecting.clone();
        let links = tokio::spawn(async move {
            // It serves nothing, so nobody seals to it.
            let links =
                mesh::connect(&stations, &identity, profile, false, &setter, &cancelled).await?;
            Some(links.handle())
        });
        Self {
            mesh,
            connecting: connecting.drop_guard(),
            links,
        }
    }

    /// What calls.
    #[must_use]
    pub const fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// Closes the links.
    pub async fn close(self) {
        drop(self.connecting);
        if let Ok(Some(pool)) = self.links.await {
            pool.close().await;
        }
    }
}

fn stations(config: &Config) -> Result<(Stations, Profile), ClientError> {
    match (&config.stations, config.mode) {
        (Some(stations), _) => Ok((stations.clone(), config.profile)),
        #[cfg(feature = "dev-mesh")]
        (None, MeshMode::Dev) => mesh::running(&config.dev_mesh_dir).map_err(ClientError),
        (None, mode) => Err(ClientError(format!(
            "no station is configured (HECATE_MESH={}); set MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS, \
             HECATE_REALM and HECATE_REALM_KEY",
            mode.name()
        ))),
    }
}
