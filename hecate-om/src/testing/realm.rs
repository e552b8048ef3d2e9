//! A realm that decides as the test tells it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use hecate_om_station::{
    Admission, Authority, AuthorityGrant, AuthorityPolicy, AuthorityRequest, LinkPolicy,
    Registration, RegistrationKind, RegistrationPolicy, RegistrationRefusal, StationConfig,
};

use super::service::Booted;
use super::{TestMesh, lock};
use crate::capability::NodeId;
use crate::identity::Ucan;

/// What the realm has been told.
pub(super) struct Rules {
    admission: Admission,
    /// Where it decides otherwise for an org.
    of_org: BTreeMap<String, Admission>,
    refused: BTreeMap<String, RegistrationRefusal>,
    registration: RegistrationPolicy,
    admit: LinkPolicy,
    authority: AuthorityPolicy,
}

impl Rules {
    /// Everything is granted; the station asks these rules from now on.
    pub(super) fn govern(config: &mut StationConfig) -> Arc<Mutex<Self>> {
        let rules = Arc::new(Mutex::new(Self {
            admission: Admission::Grant,
            of_org: BTreeMap::new(),
            refused: BTreeMap::new(),
            registration: Arc::new(|_| Ok(())),
            admit: Arc::new(|_| true),
            authority: Arc::new(|request| Authority::Grant(AuthorityGrant::all_of(request))),
        }));
        let claims = Arc::clone(&rules);
        config.admission = Arc::new(move |org, _| {
            let rules = lock(&claims);
            rules.of_org.get(org).unwrap_or(&rules.admission).clone()
        });
        let registrations = Arc::clone(&rules);
        config.registration = Arc::new(move |asked| {
            let rules = lock(&registrations);
            if asked.kind == RegistrationKind::Advertise
                && let Some(refusal) = rules.refused.get(asked.name)
            {
                return Err(*refusal);
            }
            let policy = Arc::clone(&rules.registration);
            // Not within the lock: the policy is the test's, and may ask the mesh.
            drop(rules);
            policy(asked)
        });
        let links = Arc::clone(&rules);
        config.admit = Arc::new(move |node| {
            let policy = Arc::clone(&lock(&links).admit);
            policy(node)
        });
        let requests = Arc::clone(&rules);
        config.authority = Arc::new(move |request| {
            let policy = Arc::clone(&lock(&requests).authority);
            policy(request)
        });
        rules
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("admission", &self.admission)
            .field("of_org", &self.of_org)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

/// The realm of a [`TestMesh`], which grants everything until it is told otherwise. What it is told holds for what it
/// is asked from then on: services ask again about once a second, or as soon as the test's clock is
/// [put forward](TestMesh::advance).
///
/// ```
/// # async fn example(mesh: &hecate_om::testing::TestMesh) {
/// mesh.realm().wait();                    // a person is to decide…
/// mesh.realm().org("acme").refuse("the org is closed");
/// mesh.realm().grant();                   // …and did, for all orgs but that one
/// # }
/// ```
#[derive(Debug)]
pub struct Realm<'a> {
    mesh: &'a TestMesh,
    org: Option<&'a str>,
}

impl<'a> Realm<'a> {
    pub(super) const fn of(mesh: &'a TestMesh) -> Self {
        Self { mesh, org: None }
    }

    /// Narrows what is said next to one org, for which it holds whatever is said of all.
    #[must_use]
    pub const fn org(self, org: &'a str) -> Self {
        Self {
            org: Some(org),
            ..self
        }
    }

    /// Grants claims.
    pub fn grant(&self) {
        self.decide(Admission::Grant);
    }

    /// Lets claims wait, as a realm does whose operator has not looked yet.
    pub fn wait(&self) {
        self.decide(Admission::Pending);
    }

    /// Refuses claims, with this text for the claimant.
    pub fn refuse(&self, why: impl Into<String>) {
        self.decide(Admission::Refuse(why.into()));
    }

