//! Handlers of facts and of schedules: how they run and end.

mod tasks;
mod work;

pub(crate) use crate::capability::HandlerFuture;
pub use work::{HandlerError, Outcome};

pub(crate) use tasks::HandlerTasks;
pub(crate) use work::{HandlerExit, run, state};
