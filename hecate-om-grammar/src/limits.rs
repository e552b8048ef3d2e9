//! Limits on the calls of a capability.

/// Limits that the author set for one capability. `None` means the default, which is a constant of
/// this type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limits {
    /// The largest payload, in bytes.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub max_bytes: Option<u64>,
    /// The longest run of the handler, in milliseconds.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub timeout_ms: Option<u64>,
    /// The number of calls that run at once.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub concurrency: Option<u32>,
    /// The number of calls that wait for one of those to end.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub queue: Option<u32>,
    /// The window in which calls are counted, in milliseconds.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub window_ms: Option<u64>,
    /// The number of calls of one caller in a window.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub per_caller_max: Option<u32>,
    /// The number of calls of all callers in a window.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub global_max: Option<u32>,
    /// The number of different callers in a window.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub max_distinct_callers: Option<u32>,
}

impl Limits {
    /// Default of `max_bytes`, in bytes.
    pub const DEFAULT_MAX_BYTES: u64 = 64 * 1024;

    /// Default of `timeout_ms`, in milliseconds.
    pub const DEFAULT_TIMEOUT_MS: u64 = 30_000;

    /// Default of `concurrency`. The default of `queue` is the value of `concurrency`, but at most
    /// this.
    pub const DEFAULT_CONCURRENCY: u32 = 1024;

    /// Default of `window_ms`, in milliseconds.
    pub const DEFAULT_WINDOW_MS: u64 = 10_000;

    /// Default of `per_caller_max`.
    pub const DEFAULT_PER_CALLER_MAX: u32 = 600;

    /// Default of `global_max`.
    pub const DEFAULT_GLOBAL_MAX: u32 = 6000;

    /// Default of `max_distinct_callers`.
    pub const DEFAULT_MAX_DISTINCT_CALLERS: u32 = 1024;

    /// The largest `max_bytes`: a frame on the wire is smaller than 16 MiB.
    pub const MAX_MAX_BYTES: u64 = 16 * 1024 * 1024 - 1;

    /// The largest `window_ms`, one hour: the longest that a refused caller waits for the next
    /// window.
    pub const MAX_WINDOW_MS: u64 = 3_600_000;

    /// Returns whether the author set no limit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
