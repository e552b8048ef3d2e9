//! Who may call a capability.

/// Who may call a capability: `access = …` of the attribute.
///
/// Enforced before the payload is decoded. A caller without the required token is refused as
/// `unauthorized` (macula's UCAN_V1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Every node of the mesh.
    Open,
    /// Nodes with a UCAN that is rooted in the realm's key and grants this permission.
    RealmMember {
        /// The permission (`can` in the UCAN).
        can: &'static str,
    },
    /// Nodes with a UCAN that is rooted in this issuer.
    Ucan {
        /// Node id of the issuer, 64 lower-case hex digits.
        issuer: &'static str,
    },
    /// Nodes with a UCAN that is rooted in the issuer whose node id is the value of this setting.
    /// Boot replaces it with [`Access::Ucan`], or is refused.
    UcanFrom {
        /// The environment variable, declared by the service.
        setting: &'static str,
    },
}
