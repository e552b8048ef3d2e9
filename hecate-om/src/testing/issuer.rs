//! Issuers of tokens besides the realm.

use hecate_om_station::{DEFAULT_REALM_NAME, Profile, TokenGrant};

use crate::capability::NodeId;
use crate::identity::Ucan;

/// Issuer of tokens for capabilities with `access = ucan(issuer = …)`, with a new key.
///
/// A service accepts the issuer's tokens if it is booted with [`ServiceBuilder::issuer`].
///
/// ```
/// # use hecate_om::{capability, testing::{TokenGrant, Issuer, TestMesh}};
/// # #[capability("parcels.register", access = realm_member("x"))]
/// # async fn register(parcel: String) -> String { parcel }
/// # async fn example(mesh: &TestMesh) {
/// let office = Issuer::new();
/// // … boot the service with `.issuer(&office)` …
/// let caller = mesh.caller();
/// let token = office.token(caller.node_id(), &TokenGrant::new(["parcels/register"]));
/// let call = caller.call::<register>(&"a small one".to_owned()).org("acme");
/// let registered = call.ucan(token).await;
/// # assert!(registered.is_ok());
/// # }
/// ```
///
/// [`ServiceBuilder::issuer`]: super::ServiceBuilder::issuer
#[derive(Debug)]
pub struct Issuer(hecate_om_station::Issuer);

impl Default for Issuer {
    fn default() -> Self {
        Self::new()
    }
}

impl Issuer {
    /// Creates an issuer.
    ///
    /// # Panics
    ///
    /// If no key can be generated.
    #[must_use]
    pub fn new() -> Self {
        let issuer = hecate_om_station::Issuer::generate(Profile::PqPure);
        Self(issuer.expect("a key can be generated for the test's issuer"))
    }

    /// Returns the issuer's node id, which `access` names.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        NodeId::from_bytes(self.0.node_id())
    }

    /// Signs a token for a node. If the grant names no resource, the token is valid for the whole
    /// realm.
    ///
    /// # Panics
    ///
    /// If the grant lasts longer than ten years.
    #[must_use]
    pub fn token(&self, node: NodeId, grant: &TokenGrant) -> Ucan {
        let realm = || format!("mri:realm:{DEFAULT_REALM_NAME}");
        let resource = grant.resource.clone().unwrap_or_else(realm);
        let token = self
            .0
            .issue(node.as_bytes(), &grant.permissions, &resource, grant.ttl);
        token
            .unwrap_or_else(|error| panic!("{error}"))
            .parse()
            .expect("an issuer signs what reads as a token")
    }
}
