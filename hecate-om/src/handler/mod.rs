//! Execution of the handlers of facts and schedules.

mod tasks;
mod work;

pub(crate) use crate::capability::HandlerFuture;
pub use work::{HandlerError, Outcome};

pub(crate) use tasks::HandlerTasks;
pub(crate) use work::{HandlerExit, run, state};
