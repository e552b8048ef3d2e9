//! Whether requests are encrypted end to end.

/// Whether the requests of a capability are encrypted end to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Confidential {
    /// Never.
    Off,
    /// If the caller supports it.
    Preferred,
    /// Always: an unencrypted request is refused.
    Required,
}
