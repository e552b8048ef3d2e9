//! The service's authority elsewhere: a short-lived UCAN from the realm for what the manifest's `identity_spec`
//! names, rotated before it ends. It is held in memory only.

mod obtain;
mod reply;
mod request;
mod spec;

pub use spec::IdentitySpec;

pub(crate) use obtain::Asking;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use super::ucan::Ucan;

/// Procedures remembered as asking for a token, at most: a service calls a few, by names from its own code.
const MAX_ASKING: usize = 1024;

/// What a node may do elsewhere, and how it knows.
#[derive(Debug)]
pub(crate) struct Authority {
    /// `None` for a node that is no service.
    spec: Option<IdentitySpec>,
    standing: watch::Sender<Standing>,
    /// The procedures that have asked for a token.
    asking: Mutex<HashSet<String>>,
}

/// Where the node stands with its realm.
#[derive(Debug, Clone, Default, PartialEq)]
struct Standing {
    state: AuthorityState,
    held: Option<Arc<Held>>,
}

/// How the last request for authority came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum AuthorityState {
    /// The service needs none: its `identity_spec` names no action.
    #[default]
    NotNeeded,
    /// The realm was not asked yet.
    Unasked,
    /// It could not be asked.
    NotDelivered(String),
    /// The realm lets it wait for a person.
    Pending,
    /// The realm refused.
    Refused(String),
    /// The realm's answer is of no use.
    Unusable(String),
    /// The realm gave a token.
    Issued,
}

/// A token that was verified as this node's, from its realm.
#[derive(Debug, PartialEq)]
struct Held {
    ucan: Ucan,
    /// Unix seconds.
    expires: u64,
    /// The actions of the service that it allows, and those that it does not.
    granted: Vec<&'static str>,
    missing: Vec<&'static str>,
}

/// The standing in a few words and numbers, for health and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorityStatus {
    pub(crate) state: AuthorityState,
    /// How long the token that is held is still good; `None` where none is.
    pub(crate) expires_in: Option<Duration>,
    /// The actions that the token held does not allow; all, where none is held.
    pub(crate) missing: Vec<&'static str>,
}

/// Why no token can be presented for an action.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::mesh) enum NoToken {
    /// The service's `permissions` do not include it.
    Undeclared,
    /// There is none, which may change.
    NotYet(AuthorityStatus),
}

impl Authority {
    /// The authority of a service.
    pub(crate) fn of(spec: IdentitySpec) -> Self {
        let state = match spec.actions {
            [] => AuthorityState::NotNeeded,
            _ => AuthorityState::Unasked,
        };
        Self {
            spec: Some(spec),
            standing: watch::Sender::new(Standing { state, held: None }),
            asking: Mutex::default(),
        }
    }

    /// That of a node that has none, as it is no service.
    pub(crate) fn none() -> Self {
        Self {
            spec: None,
            standing: watch::Sender::default(),
            asking: Mutex::default(),
        }
    }

    /// Holds a token that a test made, which allows all of the service's actions.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn hold_for_tests(&self, ucan: Ucan) {
        let claims = crate::mesh::connection::ucan::claims(ucan.token(), ucan.proofs());
        let held = Held {
            expires: claims.map_or(0, |claims| claims.expires),
            ucan,
            granted: self.actions().to_vec(),
            missing: Vec::new(),
        };
        self.standing.send_replace(Standing {
            state: AuthorityState::Issued,
            held: Some(Arc::new(held)),
        });
    }

    /// What the service may ask for.
    fn actions(&self) -> &'static [&'static str] {
        self.spec.map_or(&[], |spec| spec.actions)
    }

    /// Where it stands. Costs a lock that nobody holds for long.
    pub(crate) fn status(&self) -> AuthorityStatus {
        let standing = self.standing.borrow();
        let held = standing.held.as_deref().filter(|held| held.is_good());
        AuthorityStatus {
            state: standing.state.clone(),
            expires_in: held.map(Held::left),
            missing: held.map_or(self.actions(), |held| &held.missing).to_vec(),
        }
    }

    /// The token that is held, where it is still good.
    pub(in crate::mesh) fn token(&self) -> Option<Ucan> {
        let standing = self.standing.borrow();
        let held = standing.held.as_deref().filter(|held| held.is_good());
        held.map(|held| held.ucan.clone())
    }

    /// A token that allows `action`, waiting for one at most so long: no wait helps where the realm has answered.
    pub(in crate::mesh) async fn token_for(
        &self,
        action: &str,
        patience: Duration,
    ) -> Result<Ucan, NoToken> {
        if !self.actions().contains(&action) {
            return Err(NoToken::Undeclared);
        }
        let mut standing = self.standing.subscribe();
        let answered = standing.wait_for(|s| s.allows(action) || s.is_answered());
        // Either way the standing says how it is now.
        let _ = tokio::time::timeout(patience, answered).await;
        let standing = self.standing.borrow().clone();
        match standing.held.as_deref() {
            Some(held) if standing.allows(action) => Ok(held.ucan.clone()),
            _ => Err(NoToken::NotYet(self.status())),
        }
    }

    /// Whether a provider of `procedure` has asked for a token.
    pub(in crate::mesh) fn is_asked_by(&self, procedure: &str) -> bool {
        let asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        asking.contains(procedure)
    }

    /// Remembers that a provider of `procedure` asks for a token.
    pub(in crate::mesh) fn asked_by(&self, procedure: &str) {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if asking.len() >= MAX_ASKING {
            // Forgetting costs a call one refusal.
            asking.clear();
        }
        asking.insert(procedure.to_owned());
    }
}

impl Standing {
    fn allows(&self, action: &str) -> bool {
        let held = self.held.as_deref();
        held.is_some_and(|held| held.is_good() && held.granted.contains(&action))
    }

    /// Whether the realm has said its word, so that another will not come soon.
    fn is_answered(&self) -> bool {
        matches!(
            self.state,
            AuthorityState::Refused(_) | AuthorityState::Unusable(_) | AuthorityState::Issued
        )
    }
}

impl Held {
    fn left(&self) -> Duration {
        let ends = UNIX_EPOCH + Duration::from_secs(self.expires);
        ends.duration_since(SystemTime::now()).unwrap_or_default()
    }

    fn is_good(&self) -> bool {
        !self.left().is_zero()
    }
}

impl AuthorityState {
    /// Every state's.
    pub(crate) const NAMES: [&str; 7] = [
        "not_needed",
        "unasked",
        "not_delivered",
        "pending",
        "refused",
        "unusable",
        "issued",
    ];

    /// Its name, for programs.
    pub(crate) const fn name(&self) -> &'static str {
        Self::NAMES[match self {
            Self::NotNeeded => 0,
            Self::Unasked => 1,
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
            AuthorityState::NotNeeded => f.write_str("the service has no authority of its own"),
            AuthorityState::Unasked => f.write_str("the realm was not asked yet"),
            AuthorityState::NotDelivered(why) => write!(f, "the realm could not be asked: {why}"),
            AuthorityState::Pending => {
                f.write_str("the realm has not admitted this node yet; its operator must")
            }
            AuthorityState::Refused(why) => write!(f, "the realm refused: {why}"),
            AuthorityState::Unusable(why) => write!(f, "the realm's token is of no use: {why}"),
            AuthorityState::Issued if self.expires_in.is_none() => {
                f.write_str("the realm's token has run out")
            }
            AuthorityState::Issued if self.missing.is_empty() => {
                f.write_str("the realm granted all")
            }
            AuthorityState::Issued => {
                write!(f, "the realm did not grant {}", self.missing.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests;
