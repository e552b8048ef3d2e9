//! Handlers of facts and of schedules: how they run and end.

mod tasks;
mod work;

pub use work::{Failure, Outcome, Working};

pub(crate) use tasks::HandlerTasks;
pub(crate) use work::{Ended, run, state};
