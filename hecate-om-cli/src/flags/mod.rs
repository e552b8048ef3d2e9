//! What several commands take: which mesh and as whom, how a call is made, what it is called with.

mod call;
mod lines;
mod mesh;
mod request;

pub(crate) use call::{CallFlags, Prepared};
pub(crate) use lines::Lines;
pub(crate) use mesh::{MeshFlags, connect};
pub(crate) use request::Request;

use crate::output::Failure;

/// What is wrong with an invocation, kept so that all of it is told at once.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(Vec<String>);

impl Mistakes {
    /// The value, or one mistake more.
    pub(crate) fn take<T>(&mut self, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|mistake| self.0.push(mistake)).ok()
    }

    /// The value where nothing was wrong; a value that could not be made is always one of the mistakes.
    pub(crate) fn end<T>(self, value: Option<T>) -> Result<T, Failure> {
        match (value, self.0.as_slice()) {
            (Some(value), []) => Ok(value),
            (_, [one]) => Err(Failure::malformed(one)),
            (_, all) => Err(Failure::malformed(format!(
                "{} things are wrong\n  {}",
                all.len(),
                all.join("\n  ")
            ))),
        }
    }
}
