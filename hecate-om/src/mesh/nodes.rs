//! Test nodes, all in one process, on a real station.

use std::sync::Arc;

use hecate_om_station::{RealmIdentity, Station, StationConfig};
use tokio_util::sync::CancellationToken;

use crate::capability::{Access, Capability, InFlight, KeyedCalls, Registry, StateMap};
use crate::config::{Profile, RealmConfig, Seed, Stations};
use crate::mesh::connection::{LinkOptions, Links, connect};
use crate::mesh::{
    Authority, ClaimLabels, ClaimState, Identity, Mesh, MeshSetter, PoolHandle, Publisher, Sealing,
    Serving, StatusTable,
};

/// Starts a station without stored state.
pub(super) async fn station() -> Station {
    let config = StationConfig::ephemeral(macula_rust::profile::Profile::PqPure);
    Station::start(config)
        .await
        .expect("a station can be started")
}

/// Starts a station of the realm of `first`.
pub(super) async fn beside(first: &Station) -> Station {
    let mut config = StationConfig::ephemeral(macula_rust::profile::Profile::PqPure);
    config.shared = Some(first.shared());
    Station::start(config)
        .await
        .expect("a station can be started")
}

/// Node that serves.
pub(super) struct Node {
    pub(super) identity: Identity,
    pub(super) mesh: Mesh,
    serving: Serving,
    pool: PoolHandle,
}

/// Linked node that does not serve yet.
pub(super) struct Linked {
    pub(super) identity: Identity,
    pub(super) mesh: Mesh,
    pub(super) links: Links,
    realm: RealmConfig,
}

/// Returns the options of a node's links, with the default bound on remembered requests.
const fn options(kem_advertise: bool) -> LinkOptions {
    LinkOptions {
        kem_advertise,
        ..LinkOptions::unsealed(Profile::PqPure)
    }
}

/// Returns a node linked to at least one of `stations`, in the realm of the first station.
pub(super) async fn linked(stations: &[&Station], kem_advertise: bool) -> Linked {
    linked_with(stations, identity(), options(kem_advertise)).await
}

fn identity() -> Identity {
    Identity::ephemeral(Profile::PqPure).expect("a key can be made")
}

async fn linked_with(stations: &[&Station], identity: Identity, options: LinkOptions) -> Linked {
    let (mesh, setter) = Mesh::pending(&identity, Arc::new(Authority::none()));
    let stations = configured(stations);
    Linked {
        links: links(&stations, &identity, options, &setter).await,
        identity,
        mesh,
        realm: stations.realm,
    }
}

/// Returns the configuration of `stations`, in the realm of the first station.
pub(super) fn configured(stations: &[&Station]) -> Stations {
    let RealmIdentity { name, id, key, .. } = stations[0].realm().clone();
    let seeds = stations.iter().map(|station| Seed {
        host: station.addr().ip().to_string(),
        port: station.addr().port(),
        node_id: station.node_id(),
    });
    Stations {
        seeds: seeds.collect(),
        realm: RealmConfig { id, key, name },
    }
}

async fn links(
    stations: &Stations,
    identity: &Identity,
    options: LinkOptions,
    setter: &MeshSetter,
) -> Links {
    let cancelled = CancellationToken::new();
    let links = connect(stations, identity, options, setter, &cancelled);
    links.await.expect("it is not cancelled")
}

/// Returns a node of `org`, after all its capabilities are acknowledged.
pub(super) async fn node(
    station: &Station,
    org: &str,
    kem_advertise: bool,
    capabilities: Vec<Capability>,
) -> Node {
    node_of(station, org, identity(), kem_advertise, capabilities).await
}

/// Returns the same as [`node`], with this identity, as after a restart.
pub(super) async fn node_of(
    station: &Station,
    org: &str,
    identity: Identity,
    kem_advertise: bool,
    capabilities: Vec<Capability>,
) -> Node {
    let linked = linked_with(&[station], identity, options(kem_advertise)).await;
    serving(linked, org, kem_advertise, capabilities).await
}

/// Returns the same as [`node`], without a key for sealed calls, with a bound on remembered
/// requests.
pub(super) async fn node_that_holds(
    station: &Station,
    org: &str,
    held_requests: usize,
    capabilities: Vec<Capability>,
) -> Node {
    let options = LinkOptions {
        held_requests,
        ..options(false)
    };
    let linked = linked_with(&[station], identity(), options).await;
    serving(linked, org, false, capabilities).await
}

async fn serving(
    linked: Linked,
    org: &str,
    kem_advertise: bool,
    capabilities: Vec<Capability>,
) -> Node {
    let Linked {
        identity,
        mesh,
        links,
        realm,
    } = linked;
    let pool = links.handle();
    let registry = Registry::new(
        org,
        capabilities,
        &Arc::new(StateMap::default()),
        &InFlight::default(),
        &KeyedCalls::default(),
    );
    let registry = Arc::new(registry.expect("no handler borrows anything"));
    let statuses = Arc::new(StatusTable::new(
        org,
        registry.procedures(),
        ClaimState::Unsent,
    ));
    let publisher = Publisher {
        registry,
        statuses: Arc::clone(&statuses),
        realm,
        profile: Profile::PqPure,
        labels: ClaimLabels {
            org: org.into(),
            service_name: org.into(),
            box_name: String::new(),
        },
        default_access: Access::Open,
        claim_retry: std::time::Duration::from_secs(60),
        clock: crate::clock::Clock::default(),
        sealing: Sealing::start(kem_advertise),
    };
    let serving = publisher.serve(links);
    statuses.settled().await;
    assert!(statuses.all_acknowledged());
    Node {
        identity,
        mesh,
        serving,
        pool,
    }
}

impl Node {
    pub(super) async fn close(self) {
        self.serving.withdraw().await;
        self.pool.close().await;
    }
}

/// Links a node that does not serve, and sets the links through `setter`.
pub(super) async fn link(
    station: &Station,
    identity: &Identity,
    setter: &MeshSetter,
) -> PoolHandle {
    let stations = configured(&[station]);
    links(&stations, identity, options(false), setter)
        .await
        .handle()
}
