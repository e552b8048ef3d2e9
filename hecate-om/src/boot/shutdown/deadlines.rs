//! The deadlines of a drain and of each step in it.

use std::process;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::unfinished::UnfinishedWork;
use crate::telemetry;

/// Time after HECATE_DRAIN_MAX by which the process exits, whatever blocks. It is for closing the
/// links and writing the log.
const EXIT: Duration = Duration::from_secs(1);
/// Part of [`EXIT`] for writing the log.
const LOG: Duration = Duration::from_millis(250);
/// When, within [`EXIT`], `stop` has ended and the answers of abandoned calls are written.
const LAST_STEP: Duration = Duration::from_millis(300);
/// When, within [`EXIT`], the stations have confirmed what was sent.
const CONFIRMED: Duration = Duration::from_millis(450);
/// When, within [`EXIT`], the links are closed.
const GOODBYE: Duration = Duration::from_millis(600);
const _: () = assert!(LAST_STEP.as_millis() < CONFIRMED.as_millis());
const _: () = assert!(CONFIRMED.as_millis() < GOODBYE.as_millis());
const _: () = assert!(GOODBYE.as_millis() < EXIT.as_millis() - LOG.as_millis());
/// Time within HECATE_DRAIN_MAX reserved for the steps after the work in flight, such as `stop`; a
/// tenth of HECATE_DRAIN_MAX if that is less.
const RESERVED: Duration = Duration::from_secs(2);

/// When each step of a drain ends.
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

    /// When work in flight is abandoned.
    pub(super) fn work(self) -> Instant {
        self.steps() - self.reserved()
    }

    /// When the shared contents are withdrawn. Most of the time after it is for `stop`.
    pub(super) fn contents_withdrawn(self) -> Instant {
        self.work() + self.reserved() / 4
    }

    fn reserved(self) -> Duration {
        RESERVED.min(self.limit / 10)
    }

    /// When the steps after the work in flight end.
    pub(super) fn steps(self) -> Instant {
        self.start + self.limit
    }

    /// When `stop` and the last answers end if the work in flight took all of its time.
    pub(super) fn last_step(self) -> Instant {
        self.steps() + LAST_STEP
    }

    /// When the stations have confirmed the last answers and facts.
    pub(super) fn confirmed(self) -> Instant {
        self.steps() + CONFIRMED
    }

    /// When the links are closed.
    pub(super) fn goodbye(self) -> Instant {
        self.steps() + GOODBYE
    }

    /// When the development mesh is left.
    #[cfg(feature = "dev-mesh")]
    pub(super) fn leave(self) -> Instant {
        self.steps() + EXIT - LOG
    }

    /// Returns the time until the exit.
    pub(super) fn remaining(self) -> Duration {
        let exit = self.steps() + EXIT;
        exit.saturating_duration_since(Instant::now())
    }

    /// Exits the process at the last deadline, with the unfinished work in the log. This needs a
    /// thread of its own, because handlers and `stop` may block all others.
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
            tracing::error!("cannot start the thread that bounds the drain: {error}");
        }
    }
}
