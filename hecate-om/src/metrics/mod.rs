//! Counters and histograms that the modules above keep, read by `/metrics`.

mod tally;

pub(crate) use tally::Tally;
