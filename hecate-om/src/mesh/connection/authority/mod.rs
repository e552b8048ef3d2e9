//! The service's permissions in other services: a short-lived UCAN from the realm, for the
//! manifest's `identity_spec`. The token is rotated before it expires, and is stored in memory
//! only.

mod obtain;
mod reply;
mod request;
mod spec;

pub use spec::IdentitySpec;

pub(crate) use obtain::TokenRequester;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use super::ucan::Ucan;

/// Maximum number of remembered procedures that require a token. A service calls few procedures,
/// named in its code.
const MAX_REQUIRING: usize = 1024;

/// Permissions of this node, and the token that proves them.
#[derive(Debug)]
pub(crate) struct Authority {
    /// `None` for a node that is not a service.
    spec: Option<IdentitySpec>,
    current: watch::Sender<Current>,
    /// Procedures whose providers require a token.
    requiring: Mutex<HashSet<String>>,
}

/// Outcome of the last request, and the token of the last successful one.
#[derive(Debug, Clone, Default, PartialEq)]
struct Current {
    state: AuthorityState,
    token: Option<Arc<IssuedToken>>,
}

/// State of the request for permissions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum AuthorityState {
    /// The service needs no permissions: its `identity_spec` names none.
    #[default]
    NotNeeded,
    /// No request was sent yet.
    NotRequested,
    /// The request did not reach the realm.
    NotDelivered(String),
    /// The realm's operator has not admitted this node yet.
    Pending,
    /// The realm refused the request.
    Refused(String),
    /// The realm's reply contains no usable token.
    Unusable(String),
    /// The realm issued a token.
    Issued,
}

/// Verified token that the realm issued to this node.
#[derive(Debug, PartialEq)]
struct IssuedToken {
    ucan: Ucan,
    /// Expiry in Unix seconds.
    expires: u64,
    /// Permissions of the service's `identity_spec` that the token grants.
    granted: Vec<&'static str>,
    /// Permissions of the service's `identity_spec` that the token does not grant.
    missing: Vec<&'static str>,
}

/// Summary of an [`Authority`] for health and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorityStatus {
    pub(crate) state: AuthorityState,
    /// Remaining lifetime of the valid token, if any.
    pub(crate) expires_in: Option<Duration>,
    /// Permissions that the service lacks: all of them if there is no valid token.
    pub(crate) missing: Vec<&'static str>,
}

/// Reason why no token grants a permission.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::mesh) enum NoToken {
    /// The service's `permissions` do not include the permission.
    Undeclared,
    /// The realm has not granted the permission yet.
    NotGranted(AuthorityStatus),
}

impl Authority {
    /// Returns the authority of a service. The authority has no token yet.
    pub(crate) fn new(spec: IdentitySpec) -> Self {
        let state = match spec.permissions {
            [] => AuthorityState::NotNeeded,
            _ => AuthorityState::NotRequested,
        };
        Self {
            spec: Some(spec),
            current: watch::Sender::new(Current { state, token: None }),
            requiring: Mutex::default(),
        }
    }

    /// Returns the authority of a node that is not a service.
    pub(crate) fn none() -> Self {
        Self {
            spec: None,
            current: watch::Sender::default(),
            requiring: Mutex::default(),
        }
    }

