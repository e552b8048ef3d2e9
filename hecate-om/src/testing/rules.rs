//! The decisions of a test's realm, which the test's station follows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use hecate_om_station::{
    ClaimDecision, LinkPolicy, RegistrationKind, RegistrationPolicy, RegistrationRefusal,
    StationConfig, TokenDecision, TokenGrant, TokenPolicy,
};

use super::lock;

/// Decisions of a test's realm.
pub(super) struct Rules {
    pub(super) claims: ClaimDecision,
    /// Decisions for single orgs, which override `claims`.
    pub(super) org_claims: BTreeMap<String, ClaimDecision>,
    pub(super) refused_advertisements: BTreeMap<String, RegistrationRefusal>,
    pub(super) registration_policy: RegistrationPolicy,
    pub(super) link_policy: LinkPolicy,
    pub(super) token_policy: TokenPolicy,
}

impl Rules {
    /// Configures a station to follow the returned rules, which initially grant everything.
    pub(super) fn install(config: &mut StationConfig) -> Arc<Mutex<Self>> {
        let rules = Arc::new(Mutex::new(Self {
            claims: ClaimDecision::Grant,
            org_claims: BTreeMap::new(),
            refused_advertisements: BTreeMap::new(),
            registration_policy: Arc::new(|_| Ok(())),
            link_policy: Arc::new(|_| true),
            token_policy: Arc::new(|request| TokenDecision::Grant(TokenGrant::all_of(request))),
        }));
        let claims = Arc::clone(&rules);
        config.claim_policy = Arc::new(move |org, _| {
            let rules = lock(&claims);
            rules.org_claims.get(org).unwrap_or(&rules.claims).clone()
        });
        let registrations = Arc::clone(&rules);
        config.registration_policy = Arc::new(move |registration| {
            let rules = lock(&registrations);
            if registration.kind == RegistrationKind::Advertise
                && let Some(refusal) = rules.refused_advertisements.get(registration.name)
            {
                return Err(*refusal);
            }
            let policy = Arc::clone(&rules.registration_policy);
            // The lock is released before the policy runs, because the policy may use the mesh.
            drop(rules);
            policy(registration)
        });
        let links = Arc::clone(&rules);
        config.link_policy = Arc::new(move |node| {
            let policy = Arc::clone(&lock(&links).link_policy);
            policy(node)
        });
        let requests = Arc::clone(&rules);
        config.token_policy = Arc::new(move |request| {
            let policy = Arc::clone(&lock(&requests).token_policy);
            policy(request)
        });
        rules
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("claims", &self.claims)
            .field("org_claims", &self.org_claims)
            .field("refused_advertisements", &self.refused_advertisements)
            .finish_non_exhaustive()
    }
}
