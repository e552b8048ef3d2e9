//! What a node may do elsewhere: how a station is told what its realm grants.

use std::sync::Arc;
use std::time::Duration;

/// The longest a UCAN of the development realm lasts unless its policy says
/// otherwise: short, so that services are seen to rotate it.
const DEFAULT_TTL: Duration = Duration::from_secs(10 * 60);

/// The ability that a realm gives every device that asks and names none
/// (macula-realm's device tier).
const DEVICE: &str = "member/device-verified";

/// A node's request for a UCAN of the realm, its signature verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorityRequest {
    /// The node that the UCAN is to be made out to.
    pub node: [u8; 32],
    /// The org that the node says it provides for; empty where it does not say.
    pub org: String,
    /// The scope of its authority, as its manifest has it; may be empty.
    pub scope: String,
    /// What it asks to be allowed to do.
    pub actions: Vec<String>,
    /// What it would do that to, as patterns.
    pub resources: Vec<String>,
    /// How long it would have it; `None` leaves that to the realm.
    pub ttl: Option<Duration>,
}

/// What the realm puts into a UCAN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityGrant {
    /// What the node may do: each is the `can` of a capability.
    pub actions: Vec<String>,
    /// What it may do that to, as an MRI (`mri:org:<realm>/<org>`); `None` is
    /// the whole realm.
    pub with: Option<String>,
    /// How long: counted in whole seconds, at least one.
    pub ttl: Duration,
}

impl AuthorityGrant {
    /// A grant of `actions` in the whole realm, for ten minutes.
    #[must_use]
    pub fn new<A: Into<String>>(actions: impl IntoIterator<Item = A>) -> Self {
        Self {
            actions: actions.into_iter().map(Into::into).collect(),
            with: None,
            ttl: DEFAULT_TTL,
        }
    }

    /// All that `request` asks for, in the whole realm, for as long as it
    /// asks and at most ten minutes. One that names no action is given what
    /// a realm gives every device.
    #[must_use]
    pub fn all_of(request: &AuthorityRequest) -> Self {
        Self {
            actions: if request.actions.is_empty() {
                vec![DEVICE.to_owned()]
            } else {
                request.actions.clone()
            },
            with: None,
            ttl: request.ttl.map_or(DEFAULT_TTL, |ttl| ttl.min(DEFAULT_TTL)),
        }
    }
}

/// What the realm answers a node that asks for a UCAN.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authority {
    /// The node is given a UCAN of this.
    Grant(AuthorityGrant),
    /// The request waits for a person: the caller hears `not_admitted` and is
    /// expected to ask again.
    Pending,
    /// The request is refused, with this text for the caller.
    Refuse(String),
}

/// Decides what a node that asks for a UCAN is answered.
pub type AuthorityPolicy = Arc<dyn Fn(&AuthorityRequest) -> Authority + Send + Sync>;

/// Grants every node what it asks for.
pub(crate) fn all_that_is_asked() -> AuthorityPolicy {
    Arc::new(|request| Authority::Grant(AuthorityGrant::all_of(request)))
}
