//! Flags that several commands share: mesh, identity, calls and requests.

mod call;
mod lines;
mod local_mesh;
mod mesh;
mod mesh_values;
mod request;

pub(crate) use call::{CallFlags, PreparedCall};
pub(crate) use lines::{Item, Lines};
pub(crate) use mesh::MeshFlags;
pub(crate) use request::Request;

use crate::output::Failure;

/// Errors of an invocation, collected so that all are reported at once.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<String>);

impl Errors {
    /// Returns the value, or records the error.
    pub(crate) fn check<T>(&mut self, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }

    /// Returns the value if no error was recorded. A missing value has always recorded one.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Failure> {
        match (value, self.0.as_slice()) {
            (Some(value), []) => Ok(value),
            (_, [error]) => Err(Failure::malformed(error)),
            (_, all) => Err(Failure::malformed(format!(
                "{} invalid arguments\n{}",
                all.len(),
                all.join("\n")
            ))),
        }
    }
}
