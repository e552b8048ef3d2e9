//! What stands beneath the framework, for what it does not wrap.

use macula_rust::pool::Pool;

use crate::mesh::{Link, Mesh};

/// The links of this node and the realm they are trusted in, as [`Mesh::handles`] gives them.
///
/// The pool is of the crate [`macula`](crate::macula), re-exported so that its types can be named in the very version
/// that this `hecate-om` runs on. It is outside of `hecate-om`'s promises: a new minor version of `hecate-om` may stand
/// on a `macula` that is not compatible, so code that uses it should stand in one place and be read anew then.
///
/// What the pool serves or publishes is not guarded, not part of the manifest, not reported by health, and not
/// waited for by the drain; the links close when the service ends. Closing them is the runtime's. Content is shared by
/// [`Mesh::share`]: the pool's own sharing serves the same procedure, and does not work beside it.
///
/// ```
/// use hecate_om::{Mesh, Refusal, macula::pool::PoolError};
///
/// # #[allow(dead_code)]
/// /// How many nodes the realm lets serve a procedure.
/// async fn providers(mesh: &Mesh, procedure: &str) -> Result<usize, Refusal> {
///     let Some(handles) = mesh.handles() else {
///         return Err(Refusal::new("mesh_unavailable", "no station is linked yet"));
///     };
///     let providers = handles.pool().providers(&handles.realm_id(), procedure).await;
///     let providers = providers.map_err(|error: PoolError| Refusal::new("unknown", error.to_string()))?;
///     Ok(providers.len())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct MeshHandles {
    pool: Pool,
    realm_id: [u8; 32],
}

impl MeshHandles {
    /// The links to the stations: calls, streams, records, publications, content.
    #[must_use]
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The id of the realm, which most of the pool's operations take.
    #[must_use]
    pub const fn realm_id(&self) -> [u8; 32] {
        self.realm_id
    }
}

impl Mesh {
    /// What stands beneath: the pool of links and the realm, in the one pair that every use of them needs.
    ///
    /// `None` until the first station is linked, and for good where there is no mesh. Ask again for each use: a
    /// development mesh that moves gives other links.
    #[must_use]
    pub fn handles(&self) -> Option<MeshHandles> {
        match &*self.links.borrow() {
            Link::Up(up) => Some(MeshHandles {
                pool: up.pool.clone(),
                realm_id: up.realm.id,
            }),
            Link::Pending | Link::Absent => None,
        }
    }

    /// The id of the realm that the service is in: the SHA-256 of the realm's name. `None` as for [`Mesh::handles`].
    #[must_use]
    pub fn realm_id(&self) -> Option<[u8; 32]> {
        self.handles().map(|handles| handles.realm_id)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::capability::NodeId;
    use crate::mesh::Authority;

    #[test]
    fn before_the_first_link_and_without_a_mesh_there_are_no_handles() {
        let (mesh, setter) =
            Mesh::pending(NodeId::from_bytes([7; 32]), Arc::new(Authority::none()));
        assert!(mesh.handles().is_none());
        setter.absent();
        assert!(mesh.handles().is_none());
        assert_eq!(mesh.realm_id(), None);
    }
}
