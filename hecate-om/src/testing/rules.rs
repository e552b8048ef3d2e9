//! The decisions of a test's realm, which the test's station follows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use hecate_om_station::{
    Admission, Authority, AuthorityGrant, AuthorityPolicy, LinkPolicy, RegistrationKind,
    RegistrationPolicy, RegistrationRefusal, StationConfig,
};

use super::lock;

/// Decisions of a test's realm.
pub(super) struct Rules {
    pub(super) admission: Admission,
    /// Decisions for single orgs, which override `admission`.
    pub(super) org_admissions: BTreeMap<String, Admission>,
    pub(super) refused_advertisements: BTreeMap<String, RegistrationRefusal>,
    pub(super) registration: RegistrationPolicy,
    pub(super) admit: LinkPolicy,
    pub(super) authority: AuthorityPolicy,
}

impl Rules {
    /// Configures a station to follow the returned rules, which initially grant everything.
    pub(super) fn install(config: &mut StationConfig) -> Arc<Mutex<Self>> {
        let rules = Arc::new(Mutex::new(Self {
            admission: Admission::Grant,
            org_admissions: BTreeMap::new(),
            refused_advertisements: BTreeMap::new(),
            registration: Arc::new(|_| Ok(())),
            admit: Arc::new(|_| true),
            authority: Arc::new(|request| Authority::Grant(AuthorityGrant::all_of(request))),
        }));
        let claims = Arc::clone(&rules);
        config.admission = Arc::new(move |org, _| {
            let rules = lock(&claims);
            rules
                .org_admissions
                .get(org)
                .unwrap_or(&rules.admission)
                .clone()
        });
        let registrations = Arc::clone(&rules);
        config.registration = Arc::new(move |registration| {
            let rules = lock(&registrations);
            if registration.kind == RegistrationKind::Advertise
                && let Some(refusal) = rules.refused_advertisements.get(registration.name)
            {
                return Err(*refusal);
            }
            let policy = Arc::clone(&rules.registration);
            // The lock is released before the policy runs, because the policy may use the mesh.
            drop(rules);
            policy(registration)
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
            .field("org_admissions", &self.org_admissions)
            .field("refused_advertisements", &self.refused_advertisements)
            .finish_non_exhaustive()
    }
}
