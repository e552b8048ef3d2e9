//! Counters and histograms that the modules above keep, read by `/metrics`.

mod items;
mod tally;

pub(crate) use items::ItemCounts;
pub(crate) use tally::Tally;
