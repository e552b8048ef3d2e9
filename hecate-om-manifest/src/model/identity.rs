//! What a service's principal is allowed to do.

use serde::{Deserialize, Serialize};

/// What the realm is asked to certify for a service; the ancestor's `identity_spec/0`.
///
/// It informs whoever issues the certificate. Nothing on the mesh enforces it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentitySpec {
    /// The scope of the principal, by default the service's name.
    pub scope: String,
    /// What it may do.
    #[serde(default)]
    pub actions: Vec<String>,
    /// On what, as patterns such as `corpora/*`.
    #[serde(default)]
    pub resources: Vec<String>,
    /// How long a certificate lives, in days.
    pub ttl_days: u32,
}
