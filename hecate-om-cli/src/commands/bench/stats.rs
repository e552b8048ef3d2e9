//! Statistics of finished calls.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use hecate_om::call::CallError;

use crate::output::Failure;

/// Maximum recorded latency: twice the maximum timeout of a call.
const LONGEST_US: u64 = 2 * 600 * 1_000_000;
/// Precision of quantiles, in decimal digits.
const DIGITS: u8 = 3;
/// Maximum number of distinct error codes; a provider can return any code.
const MAX_CODES: usize = 32;
/// Code that counts the errors beyond that number.
const OTHERS: &str = "others";

/// Finished calls: errors by code, and the latency of answered calls.
#[derive(Debug)]
pub(super) struct Stats {
    took: Histogram<u64>,
    errors: BTreeMap<String, u64>,
    response_bytes: u64,
    /// The first error, to report why no call was answered.
    pub(super) first_error: Option<CallError>,
}

/// Latency of the answered calls, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(super) struct Latency {
    pub(super) min: f64,
    pub(super) mean: f64,
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) max: f64,
}

impl Stats {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self {
            took: Histogram::new_with_bounds(1, LONGEST_US, DIGITS)
                .map_err(|error| Failure::new("failed", error.to_string()))?,
            errors: BTreeMap::new(),
            response_bytes: 0,
            first_error: None,
        })
    }

    /// Counts a finished call, with the size of its response or its error.
    pub(super) fn count(&mut self, took: Duration, outcome: Result<u64, CallError>) {
        match outcome {
            Ok(bytes) => {
                let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                self.took.saturating_record(micros.max(1));
                self.response_bytes += bytes;
            }
            Err(error) => {
                let known = self.errors.contains_key(error.code());
                let code = if known || self.errors.len() < MAX_CODES {
                    error.code()
                } else {
                    OTHERS
                };
                *self.errors.entry(code.to_owned()).or_default() += 1;
                self.first_error.get_or_insert(error);
            }
        }
    }

    pub(super) fn calls(&self) -> u64 {
        self.answered() + self.failed()
    }

    pub(super) fn answered(&self) -> u64 {
        self.took.len()
    }

    pub(super) fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Returns the number of errors by code.
    pub(super) fn errors(&self) -> impl Iterator<Item = (&str, u64)> {
        self.errors.iter().map(|(code, n)| (code.as_str(), *n))
    }

    pub(super) const fn response_bytes(&self) -> u64 {
        self.response_bytes
    }

    /// Returns the latency, `None` if no call was answered.
    pub(super) fn latency(&self) -> Option<Latency> {
        let ms = |micros: u64| micros as f64 / 1_000.0;
        let quantile = |q| ms(self.took.value_at_quantile(q));
        (!self.took.is_empty()).then(|| Latency {
            min: ms(self.took.min()),
            mean: self.took.mean() / 1_000.0,
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: ms(self.took.max()),
        })
    }
}

#[cfg(test)]
mod tests {
    use hecate_om::Refusal;

    use super::*;

    fn refused(code: &str) -> Result<u64, CallError> {
        Err(CallError::Refused(Refusal::new(code.to_owned(), "")))
    }

    #[test]
    fn every_call_is_counted_once() {
        let mut stats = Stats::new().unwrap();
        assert_eq!(stats.latency(), None);
        for n in 1..=1_000 {
            stats.count(Duration::from_millis(n), Ok(10));
        }
        stats.count(Duration::ZERO, refused("busy"));
        stats.count(Duration::ZERO, refused("busy"));
        stats.count(Duration::ZERO, refused("rate_limited"));
        assert_eq!(
            (stats.calls(), stats.answered(), stats.failed()),
            (1_003, 1_000, 3)
        );
        assert_eq!(stats.response_bytes(), 10_000);
        let errors: Vec<_> = stats.errors().collect();
        assert_eq!(errors, [("busy", 2), ("rate_limited", 1)]);
        let first = stats.first_error.as_ref().map(CallError::code);
        assert_eq!(first, Some("busy"));
    }

    #[test]
    fn quantiles_are_exact_to_three_digits_and_exclude_errors() {
        let mut stats = Stats::new().unwrap();
        for n in 1..=1_000 {
            stats.count(Duration::from_millis(n), Ok(0));
        }
        stats.count(Duration::from_secs(60), refused("busy"));
        let latency = stats.latency().unwrap();
        for (value, wanted) in [
            (latency.min, 1.0),
            (latency.mean, 500.5),
            (latency.p50, 500.0),
            (latency.p90, 900.0),
            (latency.p99, 990.0),
            (latency.p999, 999.0),
            (latency.max, 1_000.0),
        ] {
            assert!((value - wanted).abs() <= wanted / 500.0, "{latency:?}");
        }
    }

    #[test]
    fn a_latency_above_the_maximum_counts_as_the_maximum() {
        let mut stats = Stats::new().unwrap();
        stats.count(Duration::MAX, Ok(0));
        assert_eq!(stats.answered(), 1);
    }

    #[test]
    fn the_number_of_error_codes_is_limited() {
        let mut stats = Stats::new().unwrap();
        for n in 0..1_000 {
            stats.count(Duration::ZERO, refused(&format!("code_{n}")));
        }
        assert_eq!(stats.failed(), 1_000);
        assert_eq!(stats.errors().count(), MAX_CODES + 1);
    }
}
