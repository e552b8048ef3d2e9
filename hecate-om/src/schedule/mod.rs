//! Schedules: functions that run periodically or by a cron pattern.

mod pattern;
mod replicas;
mod scheduler;
mod times;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use replicas::{Node, ReplicaView, Replicas, capability as replica_capability};
pub(crate) use scheduler::{ScheduleStats, Scheduler};

use crate::capability::SharedState;
use crate::capability::{StateMap, StateRequirement};
use crate::handler::{FailurePolicy, HandlerError, HandlerFuture};

/// A schedule, registered by `#[every]` or `#[cron]`.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// The name of the schedule.
    pub name: &'static str,
    /// The package that contains the function.
    pub package: &'static str,
    /// The location of the function: `src/prune.rs:12`.
    pub location: &'static str,
    /// Times at which the function runs.
    pub when: When,
    /// What happens to failed runs.
    pub failure: FailurePolicy,
    /// Whether one instance of the service runs each due time, instead of all.
    pub one_replica: bool,
    /// Types of the values that the function borrows.
    pub needs: &'static [StateRequirement],
    /// Calls the function.
    pub invoke: fn(JobContext) -> HandlerFuture<(), HandlerError>,
}

/// Times at which a schedule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// Periodically, with this interval in milliseconds.
    Every(u64),
    /// At the times of this cron pattern, in UTC.
    Cron(&'static str),
}

impl Schedule {
    /// Creates a schedule that borrows nothing.
    #[must_use]
    pub const fn new(
        name: &'static str,
        when: When,
        invoke: fn(JobContext) -> HandlerFuture<(), HandlerError>,
    ) -> Self {
        Self {
            name,
            package: env!("CARGO_PKG_NAME"),
            location: file!(),
            when,
            failure: FailurePolicy {
                retries: None,
                deadline: None,
                keeps_order: false,
            },
            one_replica: false,
            needs: &[],
            invoke,
        }
    }
}

/// Context of one run.
#[derive(Debug)]
pub struct JobContext {
    pub(crate) states: Arc<StateMap>,
    pub(crate) due: DueTime,
}

/// Time for which a schedule runs: the time of its pattern, before any delay. A run and its retries
/// have the same due time.
///
/// With `replicas = one`, the due time is the same on each instance, so it identifies the run:
///
/// ```
/// use hecate_om::{DueTime, every};
///
/// #[every("1h", replicas = one)]
/// async fn bill(due: DueTime) {
///     let invoice = format!("invoice-{}", due.unix_millis());
///     println!("{invoice}");
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DueTime(pub(crate) SystemTime);

impl DueTime {
    /// Returns the time.
    #[must_use]
    pub const fn time(self) -> SystemTime {
        self.0
    }

    /// Returns the milliseconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn unix_millis(self) -> u64 {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

impl JobContext {
    /// Returns the time for which the function runs.
    #[must_use]
    pub const fn due(&self) -> DueTime {
        self.due
    }

    /// Returns the value of type `T`. Boot has checked that it was provided.
    ///
    /// # Errors
    ///
    /// If no value of this type was provided.
    pub fn state<T: SharedState>(&self) -> Result<&T, HandlerError> {
        crate::handler::state(&self.states)
    }
}
