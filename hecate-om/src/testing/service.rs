//! A service that runs in the process of a test.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Issuer, NetworkPath, TIMEOUT, TestMesh, TestStation, lock, nodes, not_ready};
use crate::boot::{
    BootEnvironment, BootError, RunningService, boot, declared_variables, shut_down,
};
use crate::capability::{Callable, NodeId, StateMap, kind};
use crate::capability::{ReadPayload, SentPayload};
use crate::config::Stations;
use crate::health;
use crate::linked::HandlerScope;
use crate::mesh::{CallBuilder, Mesh, StreamBuilder, StreamingKind, TypedCall};
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
pub struct ServiceBuilder<'a, S> {
    mesh: &'a TestMesh,
    /// Station of the service, and its realm.
    stations: Stations,
    addr: SocketAddr,
    settings: BTreeMap<String, String>,
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

    /// Sets a setting that `<service> --help` lists, such as `HECATE_DRAIN_MAX`, or a variable that
    /// the service declares by `env`. Any other variable refuses boot.
    pub fn setting(mut self, variable: &str, value: impl Into<String>) -> Self {
        self.settings.insert(variable.to_owned(), value.into());
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
        let ready = self.ready;
        let booted = self.live().await;
        let booted = booted.unwrap_or_else(|refused| panic!("{} {refused}", S::NAME));
        if ready {
            let waited = booted.ready().await;
            waited.unwrap_or_else(|error| panic!("{error}"));
        }
        booted
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
            &declared_variables::<S>(),
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
            states: self.states,
            issuer: self.issuer,
            own_process: false,
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

impl<S> fmt::Debug for ServiceBuilder<'_, S> {
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

/// Error of a service that cannot be called yet. It lists the missing procedures, each with the
/// reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReady(String);

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotReady {}

/// A service that runs on a [`TestMesh`], in the process of the test. It runs until
/// [`stop`](Booted::stop) is called, which has the effect of SIGTERM, or until the test's runtime
/// ends. Dropping it does not stop the service.
pub struct Booted<S> {
    running: RunningService<S>,
    path: NetworkPath,
    caller: Mesh,
}

impl<S: Contract> Booted<S> {
    /// Drains the service and runs its `stop`. A named replica can then be booted again.
    pub async fn stop(self) {
        shut_down(self.running).await;
    }
}

impl<S> Booted<S> {
    /// Returns the service's org.
    #[must_use]
    pub fn org(&self) -> &str {
        self.running.config.org.as_str()
    }

    /// Returns the service's node id.
    #[must_use]
    pub const fn node_id(&self) -> NodeId {
        self.running.identity.node_id
    }

    /// Returns the service, as its `start` created it.
    #[must_use]
    pub fn service(&self) -> &S {
        &self.running.service
    }

    /// Builds a call from the mesh's [caller](TestMesh::caller) to the service's capability with
    /// this name: `echo.say`, or `echo.say_v2` for version 2. Another replica of the org may
    /// answer.
    pub fn procedure(&self, name: &str) -> CallBuilder<'_> {
        self.caller.procedure(format!("{}/{name}", self.org()))
    }

    /// Builds a call to one of the service's capabilities, from the mesh's
    /// [caller](TestMesh::caller). Another replica of the org may answer.
    pub fn call<T>(&self, request: &T::Request) -> TypedCall<'_, T>
    where
        T: Callable<Kind: kind::AnswersOnce>,
        T::Request: SentPayload,
        T::Response: ReadPayload,
    {
        self.caller.call::<T>(request).org(self.org())
    }

    /// Like [`call`](Self::call), for a streaming capability.
    pub fn open<T>(&self, request: &T::Request) -> StreamBuilder<'_, T>
    where
        T: Callable<Kind: StreamingKind<T>>,
        T::Request: Serialize,
    {
        self.caller.open::<T>(request).org(self.org())
    }

    /// Returns the network path between the service and the station, to inject faults.
    #[must_use]
    pub const fn path(&self) -> &NetworkPath {
        &self.path
    }

    /// Waits until the station has acknowledged every capability.
    ///
    /// # Errors
    ///
    /// If it takes longer than a minute. The error lists the missing procedures, each with the
    /// reason.
    pub async fn ready(&self) -> Result<(), NotReady> {
        let health_state = &self.running.health_state;
        let Some(statuses) = health_state.statuses.get() else {
            return Ok(());
        };
        let served = tokio::time::timeout(TIMEOUT, statuses.served()).await;
        served.map_err(|_| {
            NotReady(format!(
                "{} as {}",
                health_state.service.name,
                not_ready(statuses)
            ))
        })
    }

    /// Returns the body of `/health`.
    #[must_use]
    pub fn health(&self) -> Value {
        self.running.health_state.body().1
    }

    /// Waits until the body of `/health` meets a condition, and returns the body.
    ///
    /// # Panics
    ///
    /// If the condition is not met within a minute.
    pub async fn healthy_until(&self, is: impl Fn(&Value) -> bool) -> Value {
        let healthy = async {
            loop {
                let body = self.health();
                if is(&body) {
                    return body;
                }
                // Ages in the body change without a notification.
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        match tokio::time::timeout(TIMEOUT, healthy).await {
            Ok(body) => body,
            Err(_) => panic!(
                "the health is not as expected within {TIMEOUT:?}: {:#}",
                self.health()
            ),
        }
    }

    /// Returns the page of `/metrics`.
    #[must_use]
    pub fn metrics(&self) -> String {
        health::scrape(Arc::clone(&self.running.health_state))
            .expect("writing to a string succeeds")
    }

    /// Returns the address of `/health`: `http://127.0.0.1:…/health`.
    #[must_use]
    pub fn health_url(&self) -> &str {
        &self.running.health_server.address
    }
}

/// Poll interval of `/health`.
const POLL_INTERVAL: std::time::Duration = std::time::Duration::from_millis(10);

impl<S> fmt::Debug for Booted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Booted")
            .field("service", &self.running.health_state.service.name)
            .field("org", &self.org())
            .field("node_id", &self.node_id())
            .finish_non_exhaustive()
    }
}
