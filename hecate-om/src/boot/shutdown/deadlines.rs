//! The deadlines of a drain and of each step in it.

use std::process;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::unfinished::UnfinishedWork;
use crate::telemetry;

/// Time after HECATE_DRAIN_MAX at which the process exits even if threads are blocked. It is used
/// to close the links and to write the log.
const EXIT: Duration = Duration::from_secs(1);
/// Part of [`EXIT`] reserved for writing the log.
const LOG: Duration = Duration::from_millis(250);
/// Offset within [`EXIT`] of the deadline of `stop`, and of the answers of abandoned calls.
const LAST_STEP: Duration = Duration::from_millis(300);
/// Offset within [`EXIT`] of the deadline of the stations' confirmations.
const CONFIRMED: Duration = Duration::from_millis(450);
/// Offset within [`EXIT`] of the deadline of closing the links.
const GOODBYE: Duration = Duration::from_millis(600);
const _: () = assert!(LAST_STEP.as_millis() < CONFIRMED.as_millis());
const _: () = assert!(CONFIRMED.as_millis() < GOODBYE.as_millis());
const _: () = assert!(GOODBYE.as_millis() < EXIT.as_millis() - LOG.as_millis());
/// Time within HECATE_DRAIN_MAX reserved for the steps after the work in flight, such as `stop`.
/// Limited to a tenth of HECATE_DRAIN_MAX.
const RESERVED: Duration = Duration::from_secs(2);

/// Deadlines of the steps of a drain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    start: Instant,
    /// HECATE_DRAIN_MAX.
    pub(super) limit: Duration,
}

impl Deadlines {
    /// Returns the deadlines of a drain that starts now.
    pub(super) fn start(limit: Duration) -> Self {
        Self {
            start: Instant::now(),
            limit,
        }
    }

    /// Returns the deadline of the work in flight, which is abandoned after it.
    pub(super) fn work(self) -> Instant {
        self.steps() - self.reserved()
    }

    /// Returns the deadline of withdrawing the shared contents. Most of the time after it is for
    /// `stop`.
    pub(super) fn contents_withdrawn(self) -> Instant {
        self.work() + self.reserved() / 4
    }

    fn reserved(self) -> Duration {
        RESERVED.min(self.limit / 10)
    }

    /// Returns the deadline of the steps after the work in flight.
    pub(super) fn steps(self) -> Instant {
        self.start + self.limit
    }

    /// Returns the deadline of `stop` and of the last answers if the work in flight took all of its
    /// time.
    pub(super) fn last_step(self) -> Instant {
        self.steps() + LAST_STEP
    }

    /// Returns the deadline of the stations' confirmations of the last answers and facts.
    pub(super) fn confirmed(self) -> Instant {
        self.steps() + CONFIRMED
    }

    /// Returns the deadline of closing the links.
    pub(super) fn goodbye(self) -> Instant {
        self.steps() + GOODBYE
    }

    /// Returns the deadline of leaving the development mesh.
    #[cfg(feature = "dev-mesh")]
    pub(super) fn leave_dev_mesh(self) -> Instant {
        self.steps() + EXIT - LOG
    }

    /// Returns the time left until the exit.
    pub(super) fn remaining(self) -> Duration {
        let exit = self.steps() + EXIT;
        exit.saturating_duration_since(Instant::now())
    }

    /// Exits the process at the last deadline, after logging the unfinished work. Runs on its own
    /// thread, because handlers and `stop` may block all others.
    pub(super) fn spawn_exit(self, work: &Arc<UnfinishedWork>) {
        let (work, limit) = (Arc::clone(work), self.limit);
        let spawned = std::thread::Builder::new()
            .name("drain".into())
            .spawn(move || {
                std::thread::sleep(limit + EXIT - LOG);
                work.report(limit);
                telemetry::flush(LOG);
                process::exit(0);
            });
        if let Err(error) = spawned {
            tracing::error!(%error, "cannot start the thread that limits the drain");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_steps_of_a_drain_end_one_after_the_other_and_before_the_exit() {
        for limit in [Duration::from_millis(10), Duration::from_secs(25)] {
            let start = Instant::now();
            let deadlines = Deadlines::start(limit);
            let steps = [
                start,
                deadlines.work(),
                deadlines.contents_withdrawn(),
                deadlines.steps(),
                deadlines.last_step(),
                deadlines.confirmed(),
                deadlines.goodbye(),
                start + limit + EXIT,
            ];
            assert!(steps.is_sorted_by(|a, b| a < b), "{limit:?}: {steps:?}");
            assert_eq!(deadlines.remaining(), limit + EXIT);
            tokio::time::advance(limit).await;
            assert_eq!(deadlines.remaining(), EXIT);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_drain_reserves_a_tenth_for_its_last_steps() {
        let limit = Duration::from_secs(5);
        let deadlines = Deadlines::start(limit);
        assert_eq!(deadlines.work(), Instant::now() + limit - limit / 10);
    }
}
