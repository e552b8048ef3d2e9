//! A caller that serves nothing: what tools and scripts use.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

#[cfg(feature = "dev-mesh")]
use crate::config::MeshMode;
use crate::config::{Config, Layers, Profile, SETTINGS, Stations};
use crate::mesh::{self, Authority, Identity, Mesh, PoolHandle};

/// Timeout of sending the queued facts when a client closes, and again of the stations'
/// confirmations.
const PUBLISH: Duration = Duration::from_secs(5);

/// A node that only calls. It takes the same environment as a service, and without any finds the development mesh
/// of this machine.
#[derive(Debug)]
pub struct Client {
    mesh: Mesh,
    /// Cancelled when the client is dropped, too.
    connecting: DropGuard,
    links: JoinHandle<Option<PoolHandle>>,
}

/// How a [`Client`] begins: as its environment says, and what is set here above that.
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is connected before `connect`"]
pub struct ClientBuilder {
    settings: Vec<(String, String)>,
    identity: Option<PathBuf>,
}

/// Why a client cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// What is set is wrong or incomplete; the text says all of it.
    #[error("{0}")]
    Configuration(String),
    /// The node key cannot be used or made.
    #[error("{0}")]
    Identity(String),
    /// Nothing is configured, and no development mesh runs on this machine.
    #[error("{0}")]
    NoMesh(String),
}

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
        Self::builder().connect(environment).await
    }

    /// A client of which more is to be said than its environment does: settings that win over it, a kept node key.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = hecate_om::Client::builder()
    ///     .setting("HECATE_PROFILE", "pq_hybrid")
    ///     .identity("/home/ada/.config/hecate/identity.key")
    ///     .connect(std::env::vars_os())
    ///     .await?;
    /// println!("calls are made as {}", client.mesh().node_id());
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Starts to connect as this node. `dev_mesh` is the folder of the development mesh, if the stations are its.
    pub(crate) fn begin(
        stations: Stations,
        identity: Identity,
        profile: Profile,
        authority: Authority,
        dev_mesh: Option<PathBuf>,
    ) -> Self {
        let (mesh, setter) = Mesh::pending(identity.node_id, Arc::new(authority));
        if let Some(folder) = dev_mesh {
            setter.is_of_dev_mesh(folder);
        }
        let connecting = CancellationToken::new();
        let cancelled = connecting.clone();
        let links = tokio::spawn(async move {
            let links = mesh::connect_unsealed(&stations, &identity, profile, &setter, &cancelled);
            Some(links.await?.handle())
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

    /// Stops sharing contents, waits a few seconds at most for published facts to reach the
    /// stations, and closes the links.
    pub async fn close(self) {
        // Who calls from a script does not wait for who fetches from it.
        self.mesh.contents().stop_sharing(Instant::now()).await;
        let queue = &self.mesh.facts().publish_queue;
        if queue.was_used() {
            let left = tokio::time::timeout(PUBLISH, queue.idle()).await;
            if left.is_err() || !self.mesh.connection().flush(PUBLISH).await.is_empty() {
                tracing::warn!("some facts were not confirmed by a station within {PUBLISH:?}");
            }
        }
        drop(self.connecting);
        if let Ok(Some(pool)) = self.links.await {
            pool.close().await;
        }
    }
}

impl ClientBuilder {
    /// Sets a variable, as a service's flag would: it wins over the environment and over the file that `HECATE_CONFIG`
    /// names.
    pub fn setting(mut self, variable: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((variable.into(), value.into()));
        self
    }

    /// Connects with the node key in this file, made there where there is none: the same node at each time, as a token
    /// that is made out to it needs. A key that cannot be used is refused and left as it is, and one key serves one
    /// process at a time.
    pub fn identity(mut self, file: impl Into<PathBuf>) -> Self {
        self.identity = Some(file.into());
        self
    }

    /// Begins to connect; see [`Client::connect`].
    ///
    /// # Errors
    ///
    /// As [`Client::connect`], and where the node key cannot be used or made.
    pub async fn connect(
        self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Client, ClientError> {
        let configuration =
            |error: &dyn std::fmt::Display| ClientError::Configuration(error.to_string());
        let flags = flags(self.settings)?;
        let layers =
            Layers::gather(environment, &flags, None, &[]).map_err(|e| configuration(&e))?;
        let config = Config::read_of_client(&layers).map_err(|e| configuration(&e))?;
        let (stations, profile) = stations(&config)?;
        #[cfg(feature = "dev-mesh")]
        let dev_mesh = config
            .stations
            .is_none()
            .then(|| config.dev_mesh_dir.clone());
        #[cfg(not(feature = "dev-mesh"))]
        let dev_mesh = None;
        mesh::check_stations(&stations, profile).map_err(|e| configuration(&e))?;
        // Solving the key's puzzle takes up to a second of a core.
        let identity = tokio::task::spawn_blocking(move || match self.identity {
            Some(file) => Identity::load_or_create(&file, profile).map_err(|e| e.for_named_file()),
            None => Identity::ephemeral(profile),
        })
        .await
        .map_err(|e| ClientError::Identity(e.to_string()))?
        .map_err(ClientError::Identity)?;
        Ok(Client::begin(
            stations,
            identity,
            profile,
            Authority::none(),
            dev_mesh,
        ))
    }
}

/// The settings by the names that the layers know them by.
fn flags(settings: Vec<(String, String)>) -> Result<BTreeMap<&'static str, String>, ClientError> {
    let known = |(name, value): (String, String)| {
        let setting = SETTINGS.iter().find(|one| one.variable == name);
        let setting = setting.ok_or_else(|| {
            ClientError::Configuration(format!("`{name}` is no setting of the runtime"))
        })?;
        Ok((setting.variable, value))
    };
    settings.into_iter().map(known).collect()
}

fn stations(config: &Config) -> Result<(Stations, Profile), ClientError> {
    match (&config.stations, config.mode) {
        (Some(stations), _) => Ok((stations.clone(), config.profile)),
        #[cfg(feature = "dev-mesh")]
        (None, MeshMode::Dev) => mesh::running(&config.dev_mesh_dir).map_err(ClientError::NoMesh),
        (None, mode) => Err(ClientError::NoMesh(format!(
            "no station is configured (HECATE_MESH={}); set MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS, \
             HECATE_REALM and HECATE_REALM_KEY",
            mode.name()
        ))),
    }
}
