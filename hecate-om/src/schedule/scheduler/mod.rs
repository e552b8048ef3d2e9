//! The scheduler: one task for each schedule, with at most one run at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, field};

use super::pattern::Pattern;
use super::{JobContext, Schedule, When};
use crate::backoff::jittered;
use crate::capability::StateMap;
use crate::clock::Clock;
use crate::handler::{self, HandlerError, HandlerExit, HandlerTasks};
use crate::metrics::CallMetrics;

/// Maximum random delay of a run after the time of its pattern, so that services with the same
/// pattern do not all start at once.
const CRON_JITTER: Duration = Duration::from_secs(5);
/// Poll interval of the time of day, because the time of day may be set, or the machine may sleep,
/// while a schedule waits.
const POLL_INTERVAL: Duration = Duration::from_secs(30);
/// Maximum step back of the time of day that does not make earlier runs due again, because time
/// servers correct the time by seconds.
const MAX_CORRECTION: Duration = Duration::from_secs(60);
/// Outcomes of a run.
const OUTCOMES: [&str; 3] = ["ok", "failed", "panicked"];

/// Running schedules, with their statistics.
#[derive(Debug, Clone)]
pub(crate) struct Scheduler {
    stats: Vec<Arc<ScheduleStats>>,
}

/// Statistics of one schedule's runs.
#[derive(Debug)]
pub(crate) struct ScheduleStats {
    pub(crate) name: &'static str,
    pub(crate) metrics: CallMetrics,
    /// Number of runs skipped because the previous run was still in progress.
    pub(crate) skipped: AtomicU64,
    last_success: Mutex<Option<Instant>>,
}

impl ScheduleStats {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            metrics: CallMetrics::new(&OUTCOMES),
            skipped: AtomicU64::new(0),
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

    fn succeeded(&self) {
        let mut at = self
            .last_success
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *at = Some(Instant::now());
    }

    /// Counts skipped runs, and logs the reason once for all of them.
    fn skip(&self, runs: u64, schedule: &Schedule, reason: SkipReason) {
        if runs == 0 {
            return;
        }
        self.skipped.fetch_add(runs, Ordering::Relaxed);
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
        }
    }
}

/// Reason for skipping runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SkipReason {
    /// The previous run was still in progress.
    Overran,
    /// The clock was set forward, or the machine slept.
    ClockAdvanced,
}

impl Scheduler {
    /// Starts each schedule as one of the `tasks`, with the entry of `stats` at the same index.
    pub(crate) fn start(
        schedules: Vec<Schedule>,
        stats: &[Arc<ScheduleStats>],
        states: &Arc<StateMap>,
        clock: &Clock,
        tasks: &HandlerTasks,
    ) -> Self {
        for (schedule, stats) in schedules.into_iter().zip(stats) {
            let job = Job {
                schedule,
                stats: Arc::clone(stats),
                states: Arc::clone(states),
                clock: clock.clone(),
                stop: tasks.stopped().clone(),
                cancel: tasks.cancellation().clone(),
            };
            tasks.spawn(job.run());
        }
        Self {
            stats: stats.to_vec(),
        }
    }

    /// Returns the schedules with a run in progress.
    pub(crate) fn unfinished(&self) -> Vec<String> {
        let running = self
            .stats
            .iter()
            .filter(|stats| stats.metrics.running() > 0);
        running.map(|stats| stats.name.to_owned()).collect()
    }
}

/// A schedule that is running.
struct Job {
    schedule: Schedule,
    stats: Arc<ScheduleStats>,
    states: Arc<StateMap>,
    clock: Clock,
    stop: CancellationToken,
    cancel: CancellationToken,
}

impl Job {
    async fn run(self) {
        match self.schedule.when {
            When::Every(ms) => self.every(Duration::from_millis(ms)).await,
            When::Cron(pattern) => match Pattern::read(pattern) {
                Ok(pattern) => self.cron(&pattern).await,
                // The attribute has checked the pattern.
                Err(error) => tracing::error!(
                    %error,
                    schedule = self.schedule.name,
                    "invalid cron pattern, schedule disabled"
                ),
            },
        }
    }

