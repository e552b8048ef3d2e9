//! Verified claims of a caller's token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::NodeId;

/// Claims of the UCAN that was presented with a call.
///
/// The token is verified for this caller, realm and procedure before the handler runs (macula's
/// UCAN_V1). A handler reads the claims by [`Call::claims`](crate::Call::claims). Grants of a
/// delegated token that the parent tokens do not include are left out.
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// Returns the `did:key` that signed the token. For a delegated token this is the delegate, not
    /// the root of the chain, which is what `access = …` requires.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the node that the token was issued to: the caller.
    #[must_use]
    pub const fn audience(&self) -> NodeId {
        self.audience
    }

    /// Returns the token's grants in order. Each grant applies only to its resource, so prefer
    /// [`Claims::allows`] and [`Claims::allows_on`], which compare the resource.
    #[must_use]
    pub fn grants(&self) -> &[PermissionGrant] {
        &self.grants
    }

    /// Returns the expiry of the token, in whole seconds: the earliest expiry in the token's chain.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.expires)
    }

    /// Returns the issuer's additional statements (`fct` in the UCAN); empty if there are none.
    #[must_use]
    pub const fn facts(&self) -> &Map<String, Value> {
        &self.facts
    }
}
