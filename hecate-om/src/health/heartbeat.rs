//! The runtime's heartbeat: a task that shows that the runtime still runs tasks. Other threads can
//! read the heartbeat.
//!
//! The clock alone does not show that the heartbeat is late: a paused process (SIGSTOP, a suspended
//! or starved machine) has no heartbeat either, and recovers as soon as it continues. So a second
//! task, on another thread, counts only the time without a beat during which the second task itself
//! ran.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::HealthState;

/// The time at which the runtime last ran a task.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    /// The origin of `last`.
    since: Instant,
    /// Time of the last beat in microseconds, so that a beat is one atomic store.
    last: AtomicU64,
    /// Observed time since the last beat, in microseconds.
    silent: AtomicU64,
}

impl Heartbeat {
    /// Interval of the beats and of the observations.
    pub(crate) const EVERY: Duration = Duration::from_secs(1);
    /// Observed time without a beat after which the runtime counts as unresponsive. It is ten beats
    /// long, because a busy machine delays some beats, and a failing probe may kill the process.
    pub(crate) const LATE: Duration = Duration::from_secs(10);
    /// Observed time without a beat after which a stall is logged.
    const STALLED: Duration = Duration::from_secs(3);

    /// Creates a heartbeat whose last beat is now.
    pub(crate) fn new() -> Self {
        Self {
            since: Instant::now(),
            last: AtomicU64::new(0),
            silent: AtomicU64::new(0),
        }
    }

    /// Records that the runtime runs tasks.
    pub(crate) fn beat(&self) {
        self.last
            .store(micros(self.since.elapsed()), Ordering::Relaxed);
        self.silent.store(0, Ordering::Relaxed);
    }

    /// Returns the time since the last beat.
    pub(crate) fn age(&self) -> Duration {
        let last = Duration::from_micros(self.last.load(Ordering::Relaxed));
        self.since.elapsed().saturating_sub(last)
    }

    /// Adds an interval that was observed without interruption, unless a heartbeat occurred in it.
    fn observed(&self, stretch: Duration) {
        let silent = stretch.min(self.age());
        self.silent.fetch_add(micros(silent), Ordering::Relaxed);
    }

    /// Returns the observed time without a beat, if it is at least [`Heartbeat::LATE`], which means
    /// that the runtime is unresponsive.
    pub(crate) fn overdue(&self) -> Option<Duration> {
        self.silent_for(Self::LATE)
    }

    /// Returns the observed time without a beat, if it is at least `limit`.
    fn silent_for(&self, limit: Duration) -> Option<Duration> {
        let silent = Duration::from_micros(self.silent.load(Ordering::Relaxed));
        (silent >= limit).then_some(silent)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Records beats periodically, as long as the future is polled.
pub(crate) async fn run_heartbeat(health_state: Arc<HealthState>) {
    loop {
        health_state.heartbeat.beat();
        tokio::time::sleep(Heartbeat::EVERY).await;
    }
}

/// Observes the heartbeat until `health_state` is dropped, and logs when the runtime stalls and
/// when it continues. Must run on a different thread than the beats.
pub(crate) async fn observe(health_state: Weak<HealthState>) {
    let mut stalled = false;
    loop {
        let started = Instant::now();
        tokio::time::sleep(Heartbeat::EVERY).await;
        let Some(health_state) = health_state.upgrade() else {
            return;
        };
        // A much longer interval means that this thread, and so most likely the process, was
        // paused.
        let observed = started.elapsed().min(Heartbeat::EVERY * 2);
        health_state.heartbeat.observed(observed);
        let silent = health_state.heartbeat.silent_for(Heartbeat::STALLED);
        match silent {
            Some(silent) if !stalled => tracing::warn!(
                running = running(&health_state),
                seconds = silent.as_secs(),
                "the runtime runs no tasks because handlers block its threads; move blocking work to \
                 `spawn_blocking`"
            ),
            None if stalled => tracing::warn!("the runtime is no longer stalled"),
            _ => {}
        }
        stalled = silent.is_some();
    }
}

/// Returns the calls, facts and scheduled runs in progress, one of which blocks the runtime's
/// threads.
fn running(health_state: &HealthState) -> Option<String> {
    let sources = health_state.sources.get()?;
    let calls = sources.calls.iter();
    let calls = calls.map(|(procedure, tally)| (procedure.clone(), tally.running()));
    let runs = sources.schedules.iter();
    let runs = runs.map(|stats| (stats.name.to_owned(), stats.metrics.running()));
    let facts = sources.mesh.facts().subscription_stats().into_iter();
    let facts = facts.map(|stats| (stats.topic.clone(), stats.metrics.running()));
    let running = calls.chain(facts).chain(runs);
    let running = running.filter(|(_, running)| *running > 0);
    let names: Vec<String> = running.map(|(name, _)| name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_beat(ago: Duration) -> Heartbeat {
        Heartbeat {
            since: Instant::now().checked_sub(ago).unwrap(),
            ..Heartbeat::new()
        }
    }

    #[test]
    fn a_heartbeat_is_late_after_the_limit() {
        let heartbeat = last_beat(Heartbeat::LATE);
        heartbeat.observed(Heartbeat::LATE - Duration::from_millis(1));
        assert_eq!(heartbeat.overdue(), None);
        heartbeat.observed(Duration::from_millis(1));
        assert_eq!(heartbeat.overdue(), Some(Heartbeat::LATE));
    }

    #[test]
    fn time_before_a_heartbeat_is_not_counted() {
        let heartbeat = Heartbeat::new();
        heartbeat.observed(Heartbeat::LATE * 2);
        assert_eq!(heartbeat.overdue(), None);
    }

    #[test]
    fn a_heartbeat_resets_the_age() {
        let heartbeat = last_beat(Heartbeat::LATE * 2);
        heartbeat.observed(Heartbeat::LATE * 2);
        assert!(heartbeat.overdue().is_some());
        heartbeat.beat();
        assert_eq!(heartbeat.overdue(), None);
        assert!(heartbeat.age() < Heartbeat::LATE);
    }

    #[test]
    fn a_pause_of_the_process_does_not_make_the_heartbeat_late() {
        let heartbeat = last_beat(Heartbeat::LATE * 3);
        assert!(heartbeat.age() >= Heartbeat::LATE * 3);
        assert_eq!(heartbeat.overdue(), None);
    }
}
