//! The mesh's stations, and what they show of the nodes linked to them.

use std::net::SocketAddr;

use hecate_om_station::{Profile, RealmIdentity, Station, StationConfig};

use super::{TestMesh, keys, lock};
use crate::capability::NodeId;
use crate::config::{self, Seed};

/// A node that is linked to a station, with what it registered there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The node.
    pub node: NodeId,
    /// The procedures that it serves, sorted.
    pub procedures: Vec<String>,
    /// The topics that it subscribed to, sorted.
    pub topics: Vec<String>,
}

/// A station beside the mesh's own, made by [`TestMesh::another_station`].
#[derive(Debug)]
pub struct TestStation(Station);

impl TestMesh {
    /// Returns the nodes linked to the mesh's station, in the order of their ids.
    ///
    /// # Panics
    ///
    /// While the station is stopped.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        self.with_station(links)
    }

    /// Ends a node's link, which the node makes again. Returns whether the node was linked.
    ///
    /// # Panics
    ///
    /// While the station is stopped.
    pub fn end_link(&self, node: NodeId) -> bool {
        self.with_station(|station| station.end_link(node.as_bytes()))
    }

    /// Starts another station of the same realms, which shares the records of the mesh's own: a service that is
    /// booted [there](super::ServiceBuilder::station) is found and called from here, and the other way round. Started
    /// before the mesh's own station is stopped, it shares nothing with the one that takes its place.
    ///
    /// # Panics
    ///
    /// While the mesh's own station is stopped, and where the other cannot be started.
    pub async fn another_station(&self) -> TestStation {
        let number = self
            .nodes
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = self.folder.path().join(format!("station-{number}"));
        let key = folder.with_extension("key");
        let mut config = StationConfig::new(folder, Profile::PqPure);
        keys::give(format!("station-{number}"), key.clone())
            .await
            .expect("the test's station has a key");
        config.identity_key = Some(key);
        config.shared = Some(self.with_station(Station::shared));
        let station = Station::start(config).await;
        TestStation(station.unwrap_or_else(|error| panic!("the station does not start: {error}")))
    }

    pub(super) fn with_station<T>(&self, of: impl FnOnce(&Station) -> T) -> T {
        let station = lock(&self.station);
        of(station
            .as_ref()
            .expect("the mesh's station is stopped; start it first"))
    }
}

impl TestStation {
    /// Returns the nodes linked to it, in the order of their ids.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        links(&self.0)
    }

    /// Stops the station. Calls under way through it get five seconds to be answered.
    pub async fn stop(self) {
        self.0.close().await;
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.0.addr()
    }

    pub(super) fn seed(&self) -> Seed {
        seed(&self.0)
    }
}

fn links(station: &Station) -> Vec<Link> {
    let sorted = |names: Vec<hecate_om_station::QualifiedName>| {
        let mut names: Vec<String> = names.into_iter().map(|name| name.text).collect();
        names.sort_unstable();
        names
    };
    let link = |link: hecate_om_station::LinkView| Link {
        node: NodeId::from_bytes(link.node),
        procedures: sorted(link.procedures),
        topics: sorted(link.topics),
    };
    let mut links: Vec<Link> = station.links().into_iter().map(link).collect();
    links.sort_unstable_by_key(|link| link.node);
    links
}

/// How a node dials a station.
pub(super) fn seed(station: &Station) -> Seed {
    let addr = station.addr();
    Seed {
        host: addr.ip().to_string(),
        port: addr.port(),
        node_id: station.node_id(),
    }
}

/// A realm, as a node is configured with it.
pub(super) fn known(realm: &RealmIdentity) -> config::Realm {
    config::Realm {
        id: realm.id,
        key: realm.key.clone(),
        name: realm.name.clone(),
    }
}
