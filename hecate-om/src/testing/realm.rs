//! The realm of a test's mesh.

use std::sync::Arc;

use hecate_om_station::{
    ClaimDecision, Registration, RegistrationRefusal, TokenDecision, TokenGrant, TokenRequest,
};

use super::{Booted, TestMesh, lock};
use crate::capability::NodeId;
use crate::identity::Ucan;

impl TestMesh {
    /// Returns the realm, to change the realm's decisions.
    #[must_use]
    pub const fn realm(&self) -> TestRealm<'_> {
        TestRealm {
            mesh: self,
            org: None,
        }
    }
}

/// The realm of a [`TestMesh`]. It grants everything until a test decides otherwise.
///
/// A decision applies to later requests. Services repeat their requests about once a second, or
/// when the test [advances](TestMesh::advance) the clock.
///
/// ```
/// # async fn example(mesh: &hecate_om::testing::TestMesh) {
/// mesh.realm().wait();                    // an operator has yet to decide
/// mesh.realm().org("acme").refuse("the org is closed");
/// mesh.realm().grant();                   // granted for all orgs except that one
/// # }
/// ```
#[derive(Debug)]
pub struct TestRealm<'a> {
    mesh: &'a TestMesh,
    org: Option<&'a str>,
}

impl<'a> TestRealm<'a> {
    /// Limits the next decision to one org. That decision takes precedence over decisions for all
    /// orgs.
    #[must_use]
    pub const fn org(self, org: &'a str) -> Self {
        Self {
            org: Some(org),
            ..self
        }
    }

    /// Grants claims.
    pub fn grant(&self) {
        self.decide(ClaimDecision::Grant);
    }

    /// Leaves claims undecided, like a realm whose operator has not reviewed them yet.
    pub fn wait(&self) {
        self.decide(ClaimDecision::Pending);
    }

    /// Refuses claims, with a reason for the claimant.
    pub fn refuse(&self, reason: impl Into<String>) {
        self.decide(ClaimDecision::Refuse(reason.into()));
    }

    fn decide(&self, decision: ClaimDecision) {
        let mut rules = lock(&self.mesh.rules);
        match self.org {
            Some(org) => {
                rules.org_claims.insert(org.to_owned(), decision);
            }
            None => rules.claims = decision,
        }
    }

    /// Signs a token for a node, to [present](crate::call::CallBuilder::ucan) with a call,
    /// regardless of the realm's [token policy](TestRealm::set_token_policy). If the grant names no
    /// resource, the token is valid for the whole realm, or for the [org](TestRealm::org).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hecate_om::testing::{TokenGrant, TestMesh};
    /// # async fn example(mesh: &TestMesh) {
    /// let caller = mesh.caller();
    /// let grant = TokenGrant {
    ///     ttl: Duration::from_secs(1),
    ///     ..TokenGrant::new(["parcels/register"])
    /// };
    /// let token = mesh.realm().token(caller.node_id(), &grant);
    /// let call = caller.procedure("acme/parcels.register").ucan(token);
    /// # let _ = call;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the station is stopped.
    #[must_use]
    pub fn token(&self, node: NodeId, grant: &TokenGrant) -> Ucan {
        let mut grant = grant.clone();
        if let Some(org) = self.org {
            let realm = &self.mesh.stations.realm.name;
            grant
                .resource
                .get_or_insert(format!("mri:org:{realm}/{org}"));
        }
        let token = self
            .mesh
            .with_station(|station| station.token(node.as_bytes(), &grant));
        token
            .expect("the realm signs the token")
            .parse()
            .expect("a signed token parses")
    }

    /// Revokes the grant of a service. The service is then no longer served, and claims again. Call
    /// [`wait`](TestRealm::wait) or [`refuse`](TestRealm::refuse) first, because otherwise the new
    /// claim is granted at once.
    ///
    /// # Panics
    ///
    /// If the station is stopped.
    pub fn revoke<S>(&self, service: &Booted<S>) {
        self.mesh
            .with_station(|station| station.revoke(service.org(), service.node_id().as_bytes()));
    }

    /// Makes the station refuse advertisements of a procedure; `None` allows them again.
    pub fn refuse_advertisement(&self, procedure: &str, reason: Option<RegistrationRefusal>) {
        let mut rules = lock(&self.mesh.rules);
        match reason {
            Some(reason) => rules
                .refused_advertisements
                .insert(procedure.to_owned(), reason),
            None => rules.refused_advertisements.remove(procedure),
        };
    }

    /// Sets the policy for valid advertisements, withdrawals, subscriptions and unsubscriptions. By
    /// default the station accepts all of them.
    ///
    /// ```
    /// # use hecate_om::testing::{RegistrationKind, RegistrationRefusal, TestMesh};
    /// # fn example(mesh: &TestMesh) {
    /// mesh.realm().set_registration_policy(|registration| match registration.kind {
    ///     RegistrationKind::Subscribe => Err(RegistrationRefusal::Refused),
    ///     _ => Ok(()),
    /// });
    /// # }
    /// ```
    pub fn set_registration_policy(
        &self,
        policy: impl Fn(&Registration<'_>) -> Result<(), RegistrationRefusal> + Send + Sync + 'static,
    ) {
        lock(&self.mesh.rules).registration_policy = Arc::new(policy);
    }

    /// Sets which nodes may link to the station. Existing links are not affected;
    /// [`TestMesh::end_link`] ends a link.
    pub fn set_link_policy(&self, policy: impl Fn(NodeId) -> bool + Send + Sync + 'static) {
        lock(&self.mesh.rules).link_policy =
            Arc::new(move |node| policy(NodeId::from_bytes(*node)));
    }

    /// Sets the policy for services that request permissions. By default the realm grants all
    /// requested permissions.
    pub fn set_token_policy(
        &self,
        policy: impl Fn(&TokenRequest) -> TokenDecision + Send + Sync + 'static,
    ) {
        lock(&self.mesh.rules).token_policy = Arc::new(policy);
    }
}
