//! Public methods of [`Mesh`], and [`Content::fetch`](super::Content::fetch).

mod calls;
mod contents;
mod facts;
mod identity;

use std::time::Duration;

use super::Mesh;
use crate::capability::NodeId;

impl Mesh {
    /// Returns this node's id, which other services see as the caller.
    #[must_use]
    pub const fn node_id(&self) -> NodeId {
        self.connection.node_id()
    }

    /// Returns the links and the realm as types of the SDK, for features that the framework does
    /// not wrap.
    ///
    /// Returns `None` until the first station is linked, and if there is no mesh. Call this method
    /// for each use, because the links are replaced when a development mesh moves to another host.
    #[cfg(feature = "macula")]
    #[must_use]
    pub fn handles(&self) -> Option<super::MeshHandles> {
        self.connection.handles()
    }

    /// Returns whether a linked station answers a small request within `timeout`, for health checks.
    /// A link whose path is dead looks up for a while, so only an answer shows that it is not.
    ///
    /// ```no_run
    /// # async fn example(mesh: &hecate_om::Mesh) {
    /// if !mesh.station_answers(std::time::Duration::from_secs(2)).await {
    ///     println!("no station answers");
    /// }
    /// # }
    /// ```
    pub async fn station_answers(&self, timeout: Duration) -> bool {
        self.connection.any_station_answers(timeout).await
    }

    /// Returns the realm's id, the SHA-256 of the realm's name. Returns `None` until the first
    /// station is linked, and if there is no mesh.
    #[must_use]
    pub fn realm_id(&self) -> Option<[u8; 32]> {
        self.connection.uplink().map(|up| up.realm.id)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mesh::{Authority, Identity};

    #[test]
    fn before_the_first_link_and_without_a_mesh_there_is_no_realm() {
        let (mesh, setter) = Mesh::pending(&Identity::for_tests(), Arc::new(Authority::none()));
        assert_eq!(mesh.realm_id(), None);
        setter.absent();
        assert_eq!(mesh.realm_id(), None);
    }
}
