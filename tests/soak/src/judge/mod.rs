//! The judge: what the histories must show. Each promise is a function of its own.

mod calls;
mod contents;
mod drains;
mod facts;
mod metrics;
mod model;
mod readiness;
mod resources;
mod streams;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::history::Histories;

pub use drains::DRAIN_MAX;
pub use model::{Model, RECOVERY, SLOWEST};
pub use readiness::{CERTIFICATE_LIFE, IMPOSTORS, LONGEST_WAIT};

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The promise's name.
    pub promise: &'static str,
    /// What the histories show.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise, self.text)
    }
}

/// A check of one promise: returns a text for each time that it is broken.
type Check = fn(&Model) -> Vec<String>;

/// Lists the checks of each module by their names.
macro_rules! promises {
    ($($module:ident: $($name:ident),*;)*) => {
        &[$($((stringify!($name), $module::$name as Check),)*)*]
    };
}

/// All promises, by name.
pub const PROMISES: &[(&str, Check)] = promises! {
    calls: runs_were_asked_for, at_most_once, answers_are_right, answers_have_run, every_call_ends,
        runs_are_answered, not_run_means_not_run, denied_calls_do_not_run,
        failures_are_reported, runs_have_their_calls_deadline, no_run_after_the_deadline,
        runs_end_at_their_deadline, calls_succeed_in_calm, pinned_calls_stay, limits_hold,
        retries_are_few, revoked_providers_do_not_run;
    contents: contents_are_right, contents_are_fetched;
    streams: streams_are_whole, streams_end_on_both_sides;
    facts: facts_keep_their_order, lost_facts_are_reported, interruptions_end_with_a_gap,
        facts_arrive_in_calm, facts_were_published, schedules_do_not_overlap, schedules_run;
    drains: drains_end_in_time, drains_end_with_their_work, drains_finish_calls,
        drains_send_their_facts, second_signals_end_at_once,
        no_unexpected_exit, draining_is_not_ready;
    readiness: ready_in_time, unready_in_time, impostors_are_refused, ready_means_advertised, ready_means_answering,
        permits_return;
    resources: nothing_leaks, nothing_is_in_progress_when_idle, stations_forget_what_has_ended,
        idle_means_idle, no_panics;
    metrics: metrics_agree, histograms_agree, advertised_at_each_station;
};

/// Known faults of the product, by the promise that they break and a part of the text. They are
/// printed, and do not fail a run. Delete an entry once its fault is corrected.
const KNOWN: &[(&str, &str)] = &[
    // A stream of macula-py to a restarted provider is sealed with its old key, and refused: see
    // "A refused key is remembered" in `docs/upstream.md`.
    ("calls_succeed_in_calm", "ClosedError"),
    (
        "calls_succeed_in_calm",
        "macula-py: stream error sealed_refused",
    ),
    ("facts_keep_their_order", facts::UNCONFIRMED),
    ("lost_facts_are_reported", facts::UNCONFIRMED),
];

impl Violation {
    /// Returns the part of the text by which a known fault of the product is recognized.
    #[must_use]
    pub fn known(&self) -> Option<&'static str> {
        let known = KNOWN
            .iter()
            .find(|(promise, part)| *promise == self.promise && self.text.contains(part));
        known.map(|(_, part)| *part)
    }
}

/// Compares the histories with all promises.
#[must_use]
pub fn judge(histories: &Histories) -> Vec<Violation> {
    let model = Model::new(histories);
    let broken = |&(promise, check): &(&'static str, Check)| {
        check(&model)
            .into_iter()
            .map(move |text| Violation { promise, text })
    };
    PROMISES.iter().flat_map(broken).collect()
}
