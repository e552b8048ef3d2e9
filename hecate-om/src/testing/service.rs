//! A service that runs in the test's process.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Issuer, PATIENCE, Path, TestMesh, TestStation, lock, not_ready};
use crate::boot::{
    BootEnvironment, BootError, RunningService, boot, declared_variables, shut_down,
};
use crate::capability::{Callable, NodeId, States, kind};
use crate::capability::{ReadPayload, SentPayload};
use crate::config::Stations;
use crate::health;
use crate::linked::HandlerScope;
use crate::mesh::{CallBuilder, Mesh, StreamBuilder, StreamingKind, TypedCall};
use crate::service::Contract;

/// A service to boot on a [`TestMesh`], made by [`TestMesh::service`].
///
/// It is not told of the test's environment: what it is configured by is what the test sets here. Of the handlers that
/// were linked into the test, it serves those of the service's own package and of the packages in its manifest.
#[must_use = "nothing is booted before `boot`"]
pub struct ServiceBuilder<'a, S> {
    mesh: &'a TestMesh,
    /// The station that it is linked to, and its realm.
    stations: Stations,
    addr: SocketAddr,
    settings: BTreeMap<String, String>,
    states: States,
    issuer: Option<NodeId>,
    instance: Option<String>,
    ready: bool,
    service: std::marker::PhantomData<fn() -> S>,
}

impl<'a, S: Contract> ServiceBuilder<'a, S> {
    pub(super) fn new(mesh: &'a TestMesh) -> Self {
        Self {
            mesh,
            stations: mesh.stations.clone(),
            addr: mesh.addr,
            settings: BTreeMap::new(),
            states: States::default(),
            issuer: None,
            instance: None,
            ready: true,
            service: std::marker::PhantomData,
        }
    }

    /// The org that it provides for, instead of the one of its own name (`HECATE_ORG`).
    pub fn org(self, org: &str) -> Self {
        self.setting("HECATE_ORG", org)
    }

    /// Sets a setting that `<service> --help` lists, such as `HECATE_DRAIN_MAX`, or a variable that the service
    /// declares by `env`. Another variable refuses boot.
    pub fn setting(mut self, variable: &str, value: impl Into<String>) -> Self {
        self.settings.insert(variable.to_owned(), value.into());
        self
    }

