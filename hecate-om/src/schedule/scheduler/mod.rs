//! The scheduler: one task for each schedule, with at most one run at a time.

mod stats;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, field};

use super::pattern::Pattern;
use super::replicas::{Choice, Replicas};
use super::times::Times;
use super::{DueTime, JobContext, Schedule, When};
use crate::backoff::{full_jitter, jittered};
use crate::capability::StateMap;
use crate::clock::Clock;
use crate::dead_letter::{Attempts, DeadLetters, GivenUp, HandlerKey, Replay, ReplayError};
use crate::handler::{self, FailedRun, GiveUp, HandlerError, HandlerExit, HandlerTasks};
use stats::SkipReason;

pub(crate) use stats::ScheduleStats;

/// Maximum random delay of a run after the time of its pattern, so that services with the same
/// pattern do not all start at once.
const MAX_JITTER: Duration = Duration::from_secs(5);
/// Poll interval of the time of day, because the time of day may be set, or the machine may sleep,
/// while a schedule waits.
const POLL_INTERVAL: Duration = Duration::from_secs(30);
/// Maximum step back of the time of day that does not make earlier runs due again, because time
/// servers correct the time by seconds.
const MAX_CORRECTION: Duration = Duration::from_secs(60);
/// Maximum time of the retries of a run without a next one.
const MAX_RETRYING: Duration = Duration::from_secs(24 * 3600);

/// Running schedules, with their statistics.
#[derive(Debug, Clone)]
pub(crate) struct Scheduler {
    stats: Vec<Arc<ScheduleStats>>,
}

