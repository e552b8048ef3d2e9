//! Execution of the handlers of facts and schedules.

mod failure;
mod tasks;
mod work;

pub(crate) use crate::capability::HandlerFuture;
pub use failure::{Failure, FailurePolicy, Permanent};
pub use work::{HandlerError, Outcome};

pub(crate) use failure::{FailedRun, GiveUp};
pub(crate) use tasks::HandlerTasks;
pub(crate) use work::{HandlerExit, run, state, timed_out};
