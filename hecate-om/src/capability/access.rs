//! Who may call a capability.

/// Who may call a capability, as `access = …` says in its attribute.
///
/// Enforced before the handler runs, and before its payload is read; a caller without the authority is
/// answered `unauthorized` (macula's UCAN_V1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Anyone on the mesh.
    Open,
    /// A node that holds a UCAN rooted in the realm's own key for this ability.
    RealmMember {
        /// The ability (`can`) that the token must grant.
        can: &'static str,
    },
    /// A node that holds a UCAN rooted in this issuer.
    Ucan {
        /// The issuer's node id, 64 lowercase hex digits.
        issuer: &'static str,
    },
    /// A node that holds a UCAN rooted in the issuer whose node id is in this setting: boot puts
    /// [`Access::Ucan`] in its place, or is refused.
    UcanFrom {
        /// The setting, an environment variable of the service's own.
        setting: &'static str,
    },
}
