//! A mesh that runs in the process of a test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hecate_om_station::{Profile as StationProfile, RealmIdentity, Station, StationConfig};

use super::network_path::NetworkPath;
use super::rules::Rules;
use super::{TIMEOUT, keys, lock, nodes};
use crate::client::Client;
use crate::clock::{Clock, ClockController};
use crate::config::{self, Seed, Stations};
use crate::mesh::{Authority, CallBuilder, Mesh, StatusTable};

/// A separate mesh for a test: a station on a free loopback port, with a realm that grants
/// everything, and a calling node. The mesh keeps its state in a temporary folder. Dropping the
/// mesh stops it.
///
/// The [module](super) has an example.
#[derive(Debug)]
pub struct TestMesh {
    pub(super) station: Mutex<Option<Station>>,
    config: StationConfig,
    pub(super) rules: Arc<Mutex<Rules>>,
    pub(super) addr: SocketAddr,
    /// Configuration that callers use to reach the station, without a faulty network path.
    pub(super) stations: Stations,
    /// The realms of the station. The mesh's own realm is the first.
    realms: Vec<config::RealmConfig>,
    caller: Client,
    pub(super) callers: Mutex<Vec<Client>>,
    /// Number of nodes so far.
    pub(super) nodes: AtomicUsize,
    /// Node number of each named replica.
    replicas: Mutex<BTreeMap<String, usize>>,
    /// Publication status of every service on the mesh.
    pub(super) status_tables: Mutex<Vec<Arc<StatusTable>>>,
    pub(super) clock: Clock,
    controller: ClockController,
    pub(super) folder: tempfile::TempDir,
}

/// Builder of a [`TestMesh`], from [`TestMesh::builder`].
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is started before `start`"]
pub struct TestMeshBuilder {
    delegation_life: Option<Duration>,
    more_realms: Vec<String>,
}

impl TestMeshBuilder {
    /// Sets the validity of the realm's delegations, by default 30 min. The realm renews
    /// delegations before they expire; a validity of a few seconds shows how a service behaves when
    /// the realm stops. The station uses the system's clock.
    pub const fn delegation_life(mut self, life: Duration) -> Self {
        self.delegation_life = Some(life);
        self
    }

    /// Adds a realm, with the same decisions but separate orgs.
    /// [`ServiceBuilder::realm`](super::ServiceBuilder::realm) boots services in the realm, and
    /// [`TestMesh::caller_in`] creates callers in it.
    pub fn realm(mut self, name: &str) -> Self {
        self.more_realms.push(name.to_owned());
        self
    }

    /// Starts the mesh.
    ///
    /// # Panics
    ///
    /// If the mesh cannot be started.
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
        let rules = Rules::install(&mut config);
        keys::copy_to("station".into(), key)
            .await
            .expect("the test's station gets a key");
        let station = Station::start(config.clone())
            .await
            .unwrap_or_else(|error| panic!("cannot start the test's station: {error}"));
        let addr = station.addr();
        let realms: Vec<config::RealmConfig> = station.realms().iter().map(realm_config).collect();
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
            replicas: Mutex::default(),
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
    /// If the mesh cannot be started.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Returns a builder, for a mesh that differs from the default.
    pub fn builder() -> TestMeshBuilder {
        TestMeshBuilder::default()
    }

    /// Returns the calling node, which serves nothing. Every call of this method returns the same
    /// node.
    #[must_use]
    pub const fn caller(&self) -> &Mesh {
        self.caller.mesh()
    }

    /// Builds a call from the mesh's [caller](TestMesh::caller) to a procedure, `<org>/<name>`.
    pub fn procedure(&self, procedure: impl Into<String>) -> CallBuilder<'_> {
        self.caller().procedure(procedure)
    }

    /// Returns the configuration of the realm with this name.
    pub(super) fn realm_of(&self, name: &str) -> config::RealmConfig {
        let realm = self.realms.iter().find(|realm| realm.name == name);
        realm.cloned().unwrap_or_else(|| {
            panic!("the mesh has no realm `{name}`; build it with `TestMesh::builder().realm(\"{name}\")`")
        })
    }

    /// Advances the clock of the services' periodic tasks: schedules, repeated claims, rotation of
    /// tokens. Fires each wait that is now due, once. A test should first check that the wait has
    /// started.
    ///
    /// Deadlines of calls, expiry of tokens and all other times on the wire use the system's clock.
    pub fn advance(&self, by: Duration) {
        self.controller.advance(by);
    }

    /// Sets the time of day of that clock back, as an operator or a time server might. Cron
    /// patterns follow the new time of day; no other wait becomes longer.
    pub fn set_back(&self, by: Duration) {
        self.controller.set_back(by);
    }

    /// Restarts the station on the same port, with the same realm state.
    ///
    /// # Panics
    ///
    /// If the station does not start.
    pub async fn restart_station(&self) {
        self.stop_station().await;
        self.start_station().await;
    }

    /// Stops the station. Calls in flight through the station have five seconds to be answered.
    /// Returns once every reachable service has noticed the stop, so that none of them still
    /// reports ready.
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
        // A service whose network path is cut does not notice the stop.
        let _ = tokio::time::timeout(Duration::from_secs(5), noticed).await;
    }

    /// Starts the stopped station again.
    ///
    /// # Panics
    ///
    /// If the station does not start.
    pub async fn start_station(&self) {
        if lock(&self.station).is_some() {
            return;
        }
        let starting = tokio::time::timeout(TIMEOUT, Station::start(self.config.clone())).await;
        let station = starting
            .expect("the test's station starts in time")
            .unwrap_or_else(|error| panic!("cannot start the test's station again: {error}"));
        *lock(&self.station) = Some(station);
    }

    /// Opens a network path to the station at this address.
    pub(super) async fn path(&self, addr: SocketAddr) -> NetworkPath {
        let path = NetworkPath::to(addr).await;
        path.expect("loopback has a free port for the path of a node")
    }

    /// Returns the folder of a node, with the node's key. Without `replica`, the node is new; a
    /// named replica always has the same folder.
    pub(super) async fn node_folder(&self, replica: Option<&str>) -> PathBuf {
        let next = || self.nodes.fetch_add(1, Ordering::Relaxed);
        let number = match replica {
            None => next(),
            Some(name) => *lock(&self.replicas)
                .entry(name.to_owned())
                .or_insert_with(next),
        };
        nodes::folder(number, &self.folder).await
    }

    pub(super) fn with_station<T>(&self, read: impl FnOnce(&Station) -> T) -> T {
        let station = lock(&self.station);
        read(
            station
                .as_ref()
                .expect("the mesh's station is stopped; start it first"),
        )
    }
}

/// Returns a station's address and node id.
pub(super) fn seed(station: &Station) -> Seed {
    let addr = station.addr();
    Seed {
        host: addr.ip().to_string(),
        port: addr.port(),
        node_id: station.node_id(),
    }
}

/// Converts a realm to the configuration of a node.
fn realm_config(realm: &RealmIdentity) -> config::RealmConfig {
    config::RealmConfig {
        id: realm.id,
        key: realm.key.clone(),
        name: realm.name.clone(),
    }
}
