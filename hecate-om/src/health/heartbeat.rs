//! The runtime's heartbeat: a task on it says that it still runs tasks; whoever reads it need not be on the runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Vitals;

/// When the runtime was last seen to run a task.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    /// What `last` counts from.
    since: Instant,
    /// Microseconds, so that a beat is one atomic store.
    last: AtomicU64,
}

impl Heartbeat {
    /// How often the runtime beats.
    pub(crate) const EVERY: Duration = Duration::from_secs(1);
    /// The age from which the runtime counts as not responsive. Ten missed beats: a machine that is merely busy
    /// delays some, and a probe that is told of it may end the process.
    pub(crate) const LATE: Duration = Duration::from_secs(10);

    /// A heartbeat that has just beaten.
    pub(crate) fn new() -> Self {
        Self {
            since: Instant::now(),
            last: AtomicU64::new(0),
        }
    }

    /// Says that the runtime runs.
    pub(crate) fn beat(&self) {
        let now = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// How long ago it last beat.
    pub(crate) fn age(&self) -> Duration {
        let last = Duration::from_micros(self.last.load(Ordering::Relaxed));
        self.since.elapsed().saturating_sub(last)
    }

    /// The age where it is [`Heartbeat::LATE`] or more: the runtime is not responsive.
    pub(crate) fn late(&self) -> Option<Duration> {
        let age = self.age();
        (age >= Self::LATE).then_some(age)
    }
}

/// Beats for as long as it is polled.
pub(crate) async fn beat(vitals: Arc<Vitals>) {
    loop {
        vitals.heartbeat.beat();
        tokio::time::sleep(Heartbeat::EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_beat(ago: Duration) -> Heartbeat {
        Heartbeat {
            since: Instant::now().checked_sub(ago).unwrap(),
            last: AtomicU64::new(0),
        }
    }

    #[test]
    fn it_is_late_from_the_stated_age_on() {
        assert_eq!(Heartbeat::new().late(), None);
        let late = last_beat(Heartbeat::LATE);
        assert!(late.late().is_some_and(|age| age >= Heartbeat::LATE));
    }

    #[test]
    fn a_beat_makes_it_young_again() {
        let heartbeat = last_beat(Heartbeat::LATE * 2);
        assert!(heartbeat.late().is_some());
        heartbeat.beat();
        assert_eq!(heartbeat.late(), None);
        assert!(heartbeat.age() < Heartbeat::LATE);
    }
}
