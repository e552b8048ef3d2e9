//! Verified claims of a caller's token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::NodeId;

/// Claims of the UCAN with which a call was made.
///
/// The token was verified for this caller, realm and procedure before the handler runs (macula's
/// UCAN_V1). A handler reads them by [`Call::claims`](crate::Call::claims). Grants of a delegated
/// token that its parents do not include are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    pub(crate) issuer: String,
    pub(crate) audience: NodeId,
    /// Id of the call's realm.
    pub(crate) realm: [u8; 32],
    /// The called procedure.
    pub(crate) procedure: String,
    pub(crate) grants: Vec<PermissionGrant>,
    pub(crate) expires: u64,
    pub(crate) facts: Map<String, Value>,
}

/// Permission on a resource, granted by a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionGrant {
    pub(crate) resource: String,
    pub(crate) permission: String,
}

impl PermissionGrant {
    /// Returns the resource (`with` in the UCAN): `mri:realm:<realm>`, `mri:org:<realm>/<org>` or
    /// `mri:proc:<realm>/<procedure>`.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Returns the permission (`can` in the UCAN), such as `corpora/write`.
    #[must_use]
    pub fn permission(&self) -> &str {
        &self.permission
    }
}

impl Claims {
    /// Returns the `did:key` that signed the token. For a delegated token it is the delegate's, not
    /// that of the chain's root, which `access = …` requires.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the node that the token was issued to: the caller.
    #[must_use]
    pub const fn audience(&self) -> NodeId {
        self.audience
    }

    /// Returns the token's grants in their order. Each grant applies only to its resource: prefer
    /// [`Claims::allows`] and [`Claims::allows_on`], which compare it.
    #[must_use]
    pub fn grants(&self) -> &[PermissionGrant] {
        &self.grants
    }

    /// Returns the expiry of the token: the earliest in its chain, in whole seconds.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.expires)
    }

    /// Returns the issuer's further statements (`fct` in the UCAN); empty if there are none.
    #[must_use]
    pub const fn facts(&self) -> &Map<String, Value> {
        &self.facts
    }
}