    /// Stores a token made by a test, which grants all of the service's permissions.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn hold_for_tests(&self, ucan: Ucan) {
        let claims = super::claims::claims(ucan.token(), ucan.proofs());
        let token = IssuedToken {
            expires: claims.map_or(0, |claims| claims.expires),
            ucan,
            granted: self.permissions().to_vec(),
            missing: Vec::new(),
        };
        self.current.send_replace(Current {
            state: AuthorityState::Issued,
            token: Some(Arc::new(token)),
        });
    }

    /// Returns the permissions that the service needs.
    fn permissions(&self) -> &'static [&'static str] {
        self.spec.map_or(&[], |spec| spec.permissions)
    }

    pub(crate) fn status(&self) -> AuthorityStatus {
        let current = self.current.borrow();
        let token = current.valid_token();
        AuthorityStatus {
            state: current.state.clone(),
            expires_in: token.map(IssuedToken::remaining),
            missing: token
                .map_or(self.permissions(), |token| &token.missing)
                .to_vec(),
        }
    }

    /// Returns the current token, if it is valid.
    pub(in crate::mesh) fn token(&self) -> Option<Ucan> {
        let current = self.current.borrow();
        current.valid_token().map(|token| token.ucan.clone())
    }

    /// Returns a token that grants `permission`. Waits up to `timeout` for the realm's first
    /// answer.
    pub(in crate::mesh) async fn token_for(
        &self,
        permission: &str,
        timeout: Duration,
    ) -> Result<Ucan, NoToken> {
        if !self.permissions().contains(&permission) {
            return Err(NoToken::Undeclared);
        }
        let mut updates = self.current.subscribe();
        let answered = updates.wait_for(|now| now.grants(permission) || now.is_answered());
        // The current state decides, also after a timeout.
        let _ = tokio::time::timeout(timeout, answered).await;
        let current = updates.borrow().clone();
        match current.token.as_deref() {
            Some(token) if current.grants(permission) => Ok(token.ucan.clone()),
            _ => Err(NoToken::NotGranted(self.status())),
        }
    }

    /// Returns whether a provider of `procedure` has required a token.
    pub(in crate::mesh) fn is_required_by(&self, procedure: &str) -> bool {
        self.requiring().contains(procedure)
    }

    /// Records that a provider of `procedure` requires a token.
    pub(in crate::mesh) fn record_required_by(&self, procedure: &str) {
        let mut requiring = self.requiring();
        if requiring.len() >= MAX_REQUIRING {
            // Clearing costs one refused call per procedure.
            requiring.clear();
        }
        requiring.insert(procedure.to_owned());
    }

    fn requiring(&self) -> MutexGuard<'_, HashSet<String>> {
        self.requiring
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn valid_token(&self) -> Option<&IssuedToken> {
        self.token.as_deref().filter(|token| token.is_valid())
    }

    fn grants(&self, permission: &str) -> bool {
        self.valid_token()
            .is_some_and(|token| token.granted.contains(&permission))
    }

    /// Returns whether the realm has decided. Further waiting is then useless.
    fn is_answered(&self) -> bool {
        matches!(
            self.state,
            AuthorityState::Refused(_) | AuthorityState::Unusable(_) | AuthorityState::Issued
        )
    }
}

impl IssuedToken {
    fn remaining(&self) -> Duration {
        let expires = UNIX_EPOCH + Duration::from_secs(self.expires);
        expires
            .duration_since(SystemTime::now())
            .unwrap_or_default()
    }

    fn is_valid(&self) -> bool {
        !self.remaining().is_zero()
    }
}

impl AuthorityState {
    /// Names of all states.
    pub(crate) const NAMES: [&str; 7] = [
        "not_needed",
        "unasked",
        "not_delivered",
        "pending",
        "refused",
        "unusable",
        "issued",
    ];

    pub(crate) const fn name(&self) -> &'static str {
        Self::NAMES[match self {
            Self::NotNeeded => 0,
            Self::NotRequested => 1,
            Self::NotDelivered(_) => 2,
            Self::Pending => 3,
            Self::Refused(_) => 4,
            Self::Unusable(_) => 5,
            Self::Issued => 6,
        }]
    }
}

impl fmt::Display for AuthorityStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            AuthorityState::NotNeeded => f.write_str("the service declares no permissions"),
            AuthorityState::NotRequested => {
                f.write_str("no token was requested from the realm yet")
            }
            AuthorityState::NotDelivered(why) => {
                write!(f, "the request did not reach the realm: {why}")
            }
            AuthorityState::Pending => {
                f.write_str("the realm has not admitted this node yet; its operator must")
            }
            AuthorityState::Refused(why) => write!(f, "the realm refused: {why}"),
            AuthorityState::Unusable(why) => write!(f, "the realm's token is unusable: {why}"),
            AuthorityState::Issued if self.expires_in.is_none() => {
                f.write_str("the realm's token has expired")
            }
            AuthorityState::Issued if self.missing.is_empty() => {
                f.write_str("the realm granted everything")
            }
            AuthorityState::Issued => {
                write!(f, "the realm did not grant {}", self.missing.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests;
