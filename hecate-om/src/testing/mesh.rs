//! A mesh in the test's process.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hecate_om_station::{AuthorityGrant, Profile as StationProfile, Station, StationConfig};

use super::mock::MockBuilder;
use super::realm::{Realm, Rules};
use super::service::{Booted, ServiceBuilder};
use super::station::{known, seed};
use super::{PATIENCE, keys, lock, nodes};
use crate::capability::{Callable, NodeId, kind};
use crate::client::Client;
use crate::clock::{Clock, ClockController};
use crate::config::{self, Stations};
use crate::mesh::IdentitySpec;
use crate::mesh::{Authority, CallBuilder, Mesh, StatusTable};
use crate::service::Contract;

/// A mesh of its own for a test: a station on a free port of loopback with a realm that grants everything, and a node
/// that calls. It keeps its state in a temporary folder, and ends when it is dropped.
///
/// The [module](super) has an example.
#[derive(Debug)]
pub struct TestMesh {
    pub(super) station: Mutex<Option<Station>>,
    config: StationConfig,
    pub(super) rules: Arc<Mutex<Rules>>,
    pub(super) addr: SocketAddr,
    /// Where the callers, whose path has no faults, find it.
    pub(super) stations: Stations,
    /// The realms that it serves, the mesh's own first.
    realms: Vec<config::Realm>,
    caller: Client,
    callers: Mutex<Vec<Client>>,
    /// How many nodes there have been.
    pub(super) nodes: AtomicUsize,
    /// The number of each node that has a name.
    pub(super) instances: Mutex<BTreeMap<String, usize>>,
    /// What was published, by everyone on the mesh.
    pub(super) status_tables: Mutex<Vec<Arc<StatusTable>>>,
    pub(super) clock: Clock,
    controller: ClockController,
    pub(super) folder: tempfile::TempDir,
}

/// What a [`TestMesh`] is started with; made by [`TestMesh::builder`].
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is started before `start`"]
pub struct TestMeshBuilder {
    delegation_life: Option<Duration>,
    more_realms: Vec<String>,
}

impl TestMeshBuilder {
    /// How long what the realm grants holds before it signs it anew, instead of 30 min. A service bears a realm that
    /// stops signing for so long; a few seconds show how it does. The station counts by the system's clock.
    pub const fn delegation_life(mut self, life: Duration) -> Self {
        self.delegation_life = Some(life);
        self
    }

    /// Adds a realm, which decides as the mesh's own does and knows nothing of its orgs, to boot services in
    /// ([`ServiceBuilder::realm`]) and to call from ([`TestMesh::caller_in`]).
    pub fn realm(mut self, name: &str) -> Self {
        self.more_realms.push(name.to_owned());
        self
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// Where it cannot be started, saying why.
    pub async fn start(self) -> TestMesh {
        crate::telemetry::init_for_test();
        let folder = tempfile::TempDir::with_prefix("hecate-test-mesh-")
            .expect("a temporary folder can be made for the test's mesh");
        let key = folder.path().join("station.key");
        let mut config = StationConfig::new(folder.path().join("station"), StationProfile::PqPure);
        config.identity_key = Some(key.clone());
        if let Some(life) = self.delegation_life {
            config.delegation_life = life;
        }
        config.more_realms = self.more_realms;
        let rules = Rules::govern(&mut config);
        keys::give("station".into(), key)
            .await
            .expect("the test's station has a key");
        let station = Station::start(config.clone())
            .await
            .unwrap_or_else(|error| panic!("the test's station does not start: {error}"));
        let addr = station.addr();
        let realms: Vec<config::Realm> = station.realms().iter().map(known).collect();
        let stations = Stations {
            seeds: vec![seed(&station)],
            realm: realms[0].clone(),
        };
        let nodes = AtomicUsize::new(0);
        let caller = nodes::caller(&nodes, &folder, &stations, |_| Authority::none()).await;
        let (clock, controller) = Clock::settable();
        TestMesh {
            station: Mutex::new(Some(station)),
            config,
            rules,
            addr,
            stations,
            realms,
            caller,
            callers: Mutex::default(),
            nodes,
            instances: Mutex::default(),
            status_tables: Mutex::default(),
            clock,
            controller,
            folder,
        }
    }
}

impl TestMesh {
    /// Starts a mesh whose realm grants everything.
    ///
    /// # Panics
    ///
    /// Where it cannot be started, saying why.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A mesh that is not as others are.
    pub fn builder() -> TestMeshBuilder {
        TestMeshBuilder::default()
    }

    /// Boots a service as it is by default, and returns once it can be called.
    ///
    /// # Panics
    ///
    /// Where its boot is refused, or it does not get ready: saying why.
    pub async fn boot<S: Contract>(&self) -> Booted<S> {
        self.service().boot().await
    }

    /// A service to boot: its org, its settings, what it borrows.
    pub fn service<S: Contract>(&self) -> ServiceBuilder<'_, S> {
        ServiceBuilder::new(self)
    }

    /// What calls, as a node that serves nothing: the same one every time.
    #[must_use]
    pub const fn caller(&self) -> &Mesh {
        self.caller.mesh()
    }

