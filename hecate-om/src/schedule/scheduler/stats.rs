//! Statistics of the runs of a schedule.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::metrics::CallMetrics;
use crate::schedule::Schedule;

/// Outcomes of a run.
const OUTCOMES: [&str; 4] = ["ok", "failed", "panicked", "timed_out"];

/// Statistics of one schedule's runs.
#[derive(Debug)]
pub(crate) struct ScheduleStats {
    pub(crate) name: &'static str,
    pub(crate) metrics: CallMetrics,
    /// Number of skipped runs, by reason.
    skipped: [AtomicU64; SkipReason::ALL.len()],
    /// Number of retries of failed runs.
    pub(crate) retried: AtomicU64,
    last_success: Mutex<Option<Instant>>,
}

impl ScheduleStats {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            metrics: CallMetrics::new(&OUTCOMES),
            skipped: Default::default(),
            retried: AtomicU64::new(0),
            last_success: Mutex::default(),
        }
    }

    /// Returns the time since the last successful run.
    pub(crate) fn last_success_ago(&self) -> Option<Duration> {
        let at = self
            .last_success
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        at.map(|at| at.elapsed())
    }

    pub(super) fn succeeded(&self) {
        let mut at = self
            .last_success
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *at = Some(Instant::now());
    }

    /// Returns the number of skipped runs for each reason.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = SkipReason::ALL.into_iter().zip(&self.skipped);
        counts.map(|(reason, runs)| (reason.label(), runs.load(Ordering::Relaxed)))
    }

    /// Counts skipped runs, and logs the reason once for all of them.
    pub(super) fn skip(&self, runs: u64, schedule: &Schedule, reason: SkipReason) {
        if runs == 0 {
            return;
        }
        self.skipped[reason as usize].fetch_add(runs, Ordering::Relaxed);
        match reason {
            SkipReason::Overran => tracing::warn!(
                schedule = schedule.name,
                runs,
                "runs were skipped because one took longer than its interval"
            ),
            SkipReason::ClockAdvanced => tracing::warn!(
                schedule = schedule.name,
                runs,
                "runs were skipped because the system clock moved past them"
            ),
            SkipReason::OtherReplica => tracing::debug!(
                schedule = schedule.name,
                "a run was left to another instance"
            ),
            SkipReason::NoReplicaKnown => tracing::debug!(
                schedule = schedule.name,
                "a run was skipped because the mesh names no instance that runs the schedule"
            ),
        }
    }
}

/// Reason for skipping runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SkipReason {
    /// The previous run was still in progress.
    Overran,
    /// The clock was set forward, or the machine slept.
    ClockAdvanced,
    /// Another instance was chosen, with `replicas = one`.
    OtherReplica,
    /// No station answered, or no instance is advertised, with `replicas = one`.
    NoReplicaKnown,
}

impl SkipReason {
    const ALL: [Self; 4] = [
        Self::Overran,
        Self::ClockAdvanced,
        Self::OtherReplica,
        Self::NoReplicaKnown,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Overran => "overran",
            Self::ClockAdvanced => "clock_advanced",
            Self::OtherReplica => "other_replica",
            Self::NoReplicaKnown => "no_replica_known",
        }
    }
}
