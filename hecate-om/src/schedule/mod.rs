//! Schedules: what the service does by the clock.

mod pattern;
mod scheduler;

use std::sync::Arc;

pub(crate) use scheduler::{ScheduleStats, Scheduler};

use crate::capability::SharedState;
use crate::capability::{StateNeed, States};
use crate::handler::{HandlerError, HandlerFuture};

/// One schedule as its attribute registered it. Only the expansions of `#[every]` and `#[cron]` make one.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// What it is called.
    pub name: &'static str,
    /// The package that holds the function.
    pub package: &'static str,
    /// Where the function is: `src/prune.rs:12`.
    pub location: &'static str,
    /// When it runs.
    pub when: When,
    /// The state that the function borrows.
    pub needs: &'static [StateNeed],
    /// Calls the function.
    pub invoke: fn(JobContext) -> HandlerFuture<(), HandlerError>,
}

/// When a schedule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// Again and again, so many milliseconds apart.
    Every(u64),
    /// At the times that this cron pattern names, in UTC.
    Cron(&'static str),
}

impl Schedule {
    /// One that borrows nothing, on which others are built.
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
            needs: &[],
            invoke,
        }
    }
}

/// A run that is due.
#[derive(Debug)]
pub struct JobContext {
    pub(crate) states: Arc<States>,
}

impl JobContext {
    /// The state of type `T`. Boot has checked that it was provided.
    ///
    /// # Errors
    ///
    /// Where it was not, which boot rules out.
    pub fn state<T: SharedState>(&self) -> Result<&T, HandlerError> {
        crate::handler::state(&self.states)
    }
}
