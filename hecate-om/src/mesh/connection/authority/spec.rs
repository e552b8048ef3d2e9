//! The authority that a service asks for.

/// The authority that a service needs, as upstream's `identity_spec/0` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentitySpec {
    /// The scope of the service's authority.
    pub scope: &'static str,
    /// What it does elsewhere.
    pub actions: &'static [&'static str],
    /// What it does that to, as patterns.
    pub resources: &'static [&'static str],
    /// For how many days a grant lasts.
    pub ttl_days: u32,
}
