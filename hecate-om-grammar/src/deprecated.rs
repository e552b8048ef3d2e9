//! Deprecation of a capability.

/// Deprecation notice of a capability, which is still served.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Deprecated {
    /// The first version of the service in which the capability is deprecated, `0.3.0`.
    pub since: String,
    /// What to call instead (`use` in a manifest); `None` if there is no replacement.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "use", skip_serializing_if = "Option::is_none")
    )]
    pub instead: Option<String>,
}
