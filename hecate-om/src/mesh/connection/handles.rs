//! Access to the underlying SDK, for features that the framework does not wrap.

use macula_rust::pool::Pool;

use super::Connection;

/// Handles of the node's links and realm, as types of `macula-rust`. Returned by
/// [`Mesh::handles`](crate::Mesh::handles).
///
/// Use the SDK's types through the re-exported crate [`macula`](crate::macula), which is the
/// version that `hecate-om` uses. The re-export is exempt from semver: a minor version of
/// `hecate-om` may switch to an incompatible `macula-rust`, so confine such code to one module.
///
/// Procedures and facts that you serve or publish through the pool pass no guard and are missing
/// from the manifest and from health, and a drain does not wait for them. Do not close the links:
/// the runtime closes them when the service ends. Do not subscribe through the pool to a topic that
/// the service subscribes to: the pool also subscribes on links that were opened for calls, and a
/// fact that arrives there first is not delivered to the service. Calls through the pool dial a
/// station that is not linked once per call, and the links then supersede each other: call
/// providers through [`Mesh`](crate::Mesh), or wait for the first call. Share content by
/// [`Mesh::share`](crate::Mesh::share): the pool's own sharing serves the same procedure, so only
/// one of the two can be used.
///
/// ```
/// use hecate_om::{Mesh, Refusal, macula::pool::PoolError};
///
/// # #[allow(dead_code)]
/// /// Number of nodes that the realm authorizes to serve a procedure.
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
    /// Returns the pool of links to the stations, for calls, streams, records, publications and
    /// content.
    #[must_use]
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Returns the realm's id, an argument of most methods of the pool.
    #[must_use]
    pub const fn realm_id(&self) -> [u8; 32] {
        self.realm_id
    }
}

impl Connection {
    pub(in crate::mesh) fn handles(&self) -> Option<MeshHandles> {
        self.uplink().map(|up| MeshHandles {
            pool: up.pool,
            realm_id: up.realm.id,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mesh::{Authority, Identity};

    #[test]
    fn before_the_first_link_and_without_a_mesh_there_are_no_handles() {
        let authority = Arc::new(Authority::none());
        let (connection, setter) = Connection::pending(&Identity::for_tests(), authority);
        assert!(connection.handles().is_none());
        setter.absent();
        assert!(connection.handles().is_none());
    }
}
