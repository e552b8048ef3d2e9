//! Boot of a service in the process of a test.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Booted, Issuer, TestMesh, TestStation, lock, nodes};
use crate::boot::{BootEnvironment, BootError, boot, declared_variables};
use crate::capability::{NodeId, StateMap};
use crate::config::Stations;
use crate::linked::HandlerScope;
use crate::service::Contract;

impl TestMesh {
    /// Boots a service with default settings, and returns once the service can be called.
    ///
    /// # Panics
    ///
    /// If boot is refused, or if the service does not get ready.
    pub async fn boot<S: Contract>(&self) -> Booted<S> {
        self.service().boot().await
    }

    /// Boots a service with these settings of its own, and returns once the service can be called.
    ///
    /// # Panics
    ///
    /// If boot is refused, or if the service does not get ready.
    pub async fn boot_with<S: Contract>(&self, settings: S::Settings) -> Booted<S> {
        self.service().settings(settings).boot().await
    }

    /// Returns a builder, for a service with other settings.
    pub fn service<S: Contract>(&self) -> ServiceBuilder<'_, S> {
        ServiceBuilder::new(self)
    }
}

/// Builder of a service on a [`TestMesh`], from [`TestMesh::service`].
///
/// The service reads only the settings of this builder, not the environment of the test. Of the
/// handlers linked into the test, it serves those of its own package and of the packages in its
/// manifest.
#[must_use = "nothing is booted before `boot`"]
pub struct ServiceBuilder<'a, S: Contract> {
    mesh: &'a TestMesh,
    /// Station of the service, and its realm.
    stations: Stations,
    addr: SocketAddr,
    settings: BTreeMap<String, String>,
    /// Settings of the service itself, which replace those in `settings`.
    own_settings: Option<Arc<S::Settings>>,
    states: StateMap,
    issuer: Option<NodeId>,
    replica: Option<String>,
    ready: bool,
    service: std::marker::PhantomData<fn() -> S>,
}

impl<'a, S: Contract> ServiceBuilder<'a, S> {
    fn new(mesh: &'a TestMesh) -> Self {
        Self {
            mesh,
            stations: mesh.stations.clone(),
            addr: mesh.addr,
            settings: BTreeMap::new(),
            own_settings: None,
            states: StateMap::default(),
            issuer: None,
            replica: None,
            ready: true,
            service: std::marker::PhantomData,
        }
    }

    /// Sets the org (`HECATE_ORG`). The default is the service's name.
    pub fn org(self, org: &str) -> Self {
        self.setting("HECATE_ORG", org)
    }

    /// Sets a setting that `<service> --help` lists, such as `HECATE_DRAIN_MAX` or one of the
    /// service itself, or a variable that the service declares by `env`. Any other variable refuses
    /// boot.
    pub fn setting(mut self, variable: &str, value: impl Into<String>) -> Self {
        self.settings.insert(variable.to_owned(), value.into());
        self
    }

    /// Gives the service these settings, instead of reading them from variables.
    pub fn settings(mut self, settings: S::Settings) -> Self {
        self.own_settings = Some(Arc::new(settings));
        self
    }

