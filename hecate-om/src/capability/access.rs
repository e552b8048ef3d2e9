//! Access policy of a capability.

/// Access policy of a capability: `access = …` of the attribute.
///
/// The policy is enforced before the payload is decoded. A caller without the required token is
/// refused with `unauthorized` (macula's UCAN_V1).
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
}
