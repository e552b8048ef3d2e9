//! Access policy of a capability.

use super::AllowList;

/// Access policy of a capability: `access = …` of the attribute.
///
/// The policy is enforced before the payload is decoded. A caller without the required token (macula's
/// UCAN_V1), or that is not listed, is refused with `unauthorized`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Every node of the mesh may call.
    Open,
    /// Nodes with a UCAN that is rooted in the realm's key and grants this permission may call.
    RealmMember {
        /// The permission (`can` in the UCAN).
        permission: &'static str,
    },
    /// Nodes with a UCAN that is rooted in this issuer may call.
    Ucan {
        /// Node id of the issuer, as 64 lower-case hex digits.
        issuer: &'static str,
    },
    /// Nodes with a UCAN that is rooted in the issuer whose node id is the value of this setting
    /// may call. Boot replaces this variant by [`Access::Ucan`], or is refused.
    UcanFrom {
        /// The environment variable, which the service declares.
        setting: &'static str,
    },
    /// These nodes may call, and nobody if there are none. Boot replaces this variant by
    /// [`Access::Listed`].
    Nodes {
        /// Node ids, each as 64 lower-case hex digits.
        nodes: &'static [&'static str],
    },
    /// The nodes in this setting may call, and nobody if it is not set. Boot replaces this variant by
    /// [`Access::Listed`].
    NodesFrom {
        /// The environment variable, which the service declares.
        setting: &'static str,
    },
    /// The nodes of this list may call.
    #[doc(hidden)]
    Listed(&'static AllowList),
}

impl Access {
    /// Returns whether callers need a token, which macula-rust verifies.
    pub(crate) const fn needs_token(self) -> bool {
        match self {
            Self::Open | Self::Nodes { .. } | Self::NodesFrom { .. } | Self::Listed(_) => false,
            Self::RealmMember { .. } | Self::Ucan { .. } | Self::UcanFrom { .. } => true,
        }
    }
}
