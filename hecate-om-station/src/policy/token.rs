//! Policy for the permissions that the realm grants a node, as a UCAN presented to other nodes.

use std::sync::Arc;
use std::time::Duration;

/// Default lifetime of a UCAN: short, so that services rotate their UCANs during development.
const DEFAULT_TTL: Duration = Duration::from_secs(10 * 60);

/// Permission that the realm grants to a device whose request names none (macula-realm's device
/// tier).
const DEVICE: &str = "member/device-verified";

/// A node's request for a UCAN of the realm. Its signature is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The requesting node, which becomes the UCAN's audience.
    pub node: [u8; 32],
    /// The org that the node claims to provide for; empty if the request names none.
    pub org: String,
    /// The scope of the permissions, from the node's manifest; may be empty.
    pub scope: String,
    /// The requested permissions.
    pub permissions: Vec<String>,
    /// Patterns of the resources that the permissions are requested for.
    pub resources: Vec<String>,
    /// The requested lifetime; `None` leaves the choice to the realm.
    pub ttl: Option<Duration>,
}

/// Content of a UCAN that the realm signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenGrant {
    /// The granted permissions; each becomes the `can` of a UCAN capability.
    pub permissions: Vec<String>,
    /// The resource of the permissions, as an MRI (`mri:org:<realm>/<org>`); `None` is the whole
    /// realm.
    pub resource: Option<String>,
    /// Lifetime, in whole seconds, at least one.
    pub ttl: Duration,
}

impl TokenGrant {
    /// Creates a grant of `permissions` in the whole realm, for ten minutes.
    #[must_use]
    pub fn new<P: Into<String>>(permissions: impl IntoIterator<Item = P>) -> Self {
        Self {
            permissions: permissions.into_iter().map(Into::into).collect(),
            resource: None,
            ttl: DEFAULT_TTL,
        }
    }

    /// Creates a grant of all permissions in `request`, in the whole realm, for the requested
    /// lifetime but at most ten minutes. If the request names no permission, the grant has the
    /// permission that a realm grants every device.
    #[must_use]
    pub fn all_of(request: &TokenRequest) -> Self {
        Self {
            permissions: if request.permissions.is_empty() {
                vec![DEVICE.to_owned()]
            } else {
                request.permissions.clone()
            },
            resource: None,
            ttl: request.ttl.map_or(DEFAULT_TTL, |ttl| ttl.min(DEFAULT_TTL)),
        }
    }
}

/// The realm's decision about a request for a UCAN.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenDecision {
    /// The realm signs a UCAN with this content.
    Grant(TokenGrant),
    /// The decision is pending. The node receives `not_admitted` and is expected to ask again.
    Pending,
    /// The request is refused, with this text for the node.
    Refuse(String),
}

/// Decides a node's request for a UCAN.
pub type TokenPolicy = Arc<dyn Fn(&TokenRequest) -> TokenDecision + Send + Sync>;

/// Grants every node the permissions that it requests.
pub(crate) fn grant_requested() -> TokenPolicy {
    Arc::new(|request| TokenDecision::Grant(TokenGrant::all_of(request)))
}
