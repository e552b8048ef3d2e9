//! Counters and histograms that other modules update and `/metrics` exposes.

mod call;
mod items;

pub(crate) use call::CallMetrics;
pub(crate) use items::ItemCounts;

/// Label of everything beyond a limit of separate metrics (OpenTelemetry's name for an unknown
/// method).
pub(crate) const OTHER: &str = "_OTHER";
