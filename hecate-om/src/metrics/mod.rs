//! Counters and histograms that other modules update and `/metrics` exposes.

mod call;
mod items;

pub(crate) use call::CallMetrics;
pub(crate) use items::ItemCounts;
