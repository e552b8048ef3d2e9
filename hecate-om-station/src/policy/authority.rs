//! Which permissions the realm grants a node, as a UCAN that the node presents to other nodes.

use std::sync::Arc;
use std::time::Duration;

/// Lifetime of a UCAN unless the policy sets one: short, so that services are seen to rotate it.
const DEFAULT_TTL: Duration = Duration::from_secs(10 * 60);

/// Permission that the realm grants to a device whose request names none (macula-realm's device
/// tier).
const DEVICE: &str = "member/device-verified";

/// A node's request for a UCAN of the realm. Its signature is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorityRequest {
    /// The requesting node, which becomes the UCAN's audience.
    pub node: [u8; 32],
    /// The org that the node claims to provide for; empty if the request names none.
    pub org: String,
    /// The authority scope of the node's manifest; may be empty.
    pub scope: String,
    /// The requested permissions.
    pub permissions: Vec<String>,
    /// Patterns of the resources that the permissions are requested for.
    pub resources: Vec<String>,
    /// The requested lifetime; `None` leaves it to the realm.
    pub ttl: Option<Duration>,
}

/// Content of a UCAN that the realm signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityGrant {
    /// The granted permissions; each becomes the `can` of a UCAN capability.
    pub permissions: Vec<String>,
    /// The resource they are granted for, as an MRI (`mri:org:<realm>/<org>`); `None` is the whole
    /// realm.
    pub with: Option<String>,
    /// Lifetime, in whole seconds, at least one.
    pub ttl: Duration,
}

impl AuthorityGrant {
    /// Creates a grant of `permissions` in the whole realm, for ten minutes.
    #[must_use]
    pub fn new<P: Into<String>>(permissions: impl IntoIterator<Item = P>) -> Self {
        Self {
            permissions: permissions.into_iter().map(Into::into).collect(),
            with: None,
            ttl: DEFAULT_TTL,
        }
    }

    /// Creates a grant of all that `request` asks for, in the whole realm, for the requested
    /// lifetime but at most ten minutes. If the request names no permission, the grant has the one
    /// that a realm gives every device.
    #[must_use]
    pub fn all_of(request: &AuthorityRequest) -> Self {
        Self {
            permissions: if request.permissions.is_empty() {
                vec![DEVICE.to_owned()]
            } else {
                request.permissions.clone()
            },
            with: None,
            ttl: request.ttl.map_or(DEFAULT_TTL, |ttl| ttl.min(DEFAULT_TTL)),
        }
    }
}

/// The realm's decision about a request for a UCAN.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authority {
    /// The realm signs a UCAN with this content.
    Grant(AuthorityGrant),
    /// The decision is open. The node receives `not_admitted` and is expected to ask again.
    Pending,
    /// The request is refused, with this text for the node.
    Refuse(String),
}

/// Decides a node's request for a UCAN.
pub type AuthorityPolicy = Arc<dyn Fn(&AuthorityRequest) -> Authority + Send + Sync>;

/// Grants every node what it requests.
pub(crate) fn grant_requested() -> AuthorityPolicy {
    Arc::new(|request| Authority::Grant(AuthorityGrant::all_of(request)))
}
