//! Counters and histograms that other modules and the service update, and `/metrics` exposes.

mod call;
mod items;
mod service;

pub(crate) use call::CallMetrics;
pub(crate) use items::ItemCounts;
pub use service::{Counter, Family, Gauge, Histogram, Instrument, ServiceMetrics};

/// Label of everything beyond a limit of separate metrics (OpenTelemetry's name for an unknown
/// method).
pub(crate) const OTHER: &str = "_OTHER";
