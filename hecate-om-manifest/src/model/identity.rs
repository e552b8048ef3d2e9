//! Identity of a service.

use serde::{Deserialize, Serialize};

/// The identity that a service asks its realm for, as `identity_spec/0` in hecate-om (Erlang).
///
/// It informs the issuer of the certificate. Nothing on the mesh enforces it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentitySpec {
    /// The scope of the identity. The default is the service's name.
    pub scope: String,
    /// The permissions.
    #[serde(default, rename = "actions")]
    pub permissions: Vec<String>,
    /// The resources that the permissions apply to, as patterns such as `corpora/*`.
    #[serde(default)]
    pub resources: Vec<String>,
    /// The lifetime of the certificate, in days.
    pub ttl_days: u32,
}