    async fn every(&self, period: Duration) {
        // A random first delay, so that services that start together do not run at the same times.
        let mut pause = period.mul_f64(rand::random_range(0.0..1.0));
        while self.waited(self.clock.sleep(pause)).await {
            let began = self.clock.now();
            self.run_once().await;
            let took = self.clock.now().saturating_duration_since(began);
            let (skipped, late) = overrun(took, period);
            self.stats
                .skip(skipped, &self.schedule, SkipReason::Overran);
            pause = jittered(period).saturating_sub(late);
        }
    }

    async fn cron(&self, pattern: &Pattern) {
        // No run is due for times before the start.
        let mut last = self.clock.time();
        while let Some(due) = pattern.after(last) {
            let at = due + CRON_JITTER.mul_f64(rand::random_range(0.0..1.0));
            match self.until(at, last).await {
                WaitResult::Due => {}
                WaitResult::SetBack => {
                    last = self.clock.time();
                    continue;
                }
                WaitResult::End => return,
            }
            let began = self.clock.now();
            self.run_once().await;
            let took = self.clock.now().saturating_duration_since(began);
            let now = self.clock.time();
            if set_back(due, now) {
                last = now;
                continue;
            }
            last = now.max(due);
            let late = now.duration_since(at).unwrap_or_default();
            let reason = if late <= took + 2 * POLL_INTERVAL {
                SkipReason::Overran
            } else {
                SkipReason::ClockAdvanced
            };
            self.stats
                .skip(pattern.count(due, last), &self.schedule, reason);
        }
    }

    /// Waits until the time of day is `at`, or has been set back to before `last`.
    async fn until(&self, at: SystemTime, last: SystemTime) -> WaitResult {
        loop {
            let now = self.clock.time();
            let left = at.duration_since(now).unwrap_or_default();
            if left.is_zero() {
                return WaitResult::Due;
            }
            if set_back(last, now) {
                return WaitResult::SetBack;
            }
            if !self
                .waited(self.clock.sleep_unless_set(left.min(POLL_INTERVAL)))
                .await
            {
                return WaitResult::End;
            }
        }
    }

    /// Returns whether the wait ended before the service stopped.
    async fn waited(&self, wait: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = wait => true,
        }
    }

    async fn run_once(&self) {
        let Schedule { name, location, .. } = self.schedule;
        let span = tracing::info_span!(
            "run",
            schedule = name,
            outcome = field::Empty,
            duration_ms = field::Empty
        );
        let running = self.stats.metrics.start(&span);
        let job = JobContext {
            states: Arc::clone(&self.states),
        };
        let ended = handler::run(|| (self.schedule.invoke)(job), &self.cancel)
            .instrument(span.clone())
            .await;
        if let Some(word) = ended.label() {
            running.end(word);
        }
        let _entered = span.enter();
        match ended {
            HandlerExit::Completed => self.stats.succeeded(),
            HandlerExit::Failed(HandlerError::Failed(why) | HandlerError::Undecodable(why)) => {
                tracing::warn!(error = %why, at = location, "the run failed");
            }
            HandlerExit::Panicked(panic) => tracing::error!(
                %panic,
                at = panic.at(location),
                backtrace = panic.backtrace(),
                "the run panicked"
            ),
            // The drain logs cancelled runs.
            HandlerExit::Cancelled => {}
        }
    }
}

/// Result of waiting for the next run.
enum WaitResult {
    Due,
    /// The time of day was set back, so the time of the next run must be computed again.
    SetBack,
    /// The service is shutting down.
    End,
}

/// Returns whether the time of day was set back to before `last` by more than a correction.
fn set_back(last: SystemTime, now: SystemTime) -> bool {
    last.duration_since(now)
        .is_ok_and(|back| back > MAX_CORRECTION)
}

/// Returns the number of runs of this period that a run of duration `took` caused to be skipped,
/// and how far that run reached into the current period.
fn overrun(took: Duration, period: Duration) -> (u64, Duration) {
    let period = period.max(Duration::from_millis(1));
    let runs = took.as_nanos() / period.as_nanos();
    let runs = u64::try_from(runs).unwrap_or(u64::MAX);
    let late = took.as_nanos() % period.as_nanos();
    (runs, Duration::from_nanos(u64::try_from(late).unwrap_or(0)))
}

#[cfg(test)]
mod tests;