impl Scheduler {
    /// Starts each schedule as one of the `tasks`, with the entry of `stats` at the same index.
    /// Without `replicas`, this instance runs all due times.
    pub(crate) fn start(
        schedules: Vec<Schedule>,
        stats: &[Arc<ScheduleStats>],
        states: &Arc<StateMap>,
        clock: &Clock,
        tasks: &HandlerTasks,
        dead_letters: &DeadLetters,
        replicas: Option<&Replicas>,
    ) -> Self {
        for (schedule, stats) in schedules.into_iter().zip(stats) {
            let job = Arc::new(Job {
                schedule,
                stats: Arc::clone(stats),
                states: Arc::clone(states),
                clock: clock.clone(),
                stop: tasks.stopped().clone(),
                cancel: tasks.cancellation().clone(),
                dead_letters: dead_letters.clone(),
                replicas: replicas.filter(|_| schedule.one_replica).cloned(),
                turn: tokio::sync::Mutex::default(),
            });
            let replayed = Arc::clone(&job);
            let replay = Replay::new(move |letter, _| {
                let due = UNIX_EPOCH + Duration::from_millis(letter.published_at);
                Box::pin(Arc::clone(&replayed).replay(due))
            });
            dead_letters.set_handler(HandlerKey::Schedule(schedule.name.into()), replay);
            tasks.spawn(async move { job.run().await });
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
    dead_letters: DeadLetters,
    /// `None` if this instance runs all due times.
    replicas: Option<Replicas>,
    /// Held during a run, so that a replay and a run are never at once.
    turn: tokio::sync::Mutex<()>,
}

impl Job {
    async fn run(&self) {
        match self.schedule.when {
            When::Every(ms) if self.schedule.one_replica => {
                self.follow(&Times::Aligned(Duration::from_millis(ms)))
                    .await;
            }
            When::Every(ms) => self.every(Duration::from_millis(ms)).await,
            When::Cron(pattern) => match Pattern::read(pattern) {
                Ok(pattern) => self.follow(&Times::Cron(pattern)).await,
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
            self.run_due(self.clock.time(), began + period).await;
            let took = self.clock.now().saturating_duration_since(began);
            let (skipped, late) = overrun(took, period);
            self.stats
                .skip(skipped, &self.schedule, SkipReason::Overran);
            pause = jittered(period).saturating_sub(late);
        }
    }

    async fn follow(&self, times: &Times) {
        // No run is due for times before the start.
        let mut last = self.clock.time();
        while let Some(due) = times.after(last) {
            let at = due + self.delay(due, period(times, due));
            match self.until(at, last).await {
                WaitResult::Due => {}
                WaitResult::SetBack => {
                    last = self.clock.time();
                    continue;
                }
                WaitResult::End => return,
            }
            let began = self.clock.now();
            let Some(skipped) = self.choose(due, period(times, due)).await else {
                return;
            };
            if let Some(reason) = skipped {
                self.stats.skip(1, &self.schedule, reason);
            } else {
                let next = times.after(due.max(self.clock.time()));
                let until_next = next.and_then(|next| next.duration_since(self.clock.time()).ok());
                self.run_due(due, began + until_next.unwrap_or(MAX_RETRYING))
                    .await;
            }
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
                .skip(times.count(due, last), &self.schedule, reason);
        }
    }

    /// Returns the delay of a run after its due time, at most a tenth of the time until the next.
    fn delay(&self, due: SystemTime, period: Duration) -> Duration {
        let longest = MAX_JITTER.min(period / 10);
        let share = match &self.replicas {
            Some(replicas) => replicas.delay(&self.schedule, due),
            None => rand::random_range(0.0..1.0),
        };
        longest.mul_f64(share)
    }

    /// Returns the reason for which this instance skips a due time, `Some(None)` if it runs, and
    /// `None` if the service is shutting down.
    async fn choose(&self, due: SystemTime, period: Duration) -> Option<Option<SkipReason>> {
        let Some(replicas) = &self.replicas else {
            return Some(None);
        };
        let mut choice = Choice::Unknown;
        let choosing = async { choice = replicas.choose(&self.schedule, due, period).await };
        self.waited(choosing).await.then_some(match choice {
            Choice::ThisReplica => None,
            Choice::OtherReplica => Some(SkipReason::OtherReplica),
            Choice::Unknown => Some(SkipReason::NoReplicaKnown),
        })
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

    /// Runs once, and again after each failure that may be retried, but not after `superseded`,
    /// when the next run is due.
    async fn run_due(&self, due: SystemTime, superseded: tokio::time::Instant) {
        let mut so_far = None;
        while let Some(failed) = self.run_once(due).await.failure() {
            if self.schedule.failure.retries.is_none() {
                return;
            }
            let attempts = Attempts::count(so_far, self.clock.time());
            so_far = Some(attempts);
            let policy = self.schedule.failure;
            let delay = match policy.longest_delay(attempts.failed, &failed) {
                Ok(longest) => full_jitter(longest),
                Err(reason) => return self.give_up(due, attempts, &failed, reason).await,
            };
            if self.clock.now() + delay >= superseded {
                tracing::debug!(
                    schedule = self.schedule.name,
                    attempts = attempts.failed,
                    "a failed run is not retried, because the next one is due"
                );
                return;
            }
            if !self.waited(self.clock.sleep(delay)).await {
                let reason = GiveUp::Shutdown;
                return self.give_up(due, attempts, &failed, reason).await;
            }
            self.stats.retried.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn give_up(
        &self,
        due: SystemTime,
        attempts: Attempts,
        failed: &FailedRun,
        reason: GiveUp,
    ) {
        tracing::warn!(
            schedule = self.schedule.name,
            attempts = attempts.failed,
            %reason,
            "a run was given up"
        );
        let given_up = GivenUp {
            handler: HandlerKey::Schedule(self.schedule.name.into()),
            at: self.schedule.location,
            version: "",
            publisher: None,
            published_at: due,
            reason,
            error: &failed.error,
            now: self.clock.time(),
        };
        let storing = self.dead_letters.store((given_up, attempts), Vec::new());
        storing.await;
    }

    /// Runs once for a dead letter.
    async fn replay(self: Arc<Self>, due: SystemTime) -> Result<(), ReplayError> {
        match self.run_once(due).await {
            HandlerExit::Cancelled => Err(ReplayError::Stopping),
            exit => exit
                .failure()
                .map_or(Ok(()), |failed| Err(ReplayError::Failed(failed))),
        }
    }

    async fn run_once(&self, due: SystemTime) -> HandlerExit {
        let _turn = self.turn.lock().await;
        let Schedule { name, location, .. } = self.schedule;
        let span = tracing::info_span!(
            "run",
            schedule = name,
            outcome = field::Empty,
            duration_ms = field::Empty
        );
        let running = self.stats.metrics.start(&span);
        let job = JobContext {
            states: self.states.current(),
            due: DueTime(due),
        };
        let ended = handler::run(
            || (self.schedule.invoke)(job),
            self.schedule.failure.deadline,
            &self.cancel,
        )
        .instrument(span.clone())
        .await;
        if let Some(word) = ended.label() {
            running.end(word);
        }
        let _entered = span.enter();
        match &ended {
            HandlerExit::Completed => self.stats.succeeded(),
            HandlerExit::Failed(
                HandlerError::Failed(why)
                | HandlerError::Permanent(why)
                | HandlerError::Undecodable(why),
            ) => {
                tracing::warn!(error = %why, at = location, "the run failed");
            }
            HandlerExit::TimedOut(deadline) => {
                tracing::warn!(
                    error = handler::timed_out(*deadline),
                    at = location,
                    "the run failed"
                );
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
        ended
    }
}

/// Returns the time from a due time to the next.
fn period(times: &Times, due: SystemTime) -> Duration {
    let next = times.after(due);
    let period = next.and_then(|next| next.duration_since(due).ok());
    period.unwrap_or(MAX_RETRYING)
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