    /// Gives handlers this `T` to borrow, in the place of what the service's `start` provides, if it does.
    pub fn provide<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.provide_shared(Arc::new(value))
    }

    /// [`provide`](Self::provide) for a value that the test keeps a hold of, too.
    pub fn provide_shared<T: Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.states.insert(value);
        self
    }

    /// Boots it in a realm that the mesh was [built with](super::TestMeshBuilder::realm), in the place of the mesh's own.
    ///
    /// # Panics
    ///
    /// If the mesh has no realm of this name.
    pub fn realm(mut self, name: &str) -> Self {
        self.stations.realm = self.mesh.realm_of(name);
        self
    }

    /// Links it to [another station](TestMesh::another_station), in the place of the mesh's own.
    pub fn station(mut self, station: &TestStation) -> Self {
        self.stations.seeds = vec![station.seed()];
        self.addr = station.addr();
        self
    }

    /// Accepts the tokens of this issuer, in the place of every issuer that the service's capabilities name
    /// (`access = ucan(issuer = …)`), by a literal or a setting.
    pub fn issuer(mut self, issuer: &Issuer) -> Self {
        self.issuer = Some(issuer.node_id());
        self
    }

    /// Boots it as the instance of this name. An instance has its node key and its state for as long as the mesh
    /// lasts: booted again after it was stopped, it is the same node. Without a name it is one of its own.
    pub fn instance(mut self, name: &str) -> Self {
        self.instance = Some(name.to_owned());
        self
    }

    /// Does not wait until it can be called: for one that the realm is to grant later, say. [`Booted::ready`] waits.
    pub const fn without_waiting(mut self) -> Self {
        self.ready = false;
        self
    }

    /// Boots it, and returns once it can be called.
    ///
    /// # Panics
    ///
    /// Where its boot is refused, or it does not get ready: saying why.
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

    /// [`boot`](Self::boot), for a boot that may be refused.
    ///
    /// # Errors
    ///
    /// Where boot is refused, for what and at which step.
    ///
    /// # Panics
    ///
    /// Where it boots and does not get ready: saying why.
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
        let folder = mesh.node(self.instance.as_deref()).await;
        let settings = self
            .settings
            .iter()
            .map(|(variable, value)| (&**variable, &**value));
        let layers = TestMesh::layers(
            &self.stations,
            &path,
            &folder,
            settings,
            &declared_variables::<S>(),
        )
        .map_err(|wrong| {
            BootRefused(BootError {
                step: "config",
                refusals: wrong.wrong,
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
            .field("instance", &self.instance)
            .field("ready", &self.ready)
            .finish_non_exhaustive()
    }
}

/// Why a service did not boot.
#[derive(Debug)]
pub struct BootRefused(BootError);

impl BootRefused {
    /// The step of boot at which it was refused: `config`, say.
    #[must_use]
    pub const fn step(&self) -> &'static str {
        self.0.step
    }

    /// The names of the reasons, as they stand in the log's field `refusal`; they do not change.
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

/// Which procedures of a service cannot be called yet, each with why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReady(String);

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotReady {}

/// A service that runs on a [`TestMesh`], in the test's process. Dropping it leaves it running for as long as the
/// test's runtime does; [`stop`](Booted::stop) ends it as SIGTERM would.
pub struct Booted<S> {
    running: RunningService<S>,
    path: Path,
    caller: Mesh,
}

impl<S: Contract> Booted<S> {
    /// Ends it: it drains, and its `stop` runs. Its instance can be booted again.
    pub async fn stop(self) {
        shut_down(self.running).await;
    }
}

impl<S> Booted<S> {
    /// The org that it provides for.
    #[must_use]
    pub fn org(&self) -> &str {
        self.running.config.org.as_str()
    }

    /// The node that it is.
    #[must_use]
    pub const fn node_id(&self) -> NodeId {
        self.running.identity.node_id
    }

    /// The service itself, as its `start` made it.
    #[must_use]
    pub fn service(&self) -> &S {
        &self.running.service
    }

    /// A call from the mesh's [caller](TestMesh::caller) to what this service serves by this name: `echo.say`, or
    /// `echo.say_v2` for a version above 1. Another instance of the same org may answer.
    pub fn procedure(&self, name: &str) -> CallBuilder<'_> {
        self.caller.procedure(format!("{}/{name}", self.org()))
    }

    /// A call of one of its capabilities, from the mesh's [caller](TestMesh::caller). Another instance of the same org may
    /// answer.
    pub fn call<T>(&self, request: &T::Request) -> TypedCall<'_, T>
    where
        T: Callable<Kind: kind::AnswersOnce>,
        T::Request: SentPayload,
        T::Response: ReadPayload,
    {
        self.caller.call::<T>(request).org(self.org())
    }

    /// A stream of one of its capabilities, likewise.
    pub fn open<T>(&self, request: &T::Request) -> StreamBuilder<'_, T>
    where
        T: Callable<Kind: StreamingKind<T>>,
        T::Request: Serialize,
    {
        self.caller.open::<T>(request).org(self.org())
    }

    /// Its way to the station, which can be given faults.
    #[must_use]
    pub const fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until it can be called: the station has acknowledged all that it serves.
    ///
    /// # Errors
    ///
    /// Where it cannot be within a minute: which procedures cannot, and why.
    pub async fn ready(&self) -> Result<(), NotReady> {
        let health_state = &self.running.health_state;
        let Some(statuses) = health_state.statuses.get() else {
            return Ok(());
        };
        let served = tokio::time::timeout(PATIENCE, statuses.served()).await;
        served.map_err(|_| {
            NotReady(format!(
                "{} as {}",
                health_state.service.name,
                not_ready(statuses)
            ))
        })
    }

    /// The body of `/health`.
    #[must_use]
    pub fn health(&self) -> Value {
        self.running.health_state.body().1
    }

    /// Waits until the body of `/health` is such, and answers it.
    ///
    /// # Panics
    ///
    /// Where it is not within a minute, showing what it is.
    pub async fn healthy_until(&self, is: impl Fn(&Value) -> bool) -> Value {
        let healthy = async {
            loop {
                let body = self.health();
                if is(&body) {
                    return body;
                }
                // Much of the body is an age, of whose passing nothing tells.
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        match tokio::time::timeout(PATIENCE, healthy).await {
            Ok(body) => body,
            Err(_) => panic!(
                "the health is not as expected within {PATIENCE:?}: {:#}",
                self.health()
            ),
        }
    }

    /// The page of `/metrics`.
    #[must_use]
    pub fn metrics(&self) -> String {
        health::scrape(Arc::clone(&self.running.health_state)).expect("a text can be written to")
    }

    /// Where `/health` and its siblings are: `http://127.0.0.1:…/health`.
    #[must_use]
    pub fn health_place(&self) -> &str {
        &self.running.health_server.address
    }
}

/// How often the health is looked at.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(10);

impl<S> fmt::Debug for Booted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Booted")
            .field("service", &self.running.health_state.service.name)
            .field("org", &self.org())
            .field("node_id", &self.node_id())
            .finish_non_exhaustive()
    }
}
