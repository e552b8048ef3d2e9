//! Counters and histograms that the modules above keep, read by `/metrics`.

mod call;
mod items;

pub(crate) use call::CallMetrics;
pub(crate) use items::ItemCounts;
