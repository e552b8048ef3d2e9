//! Access policy of a capability.

use std::fmt;

/// Access policy of a capability: the callers that may call it.
///
/// In a manifest: `"open"`, `{"realm_member": {"can": "…"}}`, `{"ucan": {"issuer": "…"}}` or
/// `{"ucan_from": {"setting": "…"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Access {
    /// Every caller.
    Open,
    /// Members of the service's realm whose token grants a permission.
    RealmMember {
        /// The permission that the caller's token must grant.
        #[cfg_attr(feature = "serde", serde(rename = "can"))]
        permission: String,
    },
    /// Holders of a token from this issuer.
    Ucan {
        /// The issuer: a node id in 64 lowercase hex digits, or a DID.
        issuer: String,
    },
    /// Holders of a token from the issuer whose node id is in a setting of the service.
    UcanFrom {
        /// The environment variable of the setting.
        setting: String,
    },
}

/// Writes the access as in the attribute: `realm_member("parcels/register")`.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::RealmMember { permission } => write!(f, "realm_member({permission:?})"),
            Self::Ucan { issuer } => write!(f, "ucan(issuer = {issuer:?})"),
            Self::UcanFrom { setting } => write!(f, "ucan(issuer = setting({setting:?}))"),
        }
    }
}
