//! The permissions that a service requests from its realm.

/// Permissions that a service requests from its realm, as in `identity_spec/0` of hecate-om
/// (Erlang).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentitySpec {
    /// Scope of the permissions, as defined by the realm.
    pub scope: &'static str,
    /// Permissions that the service needs in other services.
    pub permissions: &'static [&'static str],
    /// Patterns of the resources that the permissions apply to.
    pub resources: &'static [&'static str],
    /// Longest lifetime of a grant, in days.
    pub ttl_days: u32,
}
