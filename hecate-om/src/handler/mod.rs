//! What the service calls of its own accord, when a fact is heard and by the clock: how its handlers end, and how they
//! are found.

mod registry;
mod tasks;
mod work;

pub use work::{Failure, Outcome, Working};

pub(crate) use registry::Handlers;
pub(crate) use tasks::HandlerTasks;
pub(crate) use work::{Ended, run, state};
