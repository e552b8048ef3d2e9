//! Access policy of a capability.

use std::fmt;

/// Access policy of a capability: the callers that may call it.
///
/// In a manifest: `"open"`, `{"realm_member": {"can": "…"}}`, `{"ucan": {"issuer": "…"}}`,
/// `{"ucan_from": {"setting": "…"}}`, `{"nodes": ["…"]}` or `{"nodes_from": {"setting": "…"}}`.
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
    /// These nodes only; nobody if the list is empty.
    Nodes(
        /// Node ids in 64 lowercase hex digits.
        Vec<String>,
    ),
    /// The nodes in a setting of the service; nobody if it is not set.
    NodesFrom {
        /// The environment variable of the setting, a list of node ids.
        setting: String,
    },
}

impl Access {
    /// Returns whether callers need a token.
    #[must_use]
    pub const fn needs_token(&self) -> bool {
        match self {
            Self::Open | Self::Nodes(_) | Self::NodesFrom { .. } => false,
            Self::RealmMember { .. } | Self::Ucan { .. } | Self::UcanFrom { .. } => true,
        }
    }
}

/// Writes the access as in the attribute: `realm_member("parcels/register")`.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::RealmMember { permission } => write!(f, "realm_member({permission:?})"),
            Self::Ucan { issuer } => write!(f, "ucan(issuer = {issuer:?})"),
            Self::UcanFrom { setting } => write!(f, "ucan(issuer = setting({setting:?}))"),
            Self::Nodes(nodes) => {
                let nodes: Vec<String> = nodes.iter().map(|node| format!("{node:?}")).collect();
                write!(f, "nodes({})", nodes.join(", "))
            }
            Self::NodesFrom { setting } => write!(f, "nodes(setting({setting:?}))"),
        }
    }
}
