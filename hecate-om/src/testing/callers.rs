//! Additional callers on a test's mesh.

use hecate_om_station::TokenGrant;

use super::{TestMesh, lock, nodes};
use crate::capability::NodeId;
use crate::config::Stations;
use crate::mesh::{Authority, IdentitySpec, Mesh};

impl TestMesh {
    /// Starts another caller, with its own node.
    pub async fn another_caller(&self) -> Mesh {
        self.new_caller(&self.stations, |_| Authority::none()).await
    }

    /// Starts another caller, in a realm that was [added to the
    /// mesh](super::TestMeshBuilder::realm).
    ///
    /// # Panics
    ///
    /// If the mesh has no realm with this name.
    pub async fn caller_in(&self, realm: &str) -> Mesh {
        let stations = Stations {
            realm: self.realm_of(realm),
            ..self.stations.clone()
        };
        self.new_caller(&stations, |_| Authority::none()).await
    }

    /// Starts another caller, with a token of the realm for these permissions, valid for ten
    /// minutes.
    ///
    /// The caller presents the token as a service does: with the first request if it calls a
    /// restricted capability by its type; otherwise if a provider requests the token, or if the
    /// call names the permission.
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
    /// If the station is stopped.
    pub async fn caller_with<A: Into<String>>(
        &self,
        permissions: impl IntoIterator<Item = A>,
    ) -> Mesh {
        let grant = TokenGrant::new(permissions);
        self.new_caller(&self.stations, |node| {
            // Leaked, because `IdentitySpec` has `'static` texts.
            let permissions = grant.permissions.iter();
            let permissions = permissions.map(|permission| &*permission.clone().leak());
            let authority = Authority::new(IdentitySpec {
                scope: "",
                permissions: permissions.collect::<Vec<_>>().leak(),
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
}
