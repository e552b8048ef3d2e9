//! Metrics of the service's own.

use hecate_om::capability;
use hecate_om::metric::{Counter, Family, Histogram, ServiceMetrics};

/// The words that were measured.
#[derive(Debug)]
pub(crate) struct Measured {
    words: Family<Counter, 1>,
    lengths: Histogram,
}

impl Measured {
    pub(crate) fn register(metrics: &mut ServiceMetrics) -> Self {
        Self {
            words: metrics.counters("trial_words", "Measured words", ["word"]),
            lengths: metrics.histogram("trial_word_bytes", "Their lengths", [4.0, 16.0]),
        }
    }
}

/// Measures a word.
#[capability("trial.measure", version = 1, access = open)]
async fn measure(measured: &Measured, word: String) {
    measured.words.with([&word]).inc();
    measured.lengths.observe(word.len() as f64);
}