    /// Provides a `T` that handlers borrow. It replaces the `T` from the service's `start`, if
    /// there is one.
    pub fn provide<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.provide_shared(Arc::new(value))
    }

    /// Like [`provide`](Self::provide), for a value that the test keeps a reference to.
    pub fn provide_shared<T: Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.states.insert(value);
        self
    }

    /// Boots the service in a realm that was [added to the mesh](super::TestMeshBuilder::realm),
    /// instead of the mesh's own realm.
    ///
    /// # Panics
    ///
    /// If the mesh has no realm with this name.
    pub fn realm(mut self, name: &str) -> Self {
        self.stations.realm = self.mesh.realm_of(name);
        self
    }

    /// Links the service to [another station](TestMesh::another_station) instead of the mesh's own
    /// station.
    pub fn station(mut self, station: &TestStation) -> Self {
        self.stations.seeds = vec![station.seed()];
        self.addr = station.addr();
        self
    }

    /// Accepts the tokens of this issuer, instead of those of the issuers that the service's
    /// capabilities name (`access = ucan(issuer = …)`), whether by a literal or by a setting.
    pub fn issuer(mut self, issuer: &Issuer) -> Self {
        self.issuer = Some(issuer.node_id());
        self
    }

    /// Boots the replica with this name. A replica that is stopped and booted again is the same
    /// node, with the same node key and state. By default each booted service is a new node.
    pub fn replica(mut self, name: &str) -> Self {
        self.replica = Some(name.to_owned());
        self
    }

    /// Returns from boot before the service can be called, for instance because the realm grants it
    /// later. [`Booted::ready`] waits until the service is ready.
    pub const fn without_waiting(mut self) -> Self {
        self.ready = false;
        self
    }

    /// Boots the service, and returns once the service can be called.
    ///
    /// # Panics
    ///
    /// If boot is refused, or if the service does not get ready.
    pub async fn boot(self) -> Booted<S> {
        let booted = self.try_boot().await;
        booted.unwrap_or_else(|refused| panic!("{} {refused}", S::NAME))
    }

    /// Like [`boot`](Self::boot), for a boot that may be refused.
    ///
    /// # Errors
    ///
    /// If boot is refused. The error contains the step and the reasons.
    ///
    /// # Panics
    ///
    /// If the service boots but does not get ready.
    pub async fn try_boot(self) -> Result<Booted<S>, BootRefused> {
        let ready = self.ready;
        let booted = self.live().await?;
        if ready {
            let waited = booted.ready().await;
            waited.unwrap_or_else(|error| panic!("{error}"));
        }
        Ok(booted)
    }

    async fn live(self) -> Result<Booted<S>, BootRefused> {
        let mesh = self.mesh;
        let path = mesh.path(self.addr).await;
        let folder = mesh.node_folder(self.replica.as_deref()).await;
        let settings = self
            .settings
            .iter()
            .map(|(variable, value)| (&**variable, &**value));
        let layers = nodes::layers(
            &self.stations,
            path.addr(),
            &folder,
            settings,
            declared_variables::<S>(),
        )
        .map_err(|error| {
            BootRefused(BootError {
                step: "config",
                refusals: error.errors,
            })
        })?;
        let environment = BootEnvironment {
            layers,
            clock: mesh.clock.clone(),
            scope: HandlerScope::of_service(S::PACKAGE, S::MANIFEST),
            settings: self.own_settings,
            states: self.states,
            issuer: self.issuer,
            own_process: false,
            sources: None,
        };
        let running = boot::<S>(
            environment,
            crate::boot::health_state::<S>(),
            &CancellationToken::new(),
        )
        .await
        .map_err(BootRefused)?;
        if let Some(statuses) = running.health_state.statuses.get() {
            lock(&mesh.status_tables).push(Arc::clone(statuses));
        }
        Ok(Booted {
            running,
            path,
            caller: mesh.caller().clone(),
        })
    }
}

impl<S: Contract> fmt::Debug for ServiceBuilder<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceBuilder")
            .field("settings", &self.settings)
            .field("replica", &self.replica)
            .field("ready", &self.ready)
            .finish_non_exhaustive()
    }
}

/// Error of a refused boot.
#[derive(Debug)]
pub struct BootRefused(BootError);

impl BootRefused {
    /// Returns the boot step that refused, such as `config`.
    #[must_use]
    pub const fn step(&self) -> &'static str {
        self.0.step
    }

    /// Returns the names of the refusals, as in the field `refusal` of the log. The names are
    /// stable.
    #[must_use]
    pub fn reasons(&self) -> Vec<&'static str> {
        self.0
            .refusals
            .iter()
            .map(|refusal| refusal.reason.name())
            .collect()
    }
}

impl fmt::Display for BootRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for BootRefused {}
