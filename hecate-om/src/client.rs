//! A caller that serves nothing, for tools and scripts.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::cause::Cause;
#[cfg(feature = "dev-mesh")]
use crate::config::MeshMode;
use crate::config::{Config, ConfigError, Layers, OwnVariables, Profile, SETTINGS, Stations};
use crate::mesh::{self, Authority, Identity, LinkOptions, Mesh, NamedKeyError, PoolHandle};

/// Timeout of sending the queued facts when a client closes, and again of waiting for the stations'
/// confirmations.
const PUBLISH_TIMEOUT: Duration = Duration::from_secs(5);

/// A node that only makes calls. It reads the same environment variables as a service; without any,
/// it connects to the development mesh of this machine.
#[derive(Debug)]
pub struct Client {
    mesh: Mesh,
    /// Cancels connecting, also when the client is dropped.
    connecting: DropGuard,
    links: JoinHandle<Option<PoolHandle>>,
}

/// Builder of a [`Client`]. Its settings override those of the environment.
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is connected before `connect`"]
pub struct ClientBuilder {
    settings: Vec<(String, String)>,
    identity: Option<PathBuf>,
}

/// The error of a client that cannot be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The configuration is invalid or incomplete. The text lists every mistake and what to do.
    #[error(transparent)]
    Configuration(Cause),
    /// The node key can be neither loaded nor created. The text names the file.
    #[error(transparent)]
    Identity(Cause),
    /// No station is configured, and no development mesh runs on this machine: set the stations, or
    /// run `hecate-om dev`.
    #[error(transparent)]
    NoMesh(Cause),
}

impl Client {
    /// Starts to connect, with a new node key for this client. The first call waits for the link.
    ///
    /// # Errors
    ///
    /// If the environment is invalid or incomplete, or if no station is configured and no
    /// development mesh runs.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = hecate_om::Client::from_env(std::env::vars_os()).await?;
    /// let answer: String = client.mesh().procedure("hecate-echo/echo.say").call("hello").await?;
    /// client.close().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_env(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ClientError> {
        Self::builder().connect(environment).await
    }

    /// Returns a builder, for settings that override the environment, or for a node key in a file.
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

    /// Starts to connect as this node. `dev_mesh` is the folder of the development mesh, if the
    /// stations belong to it.
    pub(crate) fn start(
        stations: Stations,
        identity: Identity,
        profile: Profile,
        authority: Authority,
        dev_mesh: Option<PathBuf>,
    ) -> Self {
        let (mesh, setter) = Mesh::pending(&identity, Arc::new(authority));
        if let Some(folder) = dev_mesh {
            setter.is_of_dev_mesh(folder);
        }
        let connecting = CancellationToken::new();
        let cancelled = connecting.clone();
        let links = tokio::spawn(async move {
            let options = LinkOptions::unsealed(profile);
            let links = mesh::connect(&stations, &identity, options, &setter, &cancelled);
            Some(links.await?.handle())
        });
        Self {
            mesh,
            connecting: connecting.drop_guard(),
            links,
        }
    }

    /// Returns the mesh, to make calls.
    #[must_use]
    pub const fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// Stops sharing contents, waits at most a few seconds for published facts to reach the
    /// stations, and closes the links.
    pub async fn close(self) {
        // Does not wait for nodes that still fetch the contents, because a script must end at once.
        self.mesh.contents().stop_sharing(Instant::now()).await;
        let queue = &self.mesh.facts().publish_queue;
        if queue.was_used() {
            let sent = tokio::time::timeout(PUBLISH_TIMEOUT, queue.idle()).await;
            if sent.is_err()
                || !self
                    .mesh
                    .connection()
                    .flush(PUBLISH_TIMEOUT)
                    .await
                    .is_empty()
            {
                tracing::warn!(
                    timeout = ?PUBLISH_TIMEOUT,
                    "a station did not confirm the last facts in time"
                );
            }
        }
        drop(self.connecting);
        if let Ok(Some(pool)) = self.links.await {
            pool.close().await;
        }
        self.mesh.connection().report_unconfirmed_facts();
    }
}

impl ClientBuilder {
    /// Sets a setting, such as `HECATE_PROFILE`. It overrides the environment and the file of
    /// `HECATE_CONFIG`.
    pub fn setting(mut self, variable: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((variable.into(), value.into()));
        self
    }

    /// Uses the node key in this file, which is created if it does not exist. The client is then
    /// always the same node, to which tokens can be issued. An unusable key is not changed, and
    /// only one process at a time can use a key.
    pub fn identity(mut self, file: impl Into<PathBuf>) -> Self {
        self.identity = Some(file.into());
        self
    }

    /// Starts to connect; see [`Client::from_env`].
    ///
    /// # Errors
    ///
    /// Same as [`Client::from_env`], and if the node key can be neither loaded nor created.
    pub async fn connect(
        self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Client, ClientError> {
        let flags = flags(self.settings)?;
        let layers = Layers::merge(environment, &flags, None, OwnVariables::default())
            .map_err(|error| configuration(ConfigError(error.errors)))?;
        let config = Config::read_of_client(&layers).map_err(configuration)?;
        let (stations, profile) = stations(&config)?;
        #[cfg(feature = "dev-mesh")]
        let dev_mesh = config
            .stations
            .is_none()
            .then(|| config.dev_mesh_dir.clone());
        #[cfg(not(feature = "dev-mesh"))]
        let dev_mesh = None;
        mesh::check_stations(&stations, profile).map_err(configuration)?;
        // Creating a key occupies a core for up to a second.
        let identity = tokio::task::spawn_blocking(move || match self.identity {
            Some(file) => Identity::load_or_create(&file, profile)
                .map_err(|error| Cause::new(NamedKeyError(error))),
            None => Identity::ephemeral(profile).map_err(Cause::new),
        })
        .await
        .map_err(|error| ClientError::Identity(Cause::new(error)))?
        .map_err(ClientError::Identity)?;
        Ok(Client::start(
            stations,
            identity,
            profile,
            Authority::none(),
            dev_mesh,
        ))
    }
}

fn configuration(error: impl Into<Box<dyn Error + Send + Sync>>) -> ClientError {
    ClientError::Configuration(Cause::new(error))
}

fn no_mesh(error: impl Into<Box<dyn Error + Send + Sync>>) -> ClientError {
    ClientError::NoMesh(Cause::new(error))
}

/// Returns the settings by the names of their variables.
fn flags(settings: Vec<(String, String)>) -> Result<BTreeMap<String, String>, ClientError> {
    let known = |(name, value): (String, String)| {
        if SETTINGS.iter().any(|setting| setting.variable == name) {
            return Ok((name, value));
        }
        Err(configuration(format!(
            "unknown setting `{name}`; `<service> --help` lists the settings"
        )))
    };
    settings.into_iter().map(known).collect()
}

fn stations(config: &Config) -> Result<(Stations, Profile), ClientError> {
    match (&config.stations, config.mode) {
        (Some(stations), _) => Ok((stations.clone(), config.profile)),
        #[cfg(feature = "dev-mesh")]
        (None, MeshMode::Dev) => mesh::running(&config.dev_mesh_dir).map_err(no_mesh),
        (None, mode) => Err(no_mesh(format!(
            "no station is configured (HECATE_MESH={}); set MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS, \
             HECATE_REALM and HECATE_REALM_KEY",
            mode.name()
        ))),
    }
}
