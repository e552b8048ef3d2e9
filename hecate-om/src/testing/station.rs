//! The stations of a test's mesh, and the nodes linked to them.

use std::net::SocketAddr;

use hecate_om_station::{Profile, Station, StationConfig};

use super::mesh::seed;
use super::{TestMesh, keys};
use crate::capability::NodeId;
use crate::config::Seed;

/// A node linked to a station, with its registrations there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The node.
    pub node: NodeId,
    /// The procedures that the node serves, sorted.
    pub procedures: Vec<String>,
    /// The topics that the node is subscribed to, sorted.
    pub topics: Vec<String>,
}

/// An additional station, created by [`TestMesh::another_station`].
#[derive(Debug)]
pub struct TestStation(Station);

impl TestMesh {
    /// Returns the nodes linked to the mesh's station, in the order of their ids.
    ///
    /// # Panics
    ///
    /// If the station is stopped.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        self.with_station(links)
    }

    /// Ends a node's link. The node then links again. Returns whether the node was linked.
    ///
    /// # Panics
    ///
    /// If the station is stopped.
    pub fn end_link(&self, node: NodeId) -> bool {
        self.with_station(|station| station.end_link(node.as_bytes()))
    }

    /// Starts another station of the same realms, which shares its records with the mesh's own
    /// station: services booted [on it](super::ServiceBuilder::station) can be called from the
    /// mesh's own station, and vice versa. Restarting the mesh's own station ends the sharing of
    /// records.
    ///
    /// # Panics
    ///
    /// If the mesh's own station is stopped, or if the new station cannot be started.
    pub async fn another_station(&self) -> TestStation {
        let number = self
            .nodes
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = self.folder.path().join(format!("station-{number}"));
        let key = folder.with_extension("key");
        let mut config = StationConfig::new(folder, Profile::PqPure);
        keys::copy_to(format!("station-{number}"), key.clone())
            .await
            .expect("the test's station gets a key");
        config.identity_key = Some(key);
        config.shared = Some(self.with_station(Station::shared));
        let station = Station::start(config).await;
        TestStation(station.unwrap_or_else(|error| panic!("cannot start the station: {error}")))
    }
}

impl TestStation {
    /// Returns the nodes linked to the station, in the order of their ids.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        links(&self.0)
    }

    /// Stops the station. Calls in flight through the station have five seconds to be answered.
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
