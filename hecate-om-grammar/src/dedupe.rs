//! Recognition of repeated requests.

/// How long, and where, a capability keeps its answers to requests with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dedupe {
    /// The time from the first answer for which the key gives this answer again.
    pub window_ms: u64,
    /// Where the answers are kept.
    pub store: DedupeStore,
}

/// Where the answers to requests with a key are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum DedupeStore {
    /// In memory: a restart forgets them.
    Memory,
    /// In the state directory.
    Disk,
}
