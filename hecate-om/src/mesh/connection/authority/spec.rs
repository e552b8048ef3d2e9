//! The permissions that a service requests from its realm.

/// Permissions that a service requests from its realm, as `identity_spec/0` of hecate-om (Erlang).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentitySpec {
    /// Scope of the permissions, in the realm's terms.
    pub scope: &'static str,
    /// Permissions that the service needs in other services.
    pub actions: &'static [&'static str],
    /// Resources that the permissions apply to, as patterns.
    pub resources: &'static [&'static str],
    /// Longest lifetime of a grant, in days.
    pub ttl_days: u32,
}
