//! A realm whose decisions the test sets, on a station in the test's process.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hecate_om::Client;
use hecate_om::macula::node_key::NodeKey;
use hecate_om::macula::pool::{Opts, Pool, Seed};
use hecate_om_station::{ClaimDecision, Profile, RegistrationRefusal, Station, StationConfig};

use crate::{Sandbox, Service};

/// Interval of repeated claims: the shortest that services accept.
const CLAIM_RETRY: &str = "1s";

/// A realm with one station, whose keys are in a folder, so that it can be closed and opened again.
#[derive(Debug)]
pub struct Realm {
    station: Option<Station>,
    config: StationConfig,
    rules: Arc<Mutex<Rules>>,
}

#[derive(Debug)]
struct Rules {
    claim_decision: ClaimDecision,
    refused: BTreeMap<String, RegistrationRefusal>,
    claimants: BTreeSet<[u8; 32]>,
}

impl Realm {
    /// Starts the realm in the sandbox's folder. It answers every claim with `decision`.
    ///
    /// # Panics
    ///
    /// If the realm cannot be started.
    pub async fn start(machine: &Sandbox, decision: ClaimDecision) -> Self {
        Self::with(machine, decision, |_| ()).await
    }

    /// Like [`Realm::start`], with further settings, such as the tokens that it issues and the
    /// lifetime of delegations.
    ///
    /// # Panics
    ///
    /// If the realm cannot be started.
    pub async fn with(
        machine: &Sandbox,
        decision: ClaimDecision,
        set: impl FnOnce(&mut StationConfig),
    ) -> Self {
        let rules = Arc::new(Mutex::new(Rules {
            claim_decision: decision,
            refused: BTreeMap::new(),
            claimants: BTreeSet::new(),
        }));
        let mut config = StationConfig::new(machine.path().join("station"), Profile::PqPure);
        let claims = Arc::clone(&rules);
        config.claim_policy = Arc::new(move |_, node| {
            let mut rules = lock(&claims);
            rules.claimants.insert(*node);
            rules.claim_decision.clone()
        });
        let registrations = Arc::clone(&rules);
        config.registration_policy = Arc::new(move |registration| {
            let refusal = lock(&registrations).refused.get(registration.name).copied();
            refusal.map_or(Ok(()), Err)
        });
        set(&mut config);
        let mut realm = Self {
            station: None,
            config,
            rules,
        };
        realm.open().await;
        realm
    }

    /// Opens the closed station again: the same node, realm and port.
    ///
    /// # Panics
    ///
    /// If the realm cannot be started.
    pub async fn open(&mut self) {
        let station = Station::start(self.config.clone()).await;
        self.station = Some(station.expect("the station starts"));
    }

    /// Closes the station. To its clients, it is gone for good.
    pub async fn close(&mut self) {
        if let Some(station) = self.station.take() {
            station.close().await;
        }
    }

    fn station(&self) -> &Station {
        self.station.as_ref().expect("the station is open")
    }

    /// Sets the answer to further claims.
    pub fn set_claim_decision(&self, decision: ClaimDecision) {
        lock(&self.rules).claim_decision = decision;
    }

    /// Makes the station refuse further advertisements of a procedure, or with `None` accept them.
    pub fn refuse(&self, procedure: &str, refusal: Option<RegistrationRefusal>) {
        let mut rules = lock(&self.rules);
        match refusal {
            Some(refusal) => rules.refused.insert(procedure.to_owned(), refusal),
            None => rules.refused.remove(procedure),
        };
    }

    /// Revokes the org's grants of every node.
    pub fn revoke(&self, org: &str) {
        let claimants = lock(&self.rules).claimants.clone();
        for node in claimants {
            self.station().revoke(org, &node);
        }
    }

    /// Returns the station's address.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.station().addr()
    }

    /// Returns the settings of a program for this station, dialled at `seed`: its own address or a
    /// relay's.
    #[must_use]
    pub fn environment(&self, seed: SocketAddr) -> Vec<(&'static str, String)> {
        let (station, realm) = (self.station(), self.station().realm());
        vec![
            ("HECATE_MESH", "required".to_owned()),
            ("MACULA_STATION_SEEDS", seed.to_string()),
            ("MACULA_STATION_NODE_IDS", hex::encode(station.node_id())),
            ("HECATE_REALM", hex::encode(realm.id)),
            ("HECATE_REALM_KEY", hex::encode(&realm.key)),
            ("HECATE_REALM_NAME", realm.name.clone()),
            ("HECATE_PROFILE", station.profile().name().to_owned()),
            ("HECATE_CLAIM_RETRY", CLAIM_RETRY.to_owned()),
        ]
    }

    /// Connects a client in this process to the realm.
    ///
    /// # Panics
    ///
    /// If the environment is invalid.
    pub async fn client(&self) -> Client {
        let environment = self.environment(self.addr());
        let environment = environment.into_iter().map(|(k, v)| (k.into(), v.into()));
        let client = Client::from_env(environment).await;
        client.expect("the environment is valid")
    }

    /// Connects a node without the runtime, which can sign and send anything with its key.
    ///
    /// # Panics
    ///
    /// If it cannot be linked.
    pub async fn bare_node(&self, key: Arc<NodeKey>) -> Pool {
        let (station, realm) = (self.station(), self.station().realm());
        let seed = Seed {
            host: station.addr().ip().to_string(),
            port: station.addr().port(),
            node_id: station.node_id(),
        };
        let mut opts = Opts::new(key);
        opts.realm_trust.insert(realm.id, realm.key.clone());
        let linked = Pool::connect(vec![seed], opts).await;
        linked.expect("the node is linked")
    }

    /// Returns a command that runs a service as a member of the realm. `replica` names its folder:
    /// the same replica has the same key and state.
    #[must_use]
    pub fn service(&self, machine: &Sandbox, name: &str, replica: &str) -> Command {
        let folder = machine.path().join(replica);
        let mut command = machine.service(name);
        command
            .envs(self.environment(self.addr()))
            .env("HECATE_HEALTH_ADDR", "127.0.0.1")
            .env("HECATE_SECRETS_DIR", &folder)
            .env("HECATE_STATE_DIR", folder);
        command
    }

    /// Starts a service as in [`Realm::service`], and waits until it is live, whether granted or
    /// not.
    #[must_use]
    pub fn run(&self, machine: &Sandbox, name: &str, replica: &str) -> Service {
        Service::start(&mut self.service(machine, name, replica))
    }
}

fn lock(rules: &Mutex<Rules>) -> MutexGuard<'_, Rules> {
    rules.lock().unwrap_or_else(PoisonError::into_inner)
}