    fn decide(&self, admission: Admission) {
        let mut rules = lock(&self.mesh.rules);
        match self.org {
            Some(org) => {
                rules.of_org.insert(org.to_owned(), admission);
            }
            None => rules.admission = admission,
        }
    }

    /// Signs a token for a node, whatever the realm's [authority](Realm::authority) decides: for a
    /// call that [presents](crate::call::CallBuilder::ucan) it. A realm that is narrowed to an org grants it for
    /// that org only, where the grant names no resource.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use hecate_om::testing::{AuthorityGrant, TestMesh};
    /// # async fn example(mesh: &TestMesh) {
    /// let caller = mesh.caller();
    /// let grant = AuthorityGrant { ttl: Duration::from_secs(1), ..AuthorityGrant::new(["parcels/register"]) };
    /// let token = mesh.realm().token(caller.node_id(), &grant);
    /// let call = caller.procedure("acme/parcels.register").ucan(token);
    /// # let _ = call;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// While the station is stopped.
    #[must_use]
    pub fn token(&self, node: NodeId, grant: &AuthorityGrant) -> Ucan {
        let mut grant = grant.clone();
        if let Some(org) = self.org {
            let realm = &self.mesh.stations.realm.name;
            grant.with.get_or_insert(format!("mri:org:{realm}/{org}"));
        }
        let token = self
            .mesh
            .with_station(|station| station.token(node.as_bytes(), &grant));
        token
            .expect("the realm signs")
            .parse()
            .expect("the realm signs what reads as a token")
    }

    /// Takes back what was granted to a service: it is served no more, and claims anew. For that not to be granted at
    /// once, [`wait`](Realm::wait) or [`refuse`](Realm::refuse) first.
    ///
    /// # Panics
    ///
    /// While the station is stopped.
    pub fn revoke<S>(&self, service: &Booted<S>) {
        self.mesh
            .with_station(|station| station.revoke(service.org(), service.node_id().as_bytes()));
    }

    /// Has the station refuse to advertise a procedure, for this reason; `None` lets it be.
    pub fn refuse_advertisement(&self, procedure: &str, reason: Option<RegistrationRefusal>) {
        let mut rules = lock(&self.mesh.rules);
        match reason {
            Some(reason) => rules.refused.insert(procedure.to_owned(), reason),
            None => rules.refused.remove(procedure),
        };
    }

    /// Decides which advertisements, withdrawals, subscriptions and ends of subscriptions the station
    /// takes from now on, of those that are valid. It takes all until a test decides.
    ///
    /// ```
    /// # use hecate_om::testing::{RegistrationKind, RegistrationRefusal, TestMesh};
    /// # fn example(mesh: &TestMesh) {
    /// mesh.realm().registrations(|asked| match asked.kind {
    ///     RegistrationKind::Subscribe => Err(RegistrationRefusal::Refused),
    ///     _ => Ok(()),
    /// });
    /// # }
    /// ```
    pub fn registrations(
        &self,
        policy: impl Fn(&Registration<'_>) -> Result<(), RegistrationRefusal> + Send + Sync + 'static,
    ) {
        lock(&self.mesh.rules).registration = Arc::new(policy);
    }

    /// Decides which nodes may link to the station from now on. Links that are up stay;
    /// [`TestMesh::end_link`] ends one.
    pub fn admit(&self, policy: impl Fn(NodeId) -> bool + Send + Sync + 'static) {
        lock(&self.mesh.rules).admit = Arc::new(move |node| policy(NodeId::from_bytes(*node)));
    }

    /// Decides what a service that asks for the authority of its `actions` is given. The realm gives what is asked for
    /// until it is told.
    pub fn authority(
        &self,
        policy: impl Fn(&AuthorityRequest) -> Authority + Send + Sync + 'static,
    ) {
        lock(&self.mesh.rules).authority = Arc::new(policy);
    }
}
