//! Schedules: functions that run periodically or by a cron pattern.

mod pattern;
mod scheduler;

use std::sync::Arc;

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
            needs: &[],
            invoke,
        }
    }
}

/// Context of one run.
#[derive(Debug)]
pub struct JobContext {
    pub(crate) states: Arc<StateMap>,
}

impl JobContext {
    /// Returns the value of type `T`. Boot has checked that it was provided.
    ///
    /// # Errors
    ///
    /// If no value of this type was provided.
    pub fn state<T: SharedState>(&self) -> Result<&T, HandlerError> {
        crate::handler::state(&self.states)
    }
}
