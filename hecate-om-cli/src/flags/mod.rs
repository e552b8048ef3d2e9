//! Flags that several commands share: the mesh and the identity, how a call is made, its request.

mod call;
mod lines;
mod local_mesh;
mod mesh;
mod request;

pub(crate) use call::{CallFlags, Prepared};
pub(crate) use lines::{Item, Lines};
pub(crate) use mesh::MeshFlags;
pub(crate) use request::Request;

use crate::output::Failure;

/// Errors of an invocation, collected so that all are reported at once.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<String>);

impl Errors {
    /// Returns the value, or keeps the error.
    pub(crate) fn check<T>(&mut self, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|mistake| self.0.push(mistake)).ok()
    }

    /// Returns the value if there was no error; a missing value is always one of the errors.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Failure> {
        match (value, self.0.as_slice()) {
            (Some(value), []) => Ok(value),
            (_, [one]) => Err(Failure::malformed(one)),
            (_, all) => Err(Failure::malformed(format!(
                "{} invalid arguments\n{}",
                all.len(),
                all.join("\n")
            ))),
        }
    }
}