    /// A call from the mesh's [caller](TestMesh::caller) to a procedure, `<org>/<name>`.
    pub fn procedure(&self, procedure: impl Into<String>) -> CallBuilder<'_> {
        self.caller().procedure(procedure)
    }

    /// Another caller, which services see as another node.
    pub async fn another_caller(&self) -> Mesh {
        self.new_caller(&self.stations, |_| Authority::none()).await
    }

    /// Another caller, in a realm that the mesh was [built with](TestMeshBuilder::realm).
    ///
    /// # Panics
    ///
    /// If the mesh has no realm of this name.
    pub async fn caller_in(&self, realm: &str) -> Mesh {
        let stations = Stations {
            realm: self.realm_of(realm),
            ..self.stations.clone()
        };
        self.new_caller(&stations, |_| Authority::none()).await
    }

    /// The realm of this name, as its members know it.
    pub(super) fn realm_of(&self, name: &str) -> config::Realm {
        let realm = self.realms.iter().find(|realm| realm.name == name);
        realm.cloned().unwrap_or_else(|| {
            panic!("the mesh has no realm `{name}`; build it with `TestMesh::builder().realm(\"{name}\")`")
        })
    }

    /// Another caller, with a token of the realm for these actions, good for ten minutes. It
    /// presents the token as a service presents its own: at once to a capability that is called by
    /// its type and restricted, else once a provider asks for it, or where a call names the action.
    ///
    /// ```
    /// # use hecate_om::{capability, testing::TestMesh};
    /// # #[capability("parcels.register", access = realm_member("parcels/register"))]
    /// # async fn register(parcel: String) -> String { parcel }
    /// # async fn example(mesh: &TestMesh) {
    /// let carrier = mesh.caller_with(["parcels/register"]).await;
    /// let parcel = "a small one".to_owned();
    /// assert!(carrier.call::<register>(&parcel).org("acme").await.is_ok());
    ///
    /// let stranger = mesh.caller();
    /// let refused = stranger.call::<register>(&parcel).org("acme").await.unwrap_err();
    /// assert_eq!(refused.code(), "unauthorized");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// While the station is stopped.
    pub async fn caller_with<A: Into<String>>(&self, actions: impl IntoIterator<Item = A>) -> Mesh {
        let grant = AuthorityGrant::new(actions);
        self.new_caller(&self.stations, |node| {
            // Leaked, because `IdentitySpec` needs `'static` texts.
            let actions = grant
                .permissions
                .iter()
                .map(|action| &*action.clone().leak());
            let authority = Authority::new(IdentitySpec {
                scope: "",
                actions: actions.collect::<Vec<_>>().leak(),
                resources: &[],
                ttl_days: 1,
            });
            authority.hold_for_tests(self.realm().token(node, &grant));
            authority
        })
        .await
    }

    async fn new_caller(
        &self,
        stations: &Stations,
        authority: impl FnOnce(NodeId) -> Authority,
    ) -> Mesh {
        let caller = nodes::caller(&self.nodes, &self.folder, stations, authority).await;
        let mesh = caller.mesh().clone();
        lock(&self.callers).push(caller);
        mesh
    }

    /// What the realm decides from now on.
    #[must_use]
    pub const fn realm(&self) -> Realm<'_> {
        Realm::of(self)
    }

    /// A provider of the capability `T`, in the place of the service that has it.
    ///
    /// ```
    /// # use hecate_om::{capability, testing::TestMesh};
    /// # #[capability("pay.charge")]
    /// # async fn charge(cents: u64) -> String { cents.to_string() }
    /// # async fn example(mesh: &TestMesh) {
    /// let till = mesh.mock::<charge>().org("acme").answering(|cents| async move { Ok(format!("paid {cents}")) }).await;
    /// // … what is tested calls it …
    /// assert_eq!(till.calls(), [250]);
    /// # }
    /// ```
    pub fn mock<T: Callable<Kind = kind::Unary>>(
        &self,
    ) -> MockBuilder<'_, T::Request, T::Response> {
        MockBuilder::of::<T>(self)
    }

    /// [`mock`](TestMesh::mock) of a procedure, `<org>/<name>`, whose capability is no type here. What it takes and
    /// answers follows from the closure that answers.
    ///
    /// # Panics
    ///
    /// Where it is not of that form.
    pub fn mock_procedure<Request, Response>(
        &self,
        procedure: &str,
    ) -> MockBuilder<'_, Request, Response> {
        MockBuilder::of_procedure(self, procedure)
    }

    /// Puts the clock forward by which services wait: for a schedule, for the next claim, for the rotation of their
    /// authority. What waits for a moment that is over then goes on, once; what begins to wait afterwards waits from
    /// there on, so first see that what is to be shortened has begun. The wire's own times, a call's deadline and a
    /// token's end among them, are the system's and pass by themselves.
    pub fn advance(&self, by: Duration) {
        self.controller.advance(by);
    }

    /// Sets the time of day of that clock back, as an operator or a time server does. Cron patterns
    /// follow the new time of day; no other wait becomes longer.
    pub fn set_back(&self, by: Duration) {
        self.controller.set_back(by);
    }

    /// Stops the station and starts it again: the same station on the same port, with what it knew of the realm.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    pub async fn restart_station(&self) {
        self.stop_station().await;
        self.start_station().await;
    }

    /// Stops the station. Calls under way through it get five seconds to be answered. Returns once every service that
    /// it could tell of it has noticed, so that none is taken for ready that is not.
    pub async fn stop_station(&self) {
        let station = lock(&self.station).take();
        let Some(station) = station else { return };
        station.close().await;
        let status_tables = lock(&self.status_tables).clone();
        let noticed = async {
            for statuses in status_tables {
                statuses.unserved().await;
            }
        };
        // One whose path is cut does not.
        let _ = tokio::time::timeout(Duration::from_secs(5), noticed).await;
    }

    /// Starts the station that was stopped.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    pub async fn start_station(&self) {
        if lock(&self.station).is_some() {
            return;
        }
        let starting = tokio::time::timeout(PATIENCE, Station::start(self.config.clone())).await;
        let station = starting
            .expect("the test's station starts in time")
            .unwrap_or_else(|error| panic!("the test's station does not start again: {error}"));
        *lock(&self.station) = Some(station);
    }
}
